/**
 * Topics that coordinators keep what they know in: Kafka's names (org.apache.kafka.common.internals.Topic).
 * @module
 */

const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  "__consumer_offsets",
  "__transaction_state",
  "__share_group_state",
]);

/** Whether the broker alone writes to a topic of this name. */
export function isInternalTopic(name: string): boolean {
  return INTERNAL_TOPICS.has(name);
}
