/**
 * The topics that coordinators keep their facts in, and their settings: given to a topic that is made here, and to one that
 * comes in a directory of Apache Kafka's, which keeps settings elsewhere.
 * @module
 */
import type { BrokerConfig } from "../config.ts";

export const OFFSETS_TOPIC = "__consumer_offsets";
export const TRANSACTION_TOPIC = "__transaction_state";

const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  OFFSETS_TOPIC,
  TRANSACTION_TOPIC,
  // Share groups are not served; a directory of Apache Kafka's may hold theirs.
  "__share_group_state",
]);

/** Whether the broker alone writes to a topic of this name: Kafka's names (org.apache.kafka.common.internals.Topic). */
export function isInternalTopic(name: string): boolean {
  return INTERNAL_TOPICS.has(name);
}

/** The settings of an internal topic, which are Kafka's; undefined if `name` is none. */
export function internalTopicConfigs(
  name: string,
  { groups, transactions }: Pick<BrokerConfig, "groups" | "transactions">,
): ReadonlyMap<string, string> | undefined {
  switch (name) {
    case OFFSETS_TOPIC:
      return new Map([
        ["cleanup.policy", "compact"],
        ["compression.type", "producer"],
        ["segment.bytes", String(groups.offsets.topicSegmentBytes)],
      ]);
    case TRANSACTION_TOPIC:
      return new Map([
        ["cleanup.policy", "compact"],
        ["compression.type", "uncompressed"],
        ["segment.bytes", String(transactions.topicSegmentBytes)],
        ["min.insync.replicas", "1"],
        ["unclean.leader.election.enable", "false"],
      ]);
  }
}
