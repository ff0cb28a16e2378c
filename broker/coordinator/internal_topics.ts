/**
 * The topics that coordinators keep their facts in, and their settings: given to a topic that is made here, and to one that
 * comes in a directory of Apache Kafka's, which keeps settings elsewhere.
 * @module
 */
import type { BrokerConfig } from "../config.ts";

export const OFFSETS_TOPIC = "__consumer_offsets";

/** The settings of an internal topic; undefined if `name` is none. */
export function internalTopicConfigs(
  name: string,
  { groups }: Pick<BrokerConfig, "groups">,
): ReadonlyMap<string, string> | undefined {
  if (name === OFFSETS_TOPIC) return journalConfigs(groups.offsets.topicSegmentBytes);
}

function journalConfigs(segmentBytes: number): ReadonlyMap<string, string> {
  return new Map([
    ["cleanup.policy", "compact"],
    ["compression.type", "producer"],
    ["segment.bytes", String(segmentBytes)],
  ]);
}
