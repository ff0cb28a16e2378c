/**
 * Brings parts of files into the page cache off the reactor's thread. Who wants what is being brought in already shares that
 * job: many consumers that begin at the same place cost the disk one read.
 * @module
 */
import type { DiskFile, FileSlice } from "../storage/disk.ts";
import type { BackgroundDisk, Logger } from "../storage/environment.ts";
import type { Metrics } from "./metrics/metrics.ts";

type Done = (error?: Error) => void;

interface ColdRead {
  readonly position: number;
  readonly end: number;
  readonly waiting: Done[];
}

export class ColdReads {
  readonly #background: BackgroundDisk;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #underWay = new Map<DiskFile, Set<ColdRead>>();

  constructor(background: BackgroundDisk, metrics: Metrics, log: Logger) {
    this.#background = background;
    this.#metrics = metrics;
    this.#log = log;
  }

  /** Calls `done` when `slice` has been read, or with an error if it can't be; later, from the reactor's loop. */
  warm(slice: FileSlice, done: Done): void {
    const { file, position } = slice;
    const end = position + slice.length;
    const ofFile = this.#underWay.get(file) ?? new Set();
    for (const read of ofFile) {
      if (read.position <= position && read.end >= end) return void read.waiting.push(done);
    }
    const read: ColdRead = { position, end, waiting: [done] };
    this.#underWay.set(file, ofFile.add(read));
    this.#metrics.add("coldReads", 1);
    this.#metrics.add("coldReadBytes", slice.length);
    this.#background.warm(slice, (error) => {
      ofFile.delete(read);
      if (ofFile.size === 0) this.#underWay.delete(file);
      if (error) this.#log("error", `records could not be read, which consumers are told: ${error.message}`);
      for (const done of read.waiting) done(error);
    });
  }
}
