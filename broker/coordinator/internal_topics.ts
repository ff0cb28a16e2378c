/**
 * The topics that coordinators keep their facts in, and their settings: given to a topic that is made here, and to one that
 * comes in a directory of Apache Kafka's, which keeps settings elsewhere.
 * @module
 */
import type { BrokerConfig } from "../config.ts";

export const OFFSETS_TOPIC = "__consumer_offsets";
export const TRANSACTION_TOPIC = "__transaction_state";

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
