/**
 * What becomes of one batch in a compaction. The rules are those of Kafka's cleaner (KIP-98, KIP-534):
 *
 * - Of each key only the newest record stays. Records without a key can't be told apart and go. Records of aborted transactions
 *   go. Behind the end of what the map of keys covers everything else stays.
 * - The first compaction whose map covers a tombstone gives its batch a delete horizon, `delete.retention.ms` from now.
 *   The first one after that takes the tombstone away.
 * - A marker whose transaction has no batch left gets such a horizon too, and goes after it.
 * - Where no record is left the batch goes. But a producer's last batch stays, empty, as it tells the producer's sequence; and
 *   of the last batch of all a placeholder, so that the offsets which a compacted segment covers can be seen in it.
 *
 * A batch of which everything stays is given back as it is, byte for byte. So is a damaged one, or one that can't be
 * unpacked: a checksum made anew would hide the damage for ever.
 * @module
 */
import type { FilterFigures } from "./compaction_outcome.ts";
import { emptyBatch, placeholderBatch, rewriteBatch } from "../../protocol/batch_rewrite.ts";
import { decodeEndMarker } from "../../protocol/end_marker.ts";
import { checkStoredBatch, RecordBatch } from "../../protocol/record_batch.ts";
import { RecordScan } from "../../protocol/record_scan.ts";
import { RecordsError } from "../../protocol/records.ts";
import { varintSize, varlongSize } from "../../protocol/wire_size.ts";
import { Writer } from "../../protocol/writer.ts";
import type { ActiveProducer } from "./compaction_job.ts";
import type { KeyOffsetMap } from "./key_offset_map.ts";
import type { TransactionFates } from "./transaction_fates.ts";

/** Memory for rewriting that is kept from batch to batch. */
const KEPT_WRITER_BYTES = 4 * 1024 * 1024;

export interface BatchFilterOptions {
  readonly map: KeyOffsetMap;
  /** The map has every key that has a record from where it begins up to this offset. */
  readonly mapEndOffset: number;
  readonly fates: TransactionFates;
  /** Of each, the data batch at `lastDataOffset` and any behind it stay. */
  readonly producers: readonly ActiveProducer[];
  readonly nowMs: number;
  readonly deleteRetentionMs: number;
  readonly maxUnpackedBytes: number;
  /** A batch stays as it is for this reason. */
  readonly onUnreadable: (batch: RecordBatch, reason: string) => void;
}

/** What to write in place of the batch: the same bytes, other ones, or nothing. */
export type Filtered = "same" | "dropped" | RecordBatch;

export class BatchFilter {
  readonly figures: FilterFigures = {
    batchesRead: 0,
    batchesKept: 0,
    recordsKept: 0,
    recordsDropped: 0,
    keylessDropped: 0,
    earliestDeleteHorizonMs: Infinity,
  };
  readonly #options: BatchFilterOptions;
  readonly #producers: ReadonlyMap<number, ActiveProducer>;
  readonly #newHorizonMs: number;
  readonly #scan = new RecordScan();
  readonly #rewritten = new RecordBatch();
  /** Where in the unpacked records those lie that stay: start and end of each run of neighbours, in turn. */
  readonly #runs: number[] = [];
  #writer = new Writer();

  constructor(options: BatchFilterOptions) {
    this.#options = options;
    this.#producers = new Map(options.producers.map((producer) => [producer.producerId, producer]));
    this.#newHorizonMs = Math.min(options.nowMs + options.deleteRetentionMs, Number.MAX_SAFE_INTEGER);
  }

  /** Batches come in the order of the log, from its start on. `isLast`: no other batch is in the group. */
  filter(batch: RecordBatch, isLast: boolean): Filtered {
    this.figures.batchesRead++;
    const filtered = this.#filter(batch, isLast);
    if (filtered !== "dropped") this.figures.batchesKept++;
    return filtered;
  }

