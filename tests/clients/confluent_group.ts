/**
 * confluent-kafka in groups of both protocols.
 * @module
 */
import { confluentPackage, startConfluent } from "./confluent.ts";
import { drivenGroupClient } from "./driven_group_client.ts";
import type { JoinOptions } from "./group_client.ts";

export const confluentGroup = drivenGroupClient({
  name: "confluent-kafka",
  needs: [confluentPackage],
  assignors: ["range", "roundrobin", "cooperative-sticky", "consumer: uniform", "consumer: range"],
  staticAssignor: "cooperative-sticky",
  start: startConfluent,
  config: librdkafkaConfig,
});

/** The settings of a member, by librdkafka's names. */
export function librdkafkaConfig(
  { bootstrap, group, assignor, instanceId, sessionTimeoutMs }: JoinOptions,
): Record<string, string | number> {
  const [protocol, remoteAssignor] = assignor.split(": ");
  return {
    "bootstrap.servers": bootstrap,
    "group.id": group,
    "fetch.wait.max.ms": 50,
    // How soon it sees topics that are made after it has subscribed to a pattern.
    "topic.metadata.refresh.interval.ms": 500,
    ...instanceId === undefined ? {} : { "group.instance.id": instanceId },
    ...remoteAssignor === undefined
      ? {
        "partition.assignment.strategy": assignor,
        "session.timeout.ms": sessionTimeoutMs,
        "heartbeat.interval.ms": 200,
      }
      : { "group.protocol": protocol!, "group.remote.assignor": remoteAssignor },
  };
}
