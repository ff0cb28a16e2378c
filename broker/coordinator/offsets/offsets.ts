/**
 * The offsets that groups have committed: checks who may commit, writes the journal, and answers what is committed.
 *
 * What is known is the fold of the journal's records (`offset_state.ts`): a commit is appended, taken in, and answered when it
 * is acknowledged; so is a fetch, so that nobody goes by what a power cut could take back.
 * Source: Kafka's OffsetMetadataManager and GroupCoordinatorService.
 * @module
 */
import type { OffsetCommitValue } from "../../../protocol/coordinator/offset_commit.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { type Uuid, ZERO_UUID } from "../../../protocol/uuid.ts";
import type { Clock, Logger } from "../../../storage/environment.ts";
import { LogError } from "../../../storage/log_error.ts";
import type { OffsetsConfig } from "../../config.ts";
import type { Figures } from "../../metrics/figures.ts";
import type { Deadlines } from "../../reactor/deadlines.ts";
import { writeErrorCode } from "../classic/classic_events.ts";
import type { GroupRegistry } from "../group_registry.ts";
import type { Journal, JournalProducer, JournalRecord, ReplayedRecord } from "../journal.ts";
import {
  type CommittedOffset,
  isSameTopic,
  type OffsetPlace,
  offsetRecord,
  offsetTombstone,
} from "./committed_offset.ts";
import type {
  FetchedOffsets,
  FetchedPartition,
  FetchedTopic,
  OffsetCommit,
  OffsetFetch,
  PartitionCommit,
  TopicCommit,
  TransactionalOffsetCommit,
} from "./offset_commit.ts";
import { OffsetReplay, type OffsetSink } from "./offset_replay.ts";
import { OffsetRetention } from "./offset_retention.ts";
import { OffsetState, type OnCommitted } from "./offset_state.ts";

/** From this version of OffsetCommit on clients know GROUP_ID_NOT_FOUND. */
const KNOWS_GROUP_ID_NOT_FOUND_FROM_VERSION = 9;
/** Tombstones in one batch. */
const MAX_TOMBSTONES = 10_000;

const CONSUMER_PROTOCOL_TYPE = "consumer";

/**
 * Asks the transaction coordinator whether the transaction is open and knows `journalPartition`; calls `done` with NONE or
 * the error for the client, at once or later.
 */
export type TransactionVerifier = (
  transaction: Pick<TransactionalOffsetCommit, "transactionalId" | "producerId" | "producerEpoch"> & {
    readonly journalPartition: number;
    readonly apiVersion: number;
  },
  done: (errorCode: number) => void,
) => void;

export interface OffsetsContext {
  readonly journal: Journal;
  readonly groups: GroupRegistry;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Logger;
  readonly config: OffsetsConfig;
  readonly figures: Pick<Figures, "groups">;
}

