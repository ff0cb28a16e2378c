/**
 * What a client believes of a partition's leader, checked (KIP-320).
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";

/** The error for a request that names `currentLeaderEpoch`; -1 names none. */
export function leaderEpochError(log: PartitionLog, currentLeaderEpoch: number): number | undefined {
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === log.leaderEpoch) return undefined;
  return currentLeaderEpoch < log.leaderEpoch
    ? ErrorCode.FENCED_LEADER_EPOCH
    : ErrorCode.UNKNOWN_LEADER_EPOCH;
}
