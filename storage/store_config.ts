/**
 * What holds for all logs of a store together. The names in comments are the broker's settings.
 * @module
 */

/** How batches get into the page cache: a system call for each, or a copy into pages that are mapped and resident already. */
export type WriteMode = "pwrite" | "mmap";

export interface StoreConfig {
  /** log.write.mode */
  readonly writeMode: WriteMode;
  /** log.retention.check.interval.ms: how often logs are looked through for segments that may go. */
  readonly retentionCheckIntervalMs: number;
  /** log.flush.offset.checkpoint.interval.ms: how often recovery points and log start offsets are written. */
  readonly checkpointIntervalMs: number;
  /** log.cleaner.enable */
  readonly cleanerEnabled: boolean;
  /** log.cleaner.backoff.ms: pause of the compaction when it finds nothing to do. */
  readonly cleanerBackoffMs: number;
  /** log.cleaner.dedupe.buffer.size: bytes for the keys of one compaction. */
  readonly cleanerBufferBytes: number;
  /** log.cleaner.io.max.bytes.per.second: most that compaction reads and writes. */
  readonly cleanerBytesPerSecond: number;
  /** milena.max.open.segments: segments whose files are held open; of more than that the ones idle longest are closed. */
  readonly maxOpenSegments: number;
  /** milena.disk.min.free.bytes: with less than that free, nothing more is appended. */
  readonly minFreeBytes: number;
  /** milena.disk.ballast.bytes: size of a file that is given up when others have filled the disk. */
  readonly ballastBytes: number;
}

export const defaultStoreConfig: StoreConfig = {
  writeMode: "pwrite",
  retentionCheckIntervalMs: 300_000,
  checkpointIntervalMs: 60_000,
  cleanerEnabled: true,
  cleanerBackoffMs: 15_000,
  cleanerBufferBytes: 128 * 1024 * 1024,
  cleanerBytesPerSecond: Infinity,
  maxOpenSegments: 20_000,
  minFreeBytes: 64 * 1024 * 1024,
  ballastBytes: 16 * 1024 * 1024,
};