export class Offsets {
  /** Set by whoever has transactions. */
  verifyTransaction: TransactionVerifier = (_transaction, done) => done(ErrorCode.NONE);
  readonly #context: OffsetsContext;
  readonly #journal: Journal;
  readonly #retention: OffsetRetention;
  /** By the journal's partition. */
  readonly #states: OffsetState[] = [];
  readonly #sink: OffsetSink = {
    commit: (journalPartition, place, offset) => {
      this.#take(this.#state(journalPartition), place, offset, undefined);
    },
    commitPending: (journalPartition, place, producerId, offset) => {
      this.#take(this.#state(journalPartition), place, offset, producerId);
    },
    remove: (journalPartition, place) => this.#state(journalPartition).remove(place),
    unreadable: (journalPartition, recordOffset, what) =>
      this.#tellOfBadRecord(journalPartition, recordOffset, what),
  };
  readonly #onCommitted: OnCommitted = ({ group, topic, partition }, committed) => {
    this.#context.figures.groups.setCommitted(group, topic, partition, committed?.offset);
  };
  #replay = new OffsetReplay(this.#sink);

  constructor(context: OffsetsContext) {
    this.#context = context;
    this.#journal = context.journal;
    this.#retention = new OffsetRetention({
      ...context,
      ...context.config,
      offsetsOf: (groupId) => this.#stateOf(groupId),
      remove: (groupId, places, more) => this.#remove(groupId, places, more),
    });
  }

  /** Commits, sets the answer in each partition, and calls `done`. */
  commit(commit: OffsetCommit, retentionMs: number, done: () => void): void {
    const { groupId, committer, topics } = commit;
    const errorCode = this.#checkCommit(commit);
    if (errorCode !== ErrorCode.NONE) {
      fail(topics, errorCode);
      return done();
    }
    const nowMs = this.#context.clock.now();
    const expireTimestamp = retentionMs === -1 ? -1 : nowMs + retentionMs;
    this.#write({ groupId, committer, topics }, { nowMs, expireTimestamp, producer: undefined }, done);
  }

  /** Commits what counts when the transaction is committed, sets the answers, and calls `done`. */
  commitTransactional(commit: TransactionalOffsetCommit, done: () => void): void {
    const { groupId, committer, topics, transactionalId, producerId, producerEpoch } = commit;
    const journalPartition = this.#journal.partitionOf(groupId);
    const { apiVersion } = committer;
    const asked = { transactionalId, producerId, producerEpoch, journalPartition, apiVersion };
    this.verifyTransaction(asked, (verdict) => {
      const errorCode = verdict === ErrorCode.NONE ? this.#checkCommit(commit) : verdict;
      if (errorCode !== ErrorCode.NONE) {
        fail(topics, errorCode);
        return done();
      }
      const producer = { producerId, producerEpoch };
      this.#write(commit, { nowMs: this.#context.clock.now(), expireTimestamp: -1, producer }, done);
    });
  }

  /** What is committed, whether acknowledged or not: answer it from `whenAcknowledged` on. */
  fetch({ groupId, memberId, memberEpoch, topics, requireStable }: OffsetFetch): FetchedOffsets {
    const group = this.#context.groups.group(groupId);
    const errorCode = group?.checkFetch(memberId, memberEpoch) ?? ErrorCode.NONE;
    if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.GROUP_ID_NOT_FOUND) {
      return { errorCode, topics: [] };
    }
    const isThere = group !== undefined && errorCode === ErrorCode.NONE;
    const state = this.#stateOf(groupId);
    const committed = isThere ? state.committed(groupId) : undefined;
    const pending = requireStable ? state.pending(groupId) : undefined;
    const look = (topic: string, topicId: Uuid, partitionIndex: number): FetchedPartition => {
      if (pending?.get(topic, partitionIndex) !== undefined) {
        return none(partitionIndex, ErrorCode.UNSTABLE_OFFSET_COMMIT);
      }
      const offset = committed?.get(topic, partitionIndex);
      return offset === undefined || !isSameTopic(offset.topicId, topicId)
        ? none(partitionIndex)
        : fetched(partitionIndex, offset);
    };
    if (topics !== undefined) {
      return {
        errorCode: ErrorCode.NONE,
        topics: topics.map(({ name, topicId, partitionIndexes }) => ({
          name,
          topicId,
          partitions: partitionIndexes.map((partitionIndex) => look(name, topicId, partitionIndex)),
        })),
      };
    }
    const all: FetchedTopic[] = [];
    for (const [name, partitions] of committed?.topics() ?? []) {
      const indexes = [...partitions.keys()];
      const topicId = ZERO_UUID;
      all.push({ name, topicId, partitions: indexes.map((index) => look(name, topicId, index)) });
    }
    return { errorCode: ErrorCode.NONE, topics: all };
  }

  /** Calls `done` when all that `fetch` says of the group is acknowledged, or with the error to answer instead. */
  whenAcknowledged(groupId: string, done: (errorCode: number) => void): void {
    this.#journal.whenAcknowledged(this.#journal.partitionOf(groupId), (error) => {
      done(error === undefined ? ErrorCode.NONE : errorCodeOf(error));
    });
  }

  /** NONE, or why no offsets of the group can be deleted one by one. */
  checkDelete(groupId: string): number {
    const group = this.#context.groups.group(groupId);
    if (group === undefined || group.state === "Dead") return ErrorCode.GROUP_ID_NOT_FOUND;
    if (group.type === "classic" && !group.isEmpty && group.protocolType !== CONSUMER_PROTOCOL_TYPE) {
      return ErrorCode.NON_EMPTY_GROUP;
    }
    return ErrorCode.NONE;
  }

  /** Deletes offsets of a group where it has some, and calls `done` with NONE or the error. */
  delete(groupId: string, places: readonly OffsetPlace[], done: (errorCode: number) => void): void {
    const state = this.#stateOf(groupId);
    const committed = state.committed(groupId);
    const pending = state.pending(groupId);
    const there = places.filter(({ topic, partition }) =>
      committed?.get(topic, partition) !== undefined || pending?.get(topic, partition) !== undefined
    );
    if (there.length === 0) return done(ErrorCode.NONE);
    try {
      this.#remove(groupId, there);
    } catch (error) {
      return done(errorCodeOf(error));
    }
    this.whenAcknowledged(groupId, done);
  }

  /** What takes back all offsets of a group, committed and pending; when it is written, `forgetGroup` is to follow. */
  tombstonesOf(groupId: string): JournalRecord[] {
    return Array.from(this.#stateOf(groupId).places(groupId), offsetTombstone);
  }

  forgetGroup(groupId: string): void {
    const state = this.#stateOf(groupId);
    for (const place of [...state.places(groupId)]) state.remove(place);
  }

  /** Committed ones, or such of an open transaction. */
  hasOffsets(groupId: string): boolean {
    const state = this.#stateOf(groupId);
    return state.committed(groupId) !== undefined || state.pending(groupId) !== undefined;
  }

  /** The marker that ends a transaction is in the journal's partition. */
  transactionEnded(journalPartition: number, producerId: number, isCommitted: boolean): void {
    this.#replay.settle();
    this.#state(journalPartition).endTransaction(producerId, isCommitted);
  }

  /** The topic is gone, and with it what is committed of it. What is committed of another one of its name stays. */
  topicDeleted({ name, id }: { readonly name: string; readonly id: Uuid }): void {
    try {
      for (const state of this.#states) {
        for (const groupId of state?.groups() ?? []) {
          const places = [...placesOfTopic(state, groupId, name, id)];
          for (let index = 0; index < places.length; index += MAX_TOMBSTONES) {
            this.#remove(groupId, places.slice(index, index + MAX_TOMBSTONES));
          }
        }
      }
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#context.log(
        "warn",
        `what groups have committed of the topic "${name}", which was deleted, is kept until it expires: ${error.message}`,
      );
    }
  }

  /** Takes in a record that the journal has from before the start. */
  replay(journalPartition: number, record: ReplayedRecord): void {
    this.#replay.record(journalPartition, record);
  }

  /** All that was there at the start has been taken in. */
  loaded(): void {
    this.#replay.settle();
    this.#replay = new OffsetReplay(this.#sink);
    for (const state of this.#states) {
      for (const groupId of state?.groups() ?? []) this.#context.groups.getOrCreateSimple(groupId);
    }
    this.#retention.start();
  }

  /** NONE, or the error for the whole commit. */
  #checkCommit({ groupId, committer, topics }: OffsetCommit): number {
    const { groups, clock } = this.#context;
    const group = groups.group(groupId) ??
      (committer.generationId < 0 ? groups.getOrCreateSimple(groupId) : undefined);
    if (group === undefined) {
      return !committer.isTransactional && committer.apiVersion >= KNOWS_GROUP_ID_NOT_FOUND_FROM_VERSION
        ? ErrorCode.GROUP_ID_NOT_FOUND
        : ErrorCode.ILLEGAL_GENERATION;
    }
    const errorCode = group.checkCommit(committer, clock.monotonic(), wanted(topics));
    // Producers do not know of members' epochs.
    return committer.isTransactional && errorCode === ErrorCode.STALE_MEMBER_EPOCH
      ? ErrorCode.ILLEGAL_GENERATION
      : errorCode;
  }

  #write(
    { groupId, topics }: OffsetCommit,
    { nowMs, expireTimestamp, producer }: {
      readonly nowMs: number;
      readonly expireTimestamp: number;
      readonly producer: JournalProducer | undefined;
    },
    done: () => void,
  ): void {
    const places: OffsetPlace[] = [];
    const values: OffsetCommitValue[] = [];
    for (const { name, topicId, partitions } of topics) {
      for (const partition of partitions) {
        if (partition.errorCode !== ErrorCode.NONE) continue;
        const metadata = partition.committedMetadata ?? "";
        if (metadata.length > this.#context.config.metadataMaxBytes) {
          partition.errorCode = ErrorCode.OFFSET_METADATA_TOO_LARGE;
          continue;
        }
        places.push({ group: groupId, topic: name, partition: partition.partitionIndex });
        values.push({
          offset: partition.committedOffset,
          leaderEpoch: partition.committedLeaderEpoch,
          metadata,
          commitTimestamp: nowMs,
          expireTimestamp,
          // A record that expires has no room for it, and what is known is what a restart would know.
          topicId: expireTimestamp < 0 ? topicId : ZERO_UUID,
        });
      }
    }
    if (places.length === 0) return done();
    const journalPartition = this.#journal.partitionOf(groupId);
    const records = places.map((place, index) => offsetRecord(place, values[index]!));
    let recordOffset: number;
    try {
      recordOffset = this.#journal.append(journalPartition, records, producer);
    } catch (error) {
      fail(topics, errorCodeOf(error));
      return done();
    }
    const state = this.#state(journalPartition);
    for (let index = 0; index < places.length; index++) {
      this.#take(
        state,
        places[index]!,
        { ...values[index]!, recordOffset: recordOffset + index },
        producer?.producerId,
      );
    }
    this.#journal.whenAcknowledged(journalPartition, (error) => {
      if (error !== undefined) fail(topics, errorCodeOf(error));
      done();
    });
  }

  /** Appends tombstones, and more records about the group, and takes them in. Throws LogError, and has changed nothing then. */
  #remove(groupId: string, places: readonly OffsetPlace[], more: readonly JournalRecord[] = []): void {
    const journalPartition = this.#journal.partitionOf(groupId);
    this.#journal.append(journalPartition, [...places.map(offsetTombstone), ...more]);
    const state = this.#state(journalPartition);
    for (const place of places) state.remove(place);
  }

  #take(
    state: OffsetState,
    place: OffsetPlace,
    offset: CommittedOffset,
    producerId: number | undefined,
  ): void {
    if (producerId === undefined) state.commit(place, offset);
    else state.commitPending(place, producerId, offset);
  }

  #stateOf(groupId: string): OffsetState {
    return this.#state(this.#journal.partitionOf(groupId));
  }

  #state(journalPartition: number): OffsetState {
    return this.#states[journalPartition] ??= new OffsetState(this.#onCommitted);
  }

  #tellOfBadRecord(journalPartition: number, offset: number, what: "key" | "value"): void {
    this.#context.log(
      "warn",
      `${this.#journal.topic}-${journalPartition} offset ${offset}: the ${what} of a committed offset can't be read; ` +
        "it is passed over, as if it had not been committed",
    );
  }
}

