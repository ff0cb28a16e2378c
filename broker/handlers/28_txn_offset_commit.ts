/**
 * TxnOffsetCommit: offsets that a group has come to if the producer's transaction is committed (KIP-98, KIP-447).
 *
 * - Nobody sees them before the transaction's marker; meanwhile OffsetFetch with `requireStable` says UNSTABLE_OFFSET_COMMIT.
 * - A producer of an old epoch is INVALID_PRODUCER_EPOCH. With the consumer's group metadata (version 3+) so is a consumer that
 *   the group has gone on without: ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID.
 * - From version 5 on the transaction coordinator takes in the group by this request (KIP-890), before that by AddOffsetsToTxn.
 * - Partitions that are not there: as OffsetCommit.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import type { PartitionCommit } from "../coordinator/offsets/offset_commit.ts";
import { hasAny } from "./08_offset_commit.ts";
import type { ApiHandler } from "./api_handler.ts";

export const txnOffsetCommitHandler: ApiHandler = {
  api: api.TxnOffsetCommit,
  versions: { from: 0, to: 5 },

  handle(broker, request) {
    const body = request.decode(api.TxnOffsetCommit.request);
    const { groupId, generationId, memberId, groupInstanceId } = body;
    const topics = body.topics.map(({ name, partitions }) => {
      const topic = broker.topics.topic(name);
      return {
        name,
        topicId: topic?.id ?? ZERO_UUID,
        partitions: partitions.map((partition): PartitionCommit => ({
          ...partition,
          errorCode: topic?.partitions[partition.partitionIndex] === undefined
            ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            : groupId === ""
            ? ErrorCode.INVALID_GROUP_ID
            : ErrorCode.NONE,
        })),
      };
    });
    const answer = () => request.answer(api.TxnOffsetCommit.response, { throttleTimeMs: 0, topics });
    if (!hasAny(topics)) return answer();
    broker.groups.offsets.commitTransactional({
      groupId,
      committer: {
        memberId,
        groupInstanceId,
        generationId,
        isTransactional: true,
        apiVersion: request.version,
      },
      transactionalId: body.transactionalId,
      producerId: body.producerId,
      producerEpoch: body.producerEpoch,
      topics,
    }, answer);
  },
};
