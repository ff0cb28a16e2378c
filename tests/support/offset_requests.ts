/**
 * Requests about committed offsets that many tests make: each about one partition, of group "group" unless told otherwise.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import type { OffsetCommitRequest } from "../../protocol/messages/08_offset_commit.ts";
import type { TestBroker } from "./test_broker.ts";
import type { TestClient } from "./test_client.ts";

export interface CommitOptions {
  readonly group?: string;
  /** The id is what version 10 names it by. */
  readonly topic: { readonly name: string; readonly topicId?: string };
  readonly partition?: number;
  readonly offset?: number;
  readonly leaderEpoch?: number;
  readonly metadata?: string | null;
  readonly generationId?: number;
  readonly memberId?: string;
  readonly retentionMs?: number;
}

export function offsetCommitBody(
  {
    group = "group",
    topic,
    partition = 0,
    offset = 0,
    leaderEpoch = -1,
    metadata = null,
    generationId = -1,
    memberId = "",
    retentionMs = -1,
  }: CommitOptions,
  version = 9,
): InputOf<typeof OffsetCommitRequest> {
  const partitions = [{
    partitionIndex: partition,
    committedOffset: offset,
    committedMetadata: metadata,
    ...version >= 6 ? { committedLeaderEpoch: leaderEpoch } : {},
  }];
  const named = version >= 10 ? { topicId: topic.topicId! } : { name: topic.name };
  return {
    groupId: group,
    generationIdOrMemberEpoch: generationId,
    memberId,
    retentionTimeMs: retentionMs,
    topics: [{ ...named, partitions }],
  };
}

/** Commits and returns the error code. */
export function* commitOffsets(
  client: TestClient,
  version: number,
  options: CommitOptions,
): Generator<void, number> {
  const { topics } = yield* client.ask(api.OffsetCommit, version, offsetCommitBody(options, version));
  return topics[0]!.partitions[0]!.errorCode;
}

/** Does what the transaction coordinator does: writes the marker that ends a transaction, and tells of it. */
export function endTransaction(
  { server }: TestBroker,
  { group = "group", producerId, producerEpoch = 0, isCommitted }: {
    readonly group?: string;
    readonly producerId: number;
    readonly producerEpoch?: number;
    readonly isCommitted: boolean;
  },
): void {
  const { groups, topics } = server.broker;
  const partition = groups.journal.partitionOf(group);
  const log = topics.topic(groups.journal.topic)!.partitions[partition]!;
  log.appendEndMarker({ producerId, producerEpoch, coordinatorEpoch: 0, commit: isCommitted });
  groups.transactionEnded(partition, producerId, isCommitted);
}

export interface FetchOffsetOptions {
  readonly group?: string;
  readonly requireStable?: boolean;
}

/** What is committed of one partition. */
export function* fetchOffset(
  client: TestClient,
  topic: string,
  partition: number,
  { group = "group", requireStable = false }: FetchOffsetOptions = {},
) {
  const { groups } = yield* client.ask(api.OffsetFetch, 9, {
    requireStable,
    groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes: [partition] }] }],
  });
  return groups[0]!.topics[0]!.partitions[0]!;
}

export interface TxnCommitOptions extends CommitOptions {
  readonly producerId: number;
  readonly producerEpoch?: number;
}

/** Commits within a transaction and returns the error code. */
export function* commitInTransaction(
  client: TestClient,
  version: number,
  {
    group = "group",
    topic,
    partition = 0,
    offset = 0,
    leaderEpoch = -1,
    metadata = null,
    generationId = -1,
    memberId = "",
    producerId,
    producerEpoch = 0,
  }: TxnCommitOptions,
): Generator<void, number> {
  const { topics } = yield* client.ask(api.TxnOffsetCommit, version, {
    transactionalId: `transaction ${producerId}`,
    groupId: group,
    producerId,
    producerEpoch,
    ...version >= 3 ? { generationId, memberId } : {},
    topics: [{
      name: topic.name,
      partitions: [{
        partitionIndex: partition,
        committedOffset: offset,
        committedMetadata: metadata,
        ...version >= 2 ? { committedLeaderEpoch: leaderEpoch } : {},
      }],
    }],
  });
  return topics[0]!.partitions[0]!.errorCode;
}
