/**
 * What a partition knows of its idempotent and transactional producers: enough to tell the next batch from a repeated one
 * and from one that jumps over something lost, and which transactions are open. The rules are those of Kafka's ProducerStateManager and ProducerAppendInfo:
 *
 * - A producer nobody knows may begin with any sequence: its earlier batches may have been retained away.
 * - A newer epoch begins at sequence 0; an older one is fenced off with INVALID_PRODUCER_EPOCH.
 * - One of the last five batches, sent again, is answered like the first time.
 * - Any other batch has to begin at the sequence behind the last one (0 comes after 2^31 - 1), or it is
 *   OUT_OF_ORDER_SEQUENCE_NUMBER.
 * - A transaction is open from its first batch to the marker that ends it. Meanwhile the producer's other batches belong to
 *   it too: one that says it does not is INVALID_TXN_STATE.
 * - A marker of an older producer epoch is fenced off like a batch; one of an older coordinator than the producer's last
 *   marker with TRANSACTION_COORDINATOR_FENCED.
 *
 * A producer that has sent nothing for `producer.id.expiration.ms` is forgotten. Idleness is counted by the monotonic
 * clock from the append on, not from the timestamp in the records, which may be years old when history is loaded.
 * @module
 */
import type { EndMarker } from "../protocol/end_marker.ts";
import { ErrorCode } from "../protocol/errors.ts";
import type { RecordBatch } from "../protocol/record_batch.ts";
import { LogError } from "./log_error.ts";
import { type CompletedTransaction, OpenTransactions } from "./open_transactions.ts";

/** A Java producer has at most five requests under way. */
const REMEMBERED_BATCHES = 5;
const MAX_SEQUENCE = 0x7fffffff;
/** A producer read from disk gets this long to repeat its last batches, however old their timestamps are. */
const RELOAD_GRACE_MS = 3_600_000;
/** From this version of the transaction protocol on (KIP-890) each marker has a new epoch. */
const EPOCH_BUMPING_VERSION = 2;

export interface ProducerBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly lastOffset: number;
  /** Last offset less first offset. */
  readonly offsetDelta: number;
  /** The batch's largest timestamp. */
  readonly timestamp: number;
}

/** A producer as a snapshot has it: with its last batch only. */
export interface ProducerSnapshotEntry {
  readonly producerId: number;
  readonly epoch: number;
  /** -1: no batch since the epoch began. */
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestamp: number;
  /** -1 unless transactional. */
  readonly coordinatorEpoch: number;
  /** -1: no transaction under way. */
  readonly currentTransactionFirstOffset: number;
}

/** Who ends a transaction, and on whose word. */
export interface MarkerOrigin {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  /** `transaction.version` of the coordinator. Default 1: markers have their transaction's epoch, or a newer one. */
  readonly transactionVersion?: number;
}

interface Producer {
  epoch: number;
  coordinatorEpoch: number;
  currentTransactionFirstOffset: number;
  timestamp: number;
  /** Timestamp of the last marker; -Infinity if there was none, undefined if that is not known any more. */
  lastMarkerMs: number | undefined;
  /** Monotonic time of the last append. */
  seenMs: number;
  /** The newest last; at most {@link REMEMBERED_BATCHES}. */
  batches: ProducerBatch[];
}

export class ProducerState {
  readonly transactions = new OpenTransactions();
  readonly #producers = new Map<number, Producer>();

  get size(): number {
    return this.#producers.size;
  }

