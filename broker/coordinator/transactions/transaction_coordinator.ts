/**
 * All transactional producers of a broker, kept in `__transaction_state`: executes what `transaction.ts` decides.
 *
 * What must be true:
 * - A step is written to the journal, then taken, then answered when it is acknowledged.
 * - Markers follow a prepared outcome only when that is acknowledged, so that no crash leaves one outcome here and another
 *   there; the transaction is complete when all of them are acknowledged.
 * - What a crash has interrupted is finished by the next start, before anybody is served (`load`).
 *
 * Source: KIP-98; Kafka's TransactionCoordinator, TransactionStateManager and TransactionMarkerChannelManager.
 * @module
 */
import { internalTopicConfigs, TRANSACTION_TOPIC } from "../internal_topics.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { LogError } from "../../../storage/log_error.ts";
import type { PartitionLog } from "../../../storage/partition_log.ts";
import type { ProducerIds } from "../../../storage/producer_ids.ts";
import type { TopicStore } from "../../../storage/topic_store.ts";
import type { Deadline } from "../../reactor/deadlines.ts";
import type { CoordinatorContext } from "../coordinator_context.ts";
import { Journal, type JournalRecord, type ReplayedRecord } from "../journal.ts";
import { MarkerWriter } from "./marker_writer.ts";
import { endLostTransactions } from "./lost_ends.ts";
import { RecentEnds } from "./recent_ends.ts";
import { eachPartition, type TopicPartitions } from "./topic_partitions.ts";
import {
  addPartitions,
  complete,
  disown,
  endTransaction,
  fence,
  initProducer,
  type InitRequest,
  isExpired,
  isPrepared,
  isTimedOut,
  NO_EPOCH,
  NO_PRODUCER_ID,
  type ProducerIdentity,
  type StepContext,
  type Transaction,
  type Verdict,
  verifyPartition,
} from "./transaction.ts";
import { transactionLogErrorCode } from "./transaction_log_error.ts";
import { readTransactionRecord, tombstone, transactionRecord } from "./transaction_record.ts";

/** After the last record of a transaction was refused by the journal. */
const COMPLETE_RETRY_MS = 1000;
/** Tombstones that are written at once. */
const TOMBSTONES_AT_ONCE = 500;

export interface TransactionCoordinatorOptions extends CoordinatorContext {
  readonly producerIds: ProducerIds;
  /** `transaction.version` that clients are told. */
  readonly transactionVersion: () => number;
  /** Whether a partition has to be added to a transaction before its batches are taken, at this moment. */
  readonly verifiesPartitions: () => boolean;
  /** What was written longer before a power cut is not lost. */
  readonly lostWithinMs: number;
  /** See `MarkerWriter`. */
  readonly onMarker: (topic: string, partition: number, producerId: number, isCommitted: boolean) => void;
}

export interface ProducerAnswer extends ProducerIdentity {
  readonly errorCode: number;
}