  #filter(batch: RecordBatch, isLast: boolean): Filtered {
    const problem = batchProblem(batch);
    if (problem !== undefined) {
      // It stays, so its marker has to.
      if (!batch.isControl) this.#options.fates.isAborted(batch);
      return this.#unreadable(batch, problem);
    }
    try {
      return batch.isControl ? this.#filterMarker(batch, isLast) : this.#filterData(batch, isLast);
    } catch (error) {
      if (error instanceof RecordsError) return this.#unreadable(batch, error.message);
      throw error;
    }
  }

  #filterMarker(batch: RecordBatch, isLast: boolean): Filtered {
    const { fates, nowMs } = this.#options;
    const { deleteHorizonMs, recordCount } = batch;
    if (recordCount === 0) return this.#withoutRecords(batch, isLast);
    const isNeedless = fates.isNeedless(batch, decodeEndMarker(batch)?.type);
    if (!isNeedless) return this.#same(recordCount);
    if (deleteHorizonMs === undefined) {
      const horizonMs = this.#newHorizonMs;
      this.#noteHorizon(horizonMs);
      this.#scan.open(batch, this.#options.maxUnpackedBytes);
      this.#runs.splice(0, Infinity, 0, this.#scan.bytes.length);
      return this.#rewrite(batch, recordCount, batch.maxTimestamp, horizonMs);
    }
    if (deleteHorizonMs <= nowMs) return this.#withoutRecords(batch, isLast);
    this.#noteHorizon(deleteHorizonMs);
    return this.#same(recordCount);
  }

  #filterData(batch: RecordBatch, isLast: boolean): Filtered {
    const { fates, mapEndOffset, maxUnpackedBytes } = this.#options;
    const { baseOffset, lastOffset, recordCount, deleteHorizonMs } = batch;
    if (fates.isAborted(batch) || recordCount === 0) return this.#withoutRecords(batch, isLast);
    // Nothing is known of its keys.
    if (baseOffset >= mapEndOffset) return this.#same(recordCount);
    const scan = this.#scan;
    const runs = this.#runs;
    let keptCount = 0;
    let keylessCount = 0;
    let hasTombstone = false;
    let maxDelta = -Infinity;
    runs.length = 0;
    scan.open(batch, maxUnpackedBytes);
    while (scan.next()) {
      const { start, end, keyStart, hasValue, timestampDelta } = scan;
      if (!this.#stays(baseOffset + scan.offsetDelta, deleteHorizonMs)) {
        if (keyStart < 0) keylessCount++;
        continue;
      }
      keptCount++;
      if (!hasValue && keyStart >= 0) hasTombstone = true;
      maxDelta = Math.max(maxDelta, timestampDelta);
      if (runs.length > 0 && runs[runs.length - 1] === start) runs[runs.length - 1] = end;
      else runs.push(start, end);
    }
    this.figures.keylessDropped += keylessCount;
    if (keptCount === 0) return this.#withoutRecords(batch, isLast);
    // A tombstone that the map does not cover may have older records left: its time begins with a later compaction.
    const needsHorizon = hasTombstone && deleteHorizonMs === undefined && lastOffset < mapEndOffset;
    const horizonMs = needsHorizon ? this.#newHorizonMs : deleteHorizonMs;
    if (hasTombstone && horizonMs !== undefined) this.#noteHorizon(horizonMs);
    if (keptCount === recordCount && !needsHorizon) return this.#same(recordCount);
    const maxTimestamp = batch.timestampType === "LogAppendTime"
      ? batch.maxTimestamp
      : batch.baseTimestamp + maxDelta;
    return this.#rewrite(batch, keptCount, maxTimestamp, needsHorizon ? horizonMs : undefined);
  }

  /** Whether the record at hand stays, of a batch that stays. */
  #stays(offset: number, deleteHorizonMs: number | undefined): boolean {
    const { map, mapEndOffset, nowMs } = this.#options;
    const { bytes, keyStart, keyEnd, hasValue } = this.#scan;
    if (offset >= mapEndOffset) return true;
    if (keyStart < 0) return false;
    if (!hasValue && deleteHorizonMs !== undefined && deleteHorizonMs <= nowMs) return false;
    return map.get(bytes, keyStart, keyEnd) <= offset;
  }

  /** The batch with the records in the runs; if `newHorizonMs` is given, with that. */
  #rewrite(
    batch: RecordBatch,
    keptCount: number,
    maxTimestamp: number,
    newHorizonMs: number | undefined,
  ): RecordBatch {
    const { baseTimestamp, recordCount } = batch;
    const scan = this.#scan;
    const runs = this.#runs;
    // What a large batch took is not kept.
    if (this.#writer.capacity > KEPT_WRITER_BYTES) this.#writer = new Writer();
    const writer = this.#writer;
    writer.reset();
    if (newHorizonMs === undefined) {
      for (let at = 0; at < runs.length; at += 2) writer.raw(scan.bytes.subarray(runs[at], runs[at + 1]));
    } else {
      scan.rewind();
      for (let at = 0; scan.next();) {
        while (at < runs.length && scan.start >= runs[at + 1]!) at += 2;
        if (at === runs.length) break;
        if (scan.start < runs[at]!) continue;
        writeWithDelta(writer, scan, baseTimestamp + scan.timestampDelta - newHorizonMs);
      }
    }
    this.figures.recordsKept += keptCount;
    this.figures.recordsDropped += recordCount - keptCount;
    const options = { recordCount: keptCount, maxTimestamp, deleteHorizonMs: newHorizonMs };
    return this.#rewritten.reset(rewriteBatch(batch, writer.bytes(), options));
  }

  #withoutRecords(batch: RecordBatch, isLast: boolean): Filtered {
    const { recordCount, producerId } = batch;
    this.figures.recordsDropped += recordCount;
    if (this.#tellsSequence(batch)) {
      return recordCount === 0 ? "same" : this.#rewritten.reset(emptyBatch(batch));
    }
    if (!isLast) return "dropped";
    const isPlaceholder = recordCount === 0 && producerId < 0 && !batch.isControl;
    return isPlaceholder ? "same" : this.#rewritten.reset(placeholderBatch(batch));
  }

  #tellsSequence({ producerId, producerEpoch, lastOffset, isControl }: RecordBatch): boolean {
    const producer = producerId < 0 ? undefined : this.#producers.get(producerId);
    if (producer === undefined) return false;
    if (producer.lastDataOffset >= 0) return !isControl && lastOffset >= producer.lastDataOffset;
    // Only its markers are left, of which each tells the epoch.
    return isControl && producer.producerEpoch === producerEpoch;
  }

  #same(recordCount: number): "same" {
    this.figures.recordsKept += recordCount;
    return "same";
  }

  #unreadable(batch: RecordBatch, reason: string): "same" {
    this.#options.onUnreadable(batch, reason);
    return "same";
  }

  #noteHorizon(horizonMs: number): void {
    this.figures.earliestDeleteHorizonMs = Math.min(this.figures.earliestDeleteHorizonMs, horizonMs);
  }
}

/** What is wrong with a batch that lies whole in memory, as far as header and checksum tell. */
export function batchProblem({ bytes }: RecordBatch): string | undefined {
  return checkStoredBatch(bytes, 0, bytes.length, new RecordBatch())?.message;
}

/** The record at hand, as it is but for its timestamp delta. */
function writeWithDelta(writer: Writer, scan: RecordScan, timestampDelta: number): void {
  const rest = scan.bytes.subarray(scan.timeEnd, scan.end);
  const length = 1 + varlongSize(timestampDelta) + rest.length;
  writer.reserve(varintSize(length) + length);
  writer.varint(length);
  writer.int8(0); // attributes
  writer.varlong(timestampDelta);
  writer.raw(rest);
}
