/**
 * The files of a log with keys, tombstones and transactions, made batch by batch on a disk in memory, and what can be read from
 * such files afterwards: for tests of compaction.
 * @module
 */
import assert from "node:assert/strict";
import { CompressionType } from "../../protocol/compression_type.ts";
import { checkStoredBatch, RecordBatch } from "../../protocol/record_batch.ts";
import { controlRecord, decodeRecords, encodeBatch, type NewRecord } from "../../protocol/records.ts";
import { BatchWalker } from "../../storage/batch_walker.ts";
import type { CompactedGroup } from "../../storage/compaction/compaction_outcome.ts";
import type { CompactionJob, SegmentSummary } from "../../storage/compaction/compaction_job.ts";
import type { Disk } from "../../storage/disk.ts";
import { formatSegmentFile, join, parseSegmentFile } from "../../storage/file_names.ts";
import { defaultLogConfig } from "../../storage/log_config.ts";
import { OpenSegments } from "../../storage/open_segments.ts";
import { LogSegment, type SegmentContext } from "../../storage/segment.ts";
import { SegmentWriters } from "../../storage/segment_writers.ts";
import type { AbortedTransaction } from "../../storage/transaction_index.ts";
import { commitSwap, finishSwap, retireReplaced } from "../../storage/segment_swap.ts";

export const DIRECTORY = "/data/t-0";
export const INDEX_INTERVAL_BYTES = 200;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface KeyedRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp?: number;
}

export interface KeyedBatch {
  readonly compression?: CompressionType;
  readonly producerId?: number;
  readonly sequence?: number;
  readonly isTransactional?: boolean;
}

/** A record as it can be read. */
export interface ReadRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly header: string | undefined;
}

export class CompactableLog {
  readonly disk: Disk;
  endOffset = 0;
  #batches: Uint8Array[] = [];
  #baseOffset = 0;
  #aborted: AbortedTransaction[] = [];

  constructor(disk: Disk) {
    this.disk = disk;
    disk.makeDirectory(DIRECTORY);
    disk.syncDirectory("/data");
    disk.syncDirectory("/");
  }