  /** The largest producer id that is known; -1 if none is. */
  get largestId(): number {
    let largest = -1;
    for (const producerId of this.#producers.keys()) largest = Math.max(largest, producerId);
    return largest;
  }

  /** The batch that `batch` repeats; undefined if it is new and may be appended. Throws LogError if it may not. */
  check(batch: RecordBatch): ProducerBatch | undefined {
    const { producerId, producerEpoch, baseSequence } = batch;
    if (producerEpoch < 0 || baseSequence < 0) {
      throw new LogError(
        ErrorCode.INVALID_RECORD,
        `a batch of producer ${producerId} needs an epoch and a sequence; found ${producerEpoch} and ${baseSequence}`,
      );
    }
    const producer = this.#producers.get(producerId);
    if (producer === undefined) return undefined;
    const repeated = checkOrder(producer, batch);
    if (repeated !== undefined) return repeated;
    if (producer.currentTransactionFirstOffset >= 0 && !batch.isTransactional) {
      throw new LogError(
        ErrorCode.INVALID_TXN_STATE,
        `producer ${producerId} sent a batch outside of its transaction, which is open since offset ${producer.currentTransactionFirstOffset}`,
      );
    }
  }

  /** Throws LogError if a newer producer with the batch's id has been here: for a batch without a sequence. */
  checkEpoch({ producerId, producerEpoch }: RecordBatch): void {
    const epoch = this.#producers.get(producerId)?.epoch ?? -1;
    if (producerEpoch < epoch) throw fencedBatch(producerId, producerEpoch, epoch);
  }

  /** Whether a marker of this origin may be appended; throws LogError if not. Without a transaction to end it may be, too. */
  checkMarker(
    { producerId, producerEpoch, coordinatorEpoch, transactionVersion = 1 }: MarkerOrigin,
  ): void {
    const producer = this.#producers.get(producerId);
    if (producer === undefined) return;
    const { epoch } = producer;
    // With new epochs, a marker of this one was written before; it may come again, but not into the next transaction.
    const isLate = transactionVersion >= EPOCH_BUMPING_VERSION && producerEpoch === epoch &&
      producer.currentTransactionFirstOffset >= 0;
    if (producerEpoch < epoch || isLate) {
      throw new LogError(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        `producer ${producerId} has epoch ${epoch} by now; the end of its transaction comes with epoch ${producerEpoch}`,
      );
    }
    if (coordinatorEpoch < producer.coordinatorEpoch) {
      throw new LogError(
        ErrorCode.TRANSACTION_COORDINATOR_FENCED,
        `a coordinator of epoch ${producer.coordinatorEpoch} has ended a transaction of producer ${producerId}; ` +
          `this end comes from one of epoch ${coordinatorEpoch}`,
      );
    }
  }

  /**
   * Takes in a batch that is in the log now, whatever its sequence: what is in the log is true. `marker` is what a control
   * batch says. Returns the transaction that it has ended, if one was open.
   */
  update(batch: RecordBatch, nowMs: number, marker?: EndMarker): CompletedTransaction | undefined {
    const { producerId, producerEpoch, lastOffset, maxTimestamp, isControl } = batch;
    // Compaction has emptied it, and taken all of its transaction out before.
    if (isControl && marker === undefined) return undefined;
    let producer = this.#producers.get(producerId);
    if (producer === undefined) {
      producer = {
        epoch: producerEpoch,
        coordinatorEpoch: -1,
        currentTransactionFirstOffset: -1,
        timestamp: maxTimestamp,
        lastMarkerMs: -Infinity,
        seenMs: nowMs,
        batches: [],
      };
      this.#producers.set(producerId, producer);
    } else if (producer.epoch !== producerEpoch) {
      producer.epoch = producerEpoch;
      producer.batches.length = 0;
    }
    producer.timestamp = maxTimestamp;
    producer.seenMs = nowMs;
    if (marker !== undefined) {
      producer.lastMarkerMs = maxTimestamp;
      producer.coordinatorEpoch = marker.coordinatorEpoch;
      producer.currentTransactionFirstOffset = -1;
      return this.transactions.end(producerId, batch.baseOffset, marker.type === "abort");
    }
    if (batch.isTransactional && producer.currentTransactionFirstOffset < 0) {
      producer.currentTransactionFirstOffset = batch.baseOffset;
      this.transactions.begin(producerId, batch.baseOffset);
    }
    // A coordinator's batch has none, and is never sent again.
    if (batch.baseSequence < 0) return undefined;
    if (producer.batches.length === REMEMBERED_BATCHES) producer.batches.shift();
    producer.batches.push({
      firstSequence: batch.baseSequence,
      lastSequence: batch.lastSequence,
      lastOffset,
      offsetDelta: batch.lastOffsetDelta,
      timestamp: maxTimestamp,
    });
  }

  /**
   * Takes in what a snapshot held, and from `history`, the log before it, what those producers had sent before their last
   * batch. `nowMs` is monotonic, `wallMs` since 1970.
   */
  restore(
    entries: Iterable<ProducerSnapshotEntry>,
    history: ProducerState,
    nowMs: number,
    wallMs: number,
    expirationMs: number,
  ): void {
    const oldestMs = expirationMs - Math.min(RELOAD_GRACE_MS, expirationMs);
    const byTransaction = [...entries].sort((a, b) =>
      a.currentTransactionFirstOffset - b.currentTransactionFirstOffset
    );
    for (const entry of byTransaction) {
      const { producerId, epoch, timestamp, currentTransactionFirstOffset } = entry;
      if (currentTransactionFirstOffset >= 0) {
        this.transactions.begin(producerId, currentTransactionFirstOffset);
      }
      const idleMs = Math.min(Math.max(wallMs - timestamp, 0), oldestMs);
      this.#producers.set(producerId, {
        epoch,
        coordinatorEpoch: entry.coordinatorEpoch,
        currentTransactionFirstOffset,
        timestamp,
        lastMarkerMs: lastMarkerOf(entry),
        seenMs: nowMs - idleMs,
        batches: history.#batchesUpTo(entry) ?? lastBatchOf(entry),
      });
    }
  }

  /** The batches of a producer, if the last is the one that its entry in a snapshot names. */
  #batchesUpTo(
    { producerId, epoch, lastSequence, lastOffset }: ProducerSnapshotEntry,
  ): ProducerBatch[] | undefined {
    const producer = this.#producers.get(producerId);
    const last = producer?.batches[producer.batches.length - 1];
    const isSame = producer?.epoch === epoch && last?.lastSequence === lastSequence &&
      last.lastOffset === lastOffset;
    return isSame ? producer.batches : undefined;
  }

  /** Whether it knows a later batch of the producer, of the same epoch, than its entry in a snapshot does. */
  isAhead({ producerId, epoch, lastOffset }: ProducerSnapshotEntry): boolean {
    const producer = this.#producers.get(producerId);
    const last = producer?.batches[producer.batches.length - 1];
    return last !== undefined && producer?.epoch === epoch && last.lastOffset > lastOffset;
  }

  /** Forgets who has been idle for `expirationMs` and has no transaction under way. */
  expire(nowMs: number, expirationMs: number): void {
    for (const [producerId, { seenMs, currentTransactionFirstOffset }] of this.#producers) {
      if (nowMs - seenMs >= expirationMs && currentTransactionFirstOffset < 0) {
        this.#producers.delete(producerId);
      }
    }
  }

  /** Whether a transaction of this very producer is open. */
  isInTransaction(producerId: number, producerEpoch: number): boolean {
    const producer = this.#producers.get(producerId);
    return producer !== undefined && producer.epoch === producerEpoch &&
      producer.currentTransactionFirstOffset >= 0;
  }

  /** See `PartitionLog.lastMarkerMs`. */
  lastMarkerMs(producerId: number): number | undefined {
    const producer = this.#producers.get(producerId);
    return producer === undefined ? -Infinity : producer.lastMarkerMs;
  }

  entry(producerId: number): ProducerSnapshotEntry | undefined {
    const producer = this.#producers.get(producerId);
    return producer && entryOf(producerId, producer);
  }

  /** What a snapshot is to hold. */
  *entries(): Generator<ProducerSnapshotEntry> {
    for (const [producerId, producer] of this.#producers) yield entryOf(producerId, producer);
  }
}

