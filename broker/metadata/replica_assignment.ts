/**
 * Which brokers are to hold a partition, where a client names them: this one, as there is no other.
 * @module
 */
import type { Broker } from "../broker.ts";

/** What is wrong with brokers that are to hold a partition; undefined if nothing is. */
export function assignmentProblem(
  { nodeId, config }: Pick<Broker, "nodeId" | "config">,
  brokerIds: readonly number[],
): string | undefined {
  if (brokerIds.length === 0) return "a partition is assigned to no broker";
  if (config.clampsReplicationFactor) return undefined;
  const stranger = brokerIds.find((id) => id !== nodeId);
  if (stranger !== undefined) {
    return `a partition is assigned to broker ${stranger}, which is not there: broker ${nodeId} is all there is`;
  }
  if (brokerIds.length > 1) return `a partition is assigned to broker ${nodeId} more than once`;
}
