/**
 * Requests about committed offsets that many tests make: each about one partition, of group "group" unless told otherwise.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { OffsetCommitRequest } from "../../protocol/messages/08_offset_commit.ts";
import type { TestBroker } from "./test_broker.ts";
import type { TestClient } from "./test_client.ts";

const TIMEOUT_MS = 900_000;
const ADDS_PARTITIONS_FROM_VERSION = 5;

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

/** Ends the transaction that `commitInTransaction` has opened. */
export function endTransaction(
  { server }: TestBroker,
  { producerId, isCommitted }: { readonly producerId: number; readonly isCommitted: boolean },
): void {
  const { transactions } = server.broker;
  const transactionalId = transactionalIdOf(producerId);
  let errorCode: number | undefined;
  transactions.endTransaction(
    transactionalId,
    transactions.transaction(transactionalId)!,
    isCommitted,
    0,
    (answer) => errorCode = answer.errorCode,
  );
  // Where nothing waits for the disk all of it happens at once.
  assert.equal(errorCode, ErrorCode.NONE);
}

/** Writes the marker of a transaction that no coordinator knows, and tells of it. */
export function endUnknownTransaction(
  { server }: TestBroker,
  { group = "group", producerId, producerEpoch, isCommitted }: {
    readonly group?: string;
    readonly producerId: number;
    readonly producerEpoch: number;
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

/** Commits within a transaction, which is opened if it is not yet, and returns the error code. */
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
    producerId: number,
    producerEpoch: wantedEpoch,
  }: TxnCommitOptions,
): Generator<void, number> {
  const transactionalId = transactionalIdOf(number);
  const identity = yield* identityOf(client, transactionalId, wantedEpoch);
  if (version < ADDS_PARTITIONS_FROM_VERSION) {
    const asked = { transactionalId, ...identity, groupId: group };
    yield* client.ask(api.AddOffsetsToTxn, 3, asked);
  }
  const { topics } = yield* client.ask(api.TxnOffsetCommit, version, {
    transactionalId,
    groupId: group,
    ...identity,
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

/** Producers of tests have numbers of their own; their ids are what the broker gives them. */
function transactionalIdOf(number: number): string {
  return `transaction ${number}`;
}

/** What the producer has, or, where an epoch is wanted that nobody has yet, what it gets. */
function* identityOf(client: TestClient, transactionalId: string, wantedEpoch = 0) {
  for (;;) {
    const { transactionStates } = yield* client.ask(api.DescribeTransactions, 0, {
      transactionalIds: [transactionalId],
    });
    const { errorCode, producerId, producerEpoch } = transactionStates[0]!;
    if (errorCode === ErrorCode.NONE && producerEpoch >= wantedEpoch) {
      return { producerId, producerEpoch: wantedEpoch === 0 ? producerEpoch : wantedEpoch };
    }
    yield* client.ask(api.InitProducerId, 4, { transactionalId, transactionTimeoutMs: TIMEOUT_MS });
  }
}
