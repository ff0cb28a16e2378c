/**
 * Opens the windows through which the logs of a store are written with `log.write.mode=mmap`, for as long as that works.
 * @module
 */
import type { DiskFile, WritableRegion } from "./disk.ts";
import type { BackgroundDisk, Logger } from "./environment.ts";
import { diskErrorCode, errorText, isDiskFull } from "./log_error.ts";
import type { WriteAhead } from "./write_ahead.ts";

export class WriteWindows {
  readonly #ahead: WriteAhead;
  readonly #background: BackgroundDisk;
  readonly #log: Logger;
  /** Mapping for writing does not work here. */
  #isRefused = false;

  constructor(ahead: WriteAhead, background: BackgroundDisk, log: Logger) {
    this.#ahead = ahead;
    this.#background = background;
    this.#log = log;
  }

  /** Who got no window asks again when so much has been written. */
  get retryBytes(): number {
    return this.#ahead.retryBytes;
  }

  /**
   * A window at `position` of a file that never grows beyond `fileMaxBytes`, whose pages another thread faults in;
   * undefined if there is none to be had now.
   */
  open(file: DiskFile, position: number, fileMaxBytes: number): WritableRegion | undefined {
    const byteLength = this.#ahead.sizeAt(position, fileMaxBytes);
    if (this.#isRefused || byteLength === 0) return undefined;
    let window: WritableRegion;
    try {
      window = file.mapForWriting(position, byteLength);
    } catch (error) {
      if (diskErrorCode(error) === undefined) throw error;
      // If it is full to the last byte, whoever writes that byte will hear of it.
      if (!isDiskFull(error)) this.#refuse(error);
      return undefined;
    }
    this.#ahead.take(byteLength);
    this.#background.populate(window);
    return window;
  }

  close(window: WritableRegion): void {
    this.#ahead.give(window.end - window.position);
    window.close();
  }

  #refuse(error: unknown): void {
    this.#isRefused = true;
    this.#log(
      "warn",
      `log.write.mode=mmap does not work here, logs are written as with pwrite: ${errorText(error)}`,
    );
  }
}