  /** Appends a batch to the segment that is being made; returns its base offset. */
  append(
    records: readonly KeyedRecord[],
    { compression = CompressionType.none, producerId = -1, sequence = -1, isTransactional = false }:
      KeyedBatch = {},
  ): number {
    return this.#append(
      records.map(({ key, value, timestamp = 1000 + this.endOffset }, index) => ({
        timestamp,
        key: key === null ? null : encoder.encode(key),
        value: value === null ? null : encoder.encode(value),
        headers: index % 2 === 0 ? [] : [{ key: "h", value: encoder.encode(`of ${value}`) }],
      })),
      {
        compression,
        producerId,
        producerEpoch: producerId < 0 ? -1 : 0,
        baseSequence: sequence,
        isTransactional,
      },
    );
  }

  /** Ends the transaction that began at `firstOffset`. */
  end(type: "commit" | "abort", producerId: number, firstOffset: number): void {
    const lastOffset = this.#append(
      [controlRecord(type, { coordinatorEpoch: 0, timestamp: this.endOffset })],
      {
        producerId,
        producerEpoch: 0,
        isTransactional: true,
        isControl: true,
      },
    );
    if (type === "abort") {
      this.#aborted.push({ producerId, firstOffset, lastOffset, lastStableOffset: firstOffset });
    }
  }

  /** Ends the segment, all of whose files are durable then. */
  roll(): void {
    const segment = LogSegment.create(segmentContext(this.disk), DIRECTORY, this.#baseOffset, config());
    for (const bytes of this.#batches) segment.append(new RecordBatch(bytes));
    for (const transaction of this.#aborted) segment.transactionIndex.append(transaction);
    segment.finish();
    for (const file of segment.openFiles()) file.syncData();
    segment.close();
    this.disk.syncDirectory(DIRECTORY);
    this.#batches = [];
    this.#aborted = [];
    this.#baseOffset = this.endOffset;
  }

  #append(records: NewRecord[], options: Parameters<typeof encodeBatch>[1]): number {
    const baseOffset = this.endOffset;
    this.#batches.push(encodeBatch(records, { ...options, baseOffset, leaderEpoch: 0 }));
    this.endOffset += records.length;
    return baseOffset;
  }
}

function config() {
  return { ...defaultLogConfig, indexIntervalBytes: INDEX_INTERVAL_BYTES };
}

/** As recovery wants it, too. */
export function segmentContext(disk: Disk): SegmentContext {
  return {
    disk,
    walker: new BatchWalker(),
    openSegments: new OpenSegments(100),
    writers: SegmentWriters.plain(),
    log: () => {},
  };
}

/** Base offsets of the segments, ascending. */
export function baseOffsetsOf(disk: Disk): number[] {
  return disk.list(DIRECTORY).map(({ name }) => parseSegmentFile(name))
    .filter((file) => file?.kind === "log").map((file) => file!.offset).sort((a, b) => a - b);
}

function batchesOf(disk: Disk, baseOffset: number): { batch: RecordBatch; position: number }[] {
  using file = disk.open(join(DIRECTORY, formatSegmentFile(baseOffset, "log")), { readOnly: true });
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  const batches = [];
  for (let position = 0; position < bytes.length;) {
    const batch = new RecordBatch();
    assert.equal(checkStoredBatch(bytes, position, bytes.length, batch), undefined);
    batches.push({ batch, position });
    position += batch.sizeInBytes;
  }
  return batches;
}

/** All batches, in order. */
export function readBatches(disk: Disk): RecordBatch[] {
  return baseOffsetsOf(disk).flatMap((baseOffset) => batchesOf(disk, baseOffset).map(({ batch }) => batch));
}

/** All records that are no markers, those of aborted transactions too. */
export function readRecords(disk: Disk): ReadRecord[] {
  return readBatches(disk).filter(({ isControl }) => !isControl).flatMap(recordsOf);
}

export function recordsOf(batch: RecordBatch): ReadRecord[] {
  const text = (bytes: Uint8Array | null | undefined) => bytes == null ? null : decoder.decode(bytes);
  return [...decodeRecords(batch, { maxBytes: 1 << 24 })].map((
    { offset, timestamp, key, value, headers },
  ) => ({
    offset,
    timestamp,
    key: text(key),
    value: text(value),
    header: text(headers[0]?.value) ?? undefined,
  }));
}

/** Offsets rise, segments do not overlap, and every index entry is true. */
export function checkSegments(disk: Disk, label: string): void {
  let endOffset = 0;
  for (const baseOffset of baseOffsetsOf(disk)) {
    assert.ok(baseOffset >= endOffset, `${label}: segment ${baseOffset} begins below ${endOffset}`);
    const batches = batchesOf(disk, baseOffset);
    let maxTimestamp = -1;
    const byPosition = new Map<number, number>();
    for (const { batch, position } of batches) {
      assert.ok(batch.baseOffset >= endOffset, `${label}: batch ${batch.baseOffset} below ${endOffset}`);
      endOffset = batch.lastOffset + 1;
      maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp);
      byPosition.set(position, batch.lastOffset);
      for (const { offset, timestamp } of recordsOf(batch)) {
        assert.ok(offset >= batch.baseOffset && offset <= batch.lastOffset, label);
        assert.ok(timestamp <= batch.maxTimestamp, label);
      }
    }
    using segment = new LogSegment(segmentContext(disk), DIRECTORY, baseOffset, config());
    segment.seal();
    assert.equal(segment.indexProblem(endOffset), undefined, label);
    assert.equal(segment.maxTimestamp.timestamp, maxTimestamp, label);
    const { offsetIndex } = segment;
    for (let index = 0; index < offsetIndex.entryCount; index++) {
      const entry = offsetIndex.entryAt(index);
      assert.equal(byPosition.get(entry.position), entry.offset, label);
    }
    const size = batches.reduce((sum, { batch }) => sum + batch.sizeInBytes, 0);
    assert.ok(offsetIndex.entryCount > 0 || size < 5000, `${label}: ${size} bytes without an index entry`);
  }
}

/** A job over all segments there are; `endOffset` is that of the last one. */
export function jobOf(disk: Disk, endOffset: number, changes: Partial<CompactionJob> = {}): CompactionJob {
  const baseOffsets = baseOffsetsOf(disk);
  const segments: SegmentSummary[] = baseOffsets.map((baseOffset, index) => {
    using file = disk.open(join(DIRECTORY, formatSegmentFile(baseOffset, "log")), { readOnly: true });
    return {
      baseOffset,
      endOffset: baseOffsets[index + 1] ?? endOffset,
      sizeInBytes: file.size(),
      largestTimestampMs: 0,
    };
  });
  return {
    directory: DIRECTORY,
    segments,
    firstDirtyOffset: 0,
    endOffset,
    nowMs: 10_000,
    deleteRetentionMs: 1000,
    segmentBytes: 4000,
    segmentIndexBytes: 10_000,
    indexIntervalBytes: INDEX_INTERVAL_BYTES,
    producers: [],
    hashSeed: [1, 2, 3, 4],
    keyMapBytes: 1 << 20,
    bufferBytes: 512,
    maxUnpackedBytes: 1 << 20,
    bytesPerSecond: 0,
    ...changes,
  };
}

/** What whoever keeps the log does with a group. */
export function swapIn(disk: Disk, group: CompactedGroup): void {
  if (group.kind === "unchanged") return;
  commitSwap(disk, DIRECTORY, group.baseOffset);
  disk.syncDirectory(DIRECTORY);
  const retired = retireReplaced(disk, DIRECTORY, group.replaces);
  finishSwap(disk, DIRECTORY, group.baseOffset);
  disk.syncDirectory(DIRECTORY);
  for (const path of retired) disk.removeFile(path);
}
