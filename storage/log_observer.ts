/**
 * Who keeps figures of logs is told what happens to them. It must not throw, and takes no time: it is called within
 * appends.
 * @module
 */
import type { PartitionLog } from "./partition_log.ts";

/** What the observer keeps of a log; of no meaning to the log, which gives it a place that costs no lookup. */
export interface LogNote {
  /** Where the figures of the partition are, and those of its topic. */
  row: number;
  topicRow: number;
  /** As they were when they were looked at last. */
  unflushedBytes: number;
  isFenced: boolean;
  /** It has changed since. */
  isChanged: boolean;
  /** Between `opened` and `closed`. */
  isOpen: boolean;
}

export interface LogObserver {
  /** `log` is in use from now on. */
  opened(log: PartitionLog): void;
  /** Its offsets or its size are others now, or it is out of service. */
  changed(log: PartitionLog): void;
  /** A flush has ended well; the oldest of what it covered was appended `waitedMs` ago. */
  flushed(log: PartitionLog, waitedMs: number): void;
  /** Nobody uses it any more. */
  closed(log: PartitionLog): void;
}

export function newNote(): LogNote {
  return { row: 0, topicRow: 0, unflushedBytes: 0, isFenced: false, isChanged: false, isOpen: false };
}

export const noObserver: LogObserver = { opened() {}, changed() {}, flushed() {}, closed() {} };