export class TransactionCoordinator {
  readonly journal: Journal;
  readonly #options: TransactionCoordinatorOptions;
  readonly #markers: MarkerWriter;
  readonly #transactions = new Map<string, Transaction>();
  /** Ids whose transaction is open. */
  readonly #ongoing = new Set<string>();
  #timeoutSweep: Deadline | undefined;
  #expirationSweep: Deadline | undefined;

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options;
    this.#markers = new MarkerWriter(options);
    this.journal = new Journal({
      topics: options.topics,
      clock: options.clock,
      topic: TRANSACTION_TOPIC,
      partitionCount: options.transactions.topicPartitions,
      configs: internalTopicConfigs(TRANSACTION_TOPIC, options)!,
    });
  }

  /**
   * Takes in what was written before, and finishes what was interrupted. Waits for the disk: for the start only. Returns false if
   * a disk did not take what a power cut has made necessary: the next start has to see to it.
   */
  load(): boolean {
    const { topics, lostWithinMs } = this.#options;
    const ends = topics.mayHaveLostWrites ? new RecentEnds(lostWithinMs) : undefined;
    this.journal.replay({
      record: (partition, record) => this.#replay(partition, record, ends),
      transactionEnded: () => {},
    });
    const byProducerId = new Map<number, Transaction>();
    let largestProducerId = NO_PRODUCER_ID;
    for (const transaction of this.#transactions.values()) {
      const { producerId, nextProducerId } = transaction;
      byProducerId.set(producerId, transaction);
      largestProducerId = Math.max(largestProducerId, producerId, nextProducerId);
    }
    this.#options.producerIds.passOver(largestProducerId);
    const isEnded = this.#endLost(ends, byProducerId);
    const isDisowned = ends === undefined || this.#disownAfterLoss();
    for (const transaction of [...this.#transactions.values()]) {
      if (isPrepared(transaction)) this.#finish(transaction, () => {});
    }
    return isEnded && isDisowned;
  }

  #endLost(ends: RecentEnds | undefined, byProducerId: ReadonlyMap<number, Transaction>): boolean {
    const { topics, log, onMarker } = this.#options;
    return endLostTransactions({
      log,
      logs: logsOf(topics),
      ends,
      transactionOf: (producerId) => byProducerId.get(producerId),
      coordinatorEpochOf: (transaction) => transaction === undefined ? 0 : this.#epochFor(transaction),
      onMarker: ({ topic, partition }, producerId, isCommitted) =>
        onMarker(topic, partition, producerId, isCommitted),
    });
  }

  /** Who was at work when the power failed is not to go on as if nothing could be missing. */
  #disownAfterLoss(): boolean {
    const { producerIds, log } = this.#options;
    const disowned = [...this.#transactions.values()].filter((transaction) => !this.#isSynced(transaction));
    producerIds.provide(disowned.length);
    const openCount = disowned.filter(({ status }) => status === "Ongoing").length;
    if (openCount > 0) {
      log(
        "warn",
        `the machine went down with ${openCount} transactions under way, which may have lost records: they are aborted`,
      );
    }
    try {
      for (const transaction of disowned) {
        this.#write(disown(transaction, producerIds.next()!, this.#context()));
      }
      return true;
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      log(
        "error",
        `producers from before the machine went down could not be told from new ones, and may commit what has lost records: ` +
          `${error.message}; mend that and start again`,
      );
      return false;
    }
  }

  /** Whether what it and the journal have acknowledged survives a power cut. */
  #isSynced({ transactionalId, partitions }: Transaction): boolean {
    const { topics } = this.#options;
    const journalled = { topic: TRANSACTION_TOPIC, partition: this.journal.partitionOf(transactionalId) };
    for (const { topic, partition } of [journalled, ...eachPartition(partitions)]) {
      const log = topics.topic(topic)?.partitions[partition];
      if (log !== undefined && log.config.flushMessages !== 1) return false;
    }
    return true;
  }

  #epochFor({ transactionalId }: Transaction): number {
    return this.journal.leaderEpochOf(this.journal.partitionOf(transactionalId));
  }

  transaction(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId);
  }

  transactions(): IterableIterator<Transaction> {
    return this.#transactions.values();
  }

  /** InitProducerId of a producer with a transactional id, which is not empty. */
  initProducer(
    request: Omit<InitRequest, "mayHaveForgotten">,
    answer: (answer: ProducerAnswer) => void,
  ): void {
    const { transactionalId, timeoutMs } = request;
    if (timeoutMs <= 0 || timeoutMs > this.#options.transactions.maxTimeoutMs) {
      return answer(refusal(ErrorCode.INVALID_TRANSACTION_TIMEOUT));
    }
    const verdict = initProducer(
      this.#transactions.get(transactionalId),
      request,
      this.#context(),
    );
    this.#take(transactionalId, verdict, (errorCode) => answer(this.#identified(transactionalId, errorCode)));
  }

  addPartitions(
    transactionalId: string,
    producer: ProducerIdentity,
    added: TopicPartitions,
    clientVersion: number,
    answer: (errorCode: number) => void,
  ): void {
    const transaction = this.#transactions.get(transactionalId);
    const verdict = addPartitions(transaction, producer, added, clientVersion, this.#context());
    this.#take(transactionalId, verdict, answer);
  }

  endTransaction(
    transactionalId: string,
    producer: ProducerIdentity,
    isCommit: boolean,
    clientVersion: number,
    answer: (answer: ProducerAnswer) => void,
  ): void {
    const transaction = this.#transactions.get(transactionalId);
    const verdict = endTransaction(transaction, producer, isCommit, clientVersion, this.#context());
    this.#take(transactionalId, verdict, (errorCode) => answer(this.#identified(transactionalId, errorCode)));
  }

  /**
   * Adds partitions for what is about to be appended to them, by the second version of the protocol, without a wait for the
   * acknowledgement; the error if they can't be.
   */
  admitPartitions(transactionalId: string, producer: ProducerIdentity, added: TopicPartitions): number {
    if (transactionalId === "") return ErrorCode.INVALID_REQUEST;
    const transaction = this.#transactions.get(transactionalId);
    const { errorCode, next } = addPartitions(transaction, producer, added, 2, this.#context());
    if (next === undefined) return errorCode;
    try {
      this.#write(next);
      return errorCode;
    } catch (error) {
      return transactionLogErrorCode(error);
    }
  }

  /** transaction.partition.verification.enable */
  get verifiesPartitions(): boolean {
    return this.#options.verifiesPartitions();
  }

  /** See `verifyPartition` in `transaction.ts`. */
  verifyPartition(
    transactionalId: string,
    producer: ProducerIdentity,
    topic: string,
    partition: number,
  ): number {
    if (transactionalId === "") return ErrorCode.INVALID_REQUEST;
    return verifyPartition(this.#transactions.get(transactionalId), producer, topic, partition);
  }

  #context(): StepContext {
    const { clock, transactionVersion, producerIds } = this.#options;
    return {
      nowMs: clock.now(),
      serverVersion: transactionVersion(),
      takeProducerId: () => producerIds.next(),
    };
  }

  #identified(transactionalId: string, errorCode: number): ProducerAnswer {
    if (errorCode !== ErrorCode.NONE) return refusal(errorCode);
    const transaction = this.#transactions.get(transactionalId)!;
    // Where its end is late in coming, what it will be: the producer goes on with that.
    const { producerId, producerEpoch } = isPrepared(transaction) ? complete(transaction, 0) : transaction;
    return { errorCode, producerId, producerEpoch };
  }

  /** Does what was decided; `answer` is called when the client may know. */
  #take(transactionalId: string, { errorCode, next }: Verdict, answer: (errorCode: number) => void): void {
    if (next === undefined) return answer(errorCode);
    try {
      this.#write(next);
    } catch (error) {
      return answer(transactionLogErrorCode(error));
    }
    this.journal.whenAcknowledged(this.journal.partitionOf(transactionalId), (error) => {
      if (error !== undefined) return answer(transactionLogErrorCode(error));
      if (isPrepared(next)) this.#finish(next, () => answer(errorCode));
      else answer(errorCode);
    });
  }

  /**
   * Ends a prepared transaction, whose record is acknowledged, in its partitions. `onKnown` is called once: when it is
   * complete, or, so that nobody waits for a disk that may be broken for long, when that takes longer.
   */
  #finish(prepared: Transaction, onKnown: () => void): void {
    let isKnown = false;
    const tell = () => {
      if (isKnown) return;
      isKnown = true;
      onKnown();
    };
    this.#markers.write(prepared, this.#epochFor(prepared), {
      onDelay: tell,
      onDone: () => this.#complete(prepared, tell),
    });
  }

  /**
   * Nobody waits for the acknowledgement of this last record: without it the next start ends the transaction again, the same
   * way, and whatever the producer does next is acknowledged behind it.
   */
  #complete(prepared: Transaction, onKnown: () => void): void {
    const { clock, deadlines, log } = this.#options;
    try {
      this.#write(complete(prepared, clock.now()));
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      log(
        "warn",
        `the end of a transaction of ${prepared.transactionalId} is not written down, which is tried again: ${error.message}`,
      );
      deadlines.add(clock.monotonic() + COMPLETE_RETRY_MS, () => this.#complete(prepared, onKnown));
    }
    onKnown();
  }

  /** Throws LogError; nothing has changed then. */
  #write(transaction: Transaction): void {
    const partition = this.journal.partitionOf(transaction.transactionalId);
    this.journal.append(partition, [transactionRecord(transaction)]);
    this.#apply(transaction);
  }

  #replay(partition: number, record: ReplayedRecord, ends: RecentEnds | undefined): void {
    const found = readTransactionRecord(record);
    if (found === undefined) {
      this.#options.log(
        "warn",
        `${TRANSACTION_TOPIC}-${partition} has at offset ${record.offset} a record that can't be read here; it is passed over`,
      );
    } else if (found.transaction === undefined) this.#forget(found.transactionalId);
    else {
      ends?.note(found.transaction);
      this.#apply(found.transaction);
    }
  }

  #apply(transaction: Transaction): void {
    const { transactionalId, status } = transaction;
    this.#transactions.set(transactionalId, transaction);
    if (status === "Ongoing") this.#ongoing.add(transactionalId);
    else this.#ongoing.delete(transactionalId);
    this.#schedule();
  }

  #forget(transactionalId: string): void {
    this.#transactions.delete(transactionalId);
    this.#ongoing.delete(transactionalId);
  }

  /** Sleeps of an idle broker are not cut short for what can't be. */
  #schedule(): void {
    const { abortTimedOutIntervalMs, removeExpiredIntervalMs } = this.#options.transactions;
    if (this.#ongoing.size > 0 && !this.#timeoutSweep?.isLive) {
      this.#timeoutSweep = this.#after(abortTimedOutIntervalMs, () => this.#abortTimedOut());
    }
    if (this.#transactions.size > 0 && !this.#expirationSweep?.isLive) {
      this.#expirationSweep = this.#after(removeExpiredIntervalMs, () => this.#removeExpired());
    }
  }

  #after(delayMs: number, action: () => void): Deadline {
    const { deadlines, clock } = this.#options;
    return deadlines.add(clock.monotonic() + delayMs, () => {
      action();
      this.#schedule();
    });
  }

  #abortTimedOut(): void {
    const { clock, log } = this.#options;
    const nowMs = clock.now();
    for (const transactionalId of [...this.#ongoing]) {
      const transaction = this.#transactions.get(transactionalId)!;
      if (!isTimedOut(transaction, nowMs)) continue;
      this.#take(transactionalId, fence(transaction, this.#context()), (errorCode) => {
        log(
          errorCode === ErrorCode.NONE ? "info" : "warn",
          `a transaction of ${transactionalId}, open for more than the ${transaction.timeoutMs} ms that its producer gave it, ` +
            (errorCode === ErrorCode.NONE ? "was aborted" : `could not be aborted (error ${errorCode})`),
        );
      });
    }
  }

  #removeExpired(): void {
    const { clock, transactions: { idExpirationMs }, log } = this.#options;
    const nowMs = clock.now();
    const expired = new Map<number, string[]>();
    for (const transaction of this.#transactions.values()) {
      if (!isExpired(transaction, nowMs, idExpirationMs)) continue;
      const partition = this.journal.partitionOf(transaction.transactionalId);
      const ids = expired.get(partition);
      if (ids === undefined) expired.set(partition, [transaction.transactionalId]);
      else ids.push(transaction.transactionalId);
    }
    for (const [partition, ids] of expired) {
      try {
        for (let from = 0; from < ids.length; from += TOMBSTONES_AT_ONCE) {
          const some = ids.slice(from, from + TOMBSTONES_AT_ONCE);
          this.journal.append(partition, some.map((id): JournalRecord => tombstone(id)));
          for (const id of some) this.#forget(id);
        }
      } catch (error) {
        if (!(error instanceof LogError)) throw error;
        log("warn", `transactional ids that are not used any more are kept for now: ${error.message}`);
      }
    }
  }
}

function* logsOf(topics: TopicStore): Generator<PartitionLog> {
  for (const { partitions } of topics.topics()) yield* partitions;
}

function refusal(errorCode: number): ProducerAnswer {
  return { errorCode, producerId: NO_PRODUCER_ID, producerEpoch: NO_EPOCH };
}
