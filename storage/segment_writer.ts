/**
 * The way by which batches get into the log file of a segment, and what it sets aside of the disk ahead of them.
 *
 * Whatever the way, what `append` has returned from is in the page cache: a reader of the file finds it, a killed process
 * leaves it, `syncData` makes it durable.
 * @module
 */
export interface SegmentWriter {
  /** Writes `bytes` at `position`, behind all that is there. If this throws, a part of them may be there: see `cutTo`. */
  append(bytes: Uint8Array, position: number): void;
  /** Sets blocks aside for the first `byteLength` bytes of an empty file, where the file system can. */
  reserve(byteLength: number): void;
  /** Cuts the file to `size`, whatever is behind it. */
  cutTo(size: number): void;
  /**
   * Gives back what was set aside behind `size`, where the last batch ends. If this throws, it can be tried again. Returns
   * whether the file has become shorter, which then has to be synced.
   */
  finish(size: number): boolean;
  /** Gives memory back and leaves the file as it is, as a crash would. Not the file itself. */
  close(): void;
}