function entryOf(producerId: number, producer: Producer): ProducerSnapshotEntry {
  const last = producer.batches[producer.batches.length - 1];
  return {
    producerId,
    epoch: producer.epoch,
    lastSequence: last?.lastSequence ?? -1,
    lastOffset: last?.lastOffset ?? -1,
    offsetDelta: last?.offsetDelta ?? 0,
    timestamp: producer.timestamp,
    coordinatorEpoch: producer.coordinatorEpoch,
    currentTransactionFirstOffset: producer.currentTransactionFirstOffset,
  };
}

/** The batch that `batch` repeats, if it does; throws unless it is that or the next one. */
function checkOrder({ epoch, batches }: Producer, batch: RecordBatch): ProducerBatch | undefined {
  const { producerId, producerEpoch, baseSequence } = batch;
  if (producerEpoch < epoch) {
    throw fencedBatch(producerId, producerEpoch, epoch);
  }
  if (producerEpoch > epoch) {
    if (baseSequence === 0) return undefined;
    throw outOfOrder(batch, "a new epoch begins with sequence 0");
  }
  const last = batches[batches.length - 1];
  if (last === undefined) {
    if (baseSequence === 0) return undefined;
    throw outOfOrder(batch, "this epoch has no batch yet and begins with sequence 0");
  }
  const { lastSequence } = batch;
  for (const earlier of batches) {
    if (earlier.firstSequence === baseSequence && earlier.lastSequence === lastSequence) return earlier;
  }
  if (baseSequence === (last.lastSequence === MAX_SEQUENCE ? 0 : last.lastSequence + 1)) return undefined;
  throw outOfOrder(batch, `the last one ended with sequence ${last.lastSequence}`);
}

/** Between two transactions the last that came was the marker of the first. */
function lastMarkerOf(
  { coordinatorEpoch, currentTransactionFirstOffset, timestamp }: ProducerSnapshotEntry,
): number | undefined {
  if (coordinatorEpoch < 0) return -Infinity;
  return currentTransactionFirstOffset < 0 ? timestamp : undefined;
}

function lastBatchOf(
  { lastSequence, lastOffset, offsetDelta, timestamp }: ProducerSnapshotEntry,
): ProducerBatch[] {
  if (lastSequence < 0) return [];
  const firstSequence = sequenceBefore(lastSequence, offsetDelta);
  return [{ firstSequence, lastSequence, lastOffset, offsetDelta, timestamp }];
}

/** The sequence `count` before `sequence`, on the ring from 0 to 2^31 - 1. */
function sequenceBefore(sequence: number, count: number): number {
  return sequence >= count ? sequence - count : MAX_SEQUENCE - (count - sequence) + 1;
}

function fencedBatch(producerId: number, producerEpoch: number, epoch: number): LogError {
  return new LogError(
    ErrorCode.INVALID_PRODUCER_EPOCH,
    `producer ${producerId} has epoch ${epoch} by now; the batch is of epoch ${producerEpoch}`,
  );
}

function outOfOrder({ producerId, producerEpoch, baseSequence }: RecordBatch, reason: string): LogError {
  return new LogError(
    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    `producer ${producerId} (epoch ${producerEpoch}) sent a batch with first sequence ${baseSequence}, but ${reason}`,
  );
}
