/**
 * Makes the writer of a segment, by `log.write.mode`.
 * @module
 */
import type { DiskFile } from "./disk.ts";
import type { BackgroundDisk, Logger } from "./environment.ts";
import type { LogConfig } from "./log_config.ts";
import { MappedWriter } from "./mapped_writer.ts";
import { PwriteWriter } from "./pwrite_writer.ts";
import type { SegmentWriter } from "./segment_writer.ts";
import type { WriteMode } from "./store_config.ts";
import { type AheadSizes, defaultAheadSizes, type Room, WriteAhead } from "./write_ahead.ts";
import { WriteWindows } from "./write_windows.ts";

export interface SegmentWritersOptions {
  readonly mode: WriteMode;
  readonly background: BackgroundDisk;
  readonly log: Logger;
  readonly freeSpace: Room;
  readonly aheadSizes?: AheadSizes | undefined;
}

export class SegmentWriters {
  readonly #ahead: WriteAhead;
  readonly #windows: WriteWindows | undefined;

  /** Writers by pwrite that set nothing aside: for who has a few segments to write and no store. */
  static plain(): SegmentWriters {
    return new SegmentWriters(undefined, new WriteAhead({ ...defaultAheadSizes, totalBytes: 0 }));
  }

  /** The writers of a store. */
  static of({ mode, background, log, freeSpace, aheadSizes }: SegmentWritersOptions): SegmentWriters {
    const ahead = new WriteAhead(aheadSizes ?? defaultAheadSizes, freeSpace);
    return new SegmentWriters(mode === "mmap" ? new WriteWindows(ahead, background, log) : undefined, ahead);
  }

  private constructor(windows: WriteWindows | undefined, ahead: WriteAhead) {
    this.#windows = windows;
    this.#ahead = ahead;
  }

  /** A writer to `file`, the log of a segment that never grows beyond `segmentBytes`. */
  open(file: DiskFile, { segmentBytes }: LogConfig): SegmentWriter {
    const maxBytes = segmentBytes;
    const plain = new PwriteWriter(file, { ahead: this.#ahead, maxBytes });
    return this.#windows ? new MappedWriter(file, { plain, windows: this.#windows, maxBytes }) : plain;
  }
}