/** What clients are told of a record that was not written, or is not known to be kept. Throws what is no such failure. */
function errorCodeOf(error: unknown): number {
  if (error instanceof LogError) return writeErrorCode(error.code);
  throw error;
}

/** Sets the error for all that was to be committed. */
function fail(topics: readonly TopicCommit[], errorCode: number): void {
  for (const { partitions } of topics) {
    for (const partition of partitions) {
      if (partition.errorCode === ErrorCode.NONE) partition.errorCode = errorCode;
    }
  }
}

/** Without what is refused already: it says nothing of the committer. */
function wanted(topics: readonly TopicCommit[]): readonly TopicCommit[] {
  const isWanted = ({ errorCode }: PartitionCommit) => errorCode === ErrorCode.NONE;
  if (topics.every(({ partitions }) => partitions.every(isWanted))) return topics;
  return topics.map((topic) => ({ ...topic, partitions: topic.partitions.filter(isWanted) }));
}

function* placesOfTopic(state: OffsetState, group: string, topic: string, id: Uuid): Generator<OffsetPlace> {
  const committed = state.committed(group)?.topic(topic);
  for (const [partition, { topicId }] of committed ?? []) {
    if (isSameTopic(topicId, id)) yield { group, topic, partition };
  }
  for (const [partition, offsets] of state.pending(group)?.topic(topic) ?? []) {
    const isAny = offsets.values().some(({ topicId }) => isSameTopic(topicId, id));
    if (isAny && committed?.get(partition) === undefined) yield { group, topic, partition };
  }
}

function fetched(
  partitionIndex: number,
  { offset, leaderEpoch, metadata }: CommittedOffset,
): FetchedPartition {
  return {
    partitionIndex,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch,
    metadata,
    errorCode: ErrorCode.NONE,
  };
}

function none(partitionIndex: number, errorCode: number = ErrorCode.NONE): FetchedPartition {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: "", errorCode };
}
