/**
 * OffsetForLeaderEpoch: where the records of a leader epoch end, by which a client finds out whether what it has read is
 * still there (KIP-320).
 *
 * - An epoch that has left nothing is answered with the last one before it that has. The latest ends at the end of the log. Of
 *   an epoch that nobody knows: -1 and -1, which is no error.
 * - The epoch that the client believes to be the current one is checked first.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { OffsetForLeaderEpochRequest } from "../../protocol/messages/23_offset_for_leader_epoch.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import { leaderEpochError } from "../metadata/leader_epoch.ts";
import { apiHandler } from "./api_handler.ts";

type Asked = OffsetForLeaderEpochRequest["topics"][number]["partitions"][number];

export const offsetForLeaderEpochHandler = apiHandler(
  api.OffsetForLeaderEpoch,
  { from: 2, to: 4 },
  (broker, { topics }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ topic, partitions }) => {
      const logs = broker.topics.topic(topic)?.partitions;
      return { topic, partitions: partitions.map((asked) => answerFor(asked, logs?.[asked.partition])) };
    }),
  }),
);

function answerFor({ partition, currentLeaderEpoch, leaderEpoch }: Asked, log: PartitionLog | undefined) {
  const failed = (errorCode: number) => ({ errorCode, partition, leaderEpoch: -1, endOffset: -1 });
  if (log === undefined) return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (log.failure !== undefined) return failed(log.failure.code);
  const epochError = leaderEpochError(log, currentLeaderEpoch);
  if (epochError !== undefined) return failed(epochError);
  const end = log.endOffsetOfEpoch(leaderEpoch);
  if (end === undefined) return failed(ErrorCode.NONE);
  return { errorCode: ErrorCode.NONE as number, partition, leaderEpoch: end.epoch, endOffset: end.endOffset };
}
