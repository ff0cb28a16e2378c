/**
 * Partitions whose replicas are being moved.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode } from "../response_error.ts";
import type { TopicPartition } from "./by_leader.ts";

export interface Reassignment extends TopicPartition {
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** Those that are on their way, of all topics or of one. Throws a ResponseError. */
export async function listReassignments(
  cluster: Cluster,
  topic?: { readonly name: string; readonly partitions: readonly number[] },
): Promise<Reassignment[]> {
  const answer = await cluster.askController(api.ListPartitionReassignments, {
    topics: topic === undefined ? null : [{ name: topic.name, partitionIndexes: [...topic.partitions] }],
  });
  checkCode(answer.errorCode, "list the partitions that are being moved", answer.errorMessage);
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, addingReplicas, removingReplicas }) => ({
      topic: name,
      partition: partitionIndex,
      adding: addingReplicas,
      removing: removingReplicas,
    }))
  );
}
