/**
 * Deleting records from the beginning of partitions.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { Cluster } from "../cluster.ts";
import {
  type Answered,
  askLeaders,
  byTopic,
  type PartitionAnswer,
  type TopicPartition,
} from "./by_leader.ts";

/** As the offset to delete before: all records that are acknowledged. */
export const ALL_RECORDS = -1;

export interface RecordsToDelete extends TopicPartition {
  /** The first record that stays, or ALL_RECORDS. */
  readonly before: number;
}

export interface DeletedRecords extends PartitionAnswer {
  /** Where the partition begins now. */
  readonly start: number;
}

const TIMEOUT_MS = 30_000;

/** The answers are in the order of `wanted`, whose partitions are all different. */
export function deleteRecords(
  cluster: Cluster,
  wanted: readonly RecordsToDelete[],
): Promise<Answered<DeletedRecords>[]> {
  return askLeaders(cluster, wanted, async (leader, theirs) => {
    const { topics } = await cluster.askBroker(leader, api.DeleteRecords, {
      topics: byTopic(theirs, ({ partition, before }) => ({ partitionIndex: partition, offset: before })),
      timeoutMs: TIMEOUT_MS,
    });
    return topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, lowWatermark }) => ({
        topic: name,
        partition: partitionIndex,
        errorCode,
        start: lowWatermark,
      }))
    );
  });
}
