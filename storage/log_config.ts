/**
 * The settings of one partition's log, in the units the code uses. The names in comments are Kafka's topic settings,
 * whose meaning each has; `broker/topic_settings.ts` parses them. Whatever may be without limit is Infinity then.
 * @module
 */
import type { CompressionType } from "../protocol/compression_type.ts";

/** A value of compression.type; "producer": as it came. */
export type TopicCompression = Exclude<keyof typeof CompressionType, "none"> | "uncompressed" | "producer";

export interface LogConfig {
  /** segment.bytes: a batch that would make the active segment larger starts a new one. */
  readonly segmentBytes: number;
  /** segment.ms: age at which the active segment is rolled, so that retention and compaction reach its records. */
  readonly segmentMs: number;
  /** segment.jitter.ms: most by which that age is shortened, at random for each segment. */
  readonly segmentJitterMs: number;
  /** index.interval.bytes: log bytes between two index entries. */
  readonly indexIntervalBytes: number;
  /** segment.index.bytes: most bytes of one `.index` or `.timeindex`; a full index rolls the segment. */
  readonly segmentIndexBytes: number;
  /** preallocate: room for a whole segment is reserved when it is begun. */
  readonly preallocate: boolean;
  /** max.message.bytes: largest record batch, bytes, header included. */
  readonly maxMessageBytes: number;
  /** flush.messages: unflushed records that force a flush; 1: an append is acknowledged, and readable, after fdatasync. Infinity: never by count. */
  readonly flushMessages: number;
  /** flush.ms: longest time appended data stays unflushed. Infinity: never by time. */
  readonly flushMs: number;
  /** message.timestamp.type */
  readonly timestampType: "CreateTime" | "LogAppendTime";
  /** message.timestamp.before.max.ms: a record whose time lies further back than this is refused. */
  readonly timestampBeforeMaxMs: number;
  /** message.timestamp.after.max.ms: a record whose time lies further ahead than this is refused. */
  readonly timestampAfterMaxMs: number;
  /** compression.type: what batches are stored with. */
  readonly compressionType: TopicCompression;
  /** compression.gzip.level, compression.lz4.level, compression.zstd.level */
  readonly compressionLevels: { readonly gzip: number; readonly lz4: number; readonly zstd: number };
  /** cleanup.policy has "delete": old segments go by age and size. */
  readonly deletesOld: boolean;
  /** cleanup.policy has "compact": of each key the newest record stays. */
  readonly compacts: boolean;
  /** retention.ms: age at which a segment goes. */
  readonly retentionMs: number;
  /** retention.bytes: size of the log beyond which its oldest segments go. */
  readonly retentionBytes: number;
  /** file.delete.delay.ms: how long the files of a segment that has gone stay, as `.deleted`. */
  readonly fileDeleteDelayMs: number;
  /** delete.retention.ms: how long a compacted log keeps tombstones and transaction markers that have no data left. */
  readonly deleteRetentionMs: number;
  /** min.compaction.lag.ms: so long a record stays out of compaction's reach. */
  readonly minCompactionLagMs: number;
  /** max.compaction.lag.ms: after so long a record has been within it. */
  readonly maxCompactionLagMs: number;
  /** min.cleanable.dirty.ratio: share of the log that is new, from which on it is worth a compaction. */
  readonly minCleanableDirtyRatio: number;
  /** producer.id.expiration.ms (a broker setting): idle producers are forgotten after this. */
  readonly producerIdExpirationMs: number;
}

export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10 * 1024 * 1024,
  preallocate: false,
  maxMessageBytes: 1_048_588,
  flushMessages: Infinity,
  flushMs: 1000,
  timestampType: "CreateTime",
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: 3_600_000,
  compressionType: "producer",
  compressionLevels: { gzip: -1, lz4: 9, zstd: 3 },
  deletesOld: true,
  compacts: false,
  retentionMs: 604_800_000,
  retentionBytes: Infinity,
  fileDeleteDelayMs: 60_000,
  deleteRetentionMs: 86_400_000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Infinity,
  minCleanableDirtyRatio: 0.5,
  producerIdExpirationMs: 86_400_000,
};
