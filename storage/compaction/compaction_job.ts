/**
 * What one compaction of one log is to do: plain data, made where the log lives and sent to the thread that does it.
 * @module
 */
import type { AbortedTransaction } from "../transaction_index.ts";
import type { HashSeed } from "./key_hash.ts";

/** A segment that nobody appends to any more, all of it on stable storage. */
export interface SegmentSummary {
  readonly baseOffset: number;
  /** Where the next segment begins. */
  readonly endOffset: number;
  /** Of the log file, bytes. */
  readonly sizeInBytes: number;
  /** Milliseconds since 1970; -1 if no record has one. */
  readonly largestTimestampMs: number;
  /** Of its first batch, if that is known. */
  readonly firstTimestampMs?: number;
}

/** A producer that is known to the log: what tells its next sequence must survive. */
export interface ActiveProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** The last offset of its last batch that is no marker; -1 if only a marker is known. */
  readonly lastDataOffset: number;
}

export interface CompactionJob {
  /** Of the partition. */
  readonly directory: string;
  /** All of the log's segments up to `endOffset`, ascending. */
  readonly segments: readonly SegmentSummary[];
  /** Below it the log is compacted already: no key has two records there. */
  readonly firstDirtyOffset: number;
  /** The end of the last segment. No transaction is open below it. */
  readonly endOffset: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** delete.retention.ms */
  readonly deleteRetentionMs: number;
  /** segment.bytes, segment.index.bytes, index.interval.bytes */
  readonly segmentBytes: number;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  readonly producers: readonly ActiveProducer[];
  /** By first offset. Left out: they are read from the directory's `.txnindex` files. */
  readonly abortedTransactions?: readonly AbortedTransaction[];
  /** Unpredictable. */
  readonly hashSeed: HashSeed;
  /** Most memory for the map of keys (Kafka's log.cleaner.dedupe.buffer.size). */
  readonly keyMapBytes: number;
  /** Of each of the two buffers, for reading and for writing (half of log.cleaner.io.buffer.size). */
  readonly bufferBytes: number;
  /** A batch whose records take more than this unpacked stays as it is. */
  readonly maxUnpackedBytes: number;
  /** Most bytes read and written a second (log.cleaner.io.max.bytes.per.second); 0: as fast as it goes. */
  readonly bytesPerSecond: number;
}
