/**
 * Log lines that strangers cause, a few a second: whoever sends garbage must not fill the disk with what is said of it.
 * @module
 */
import type { Logger } from "../../storage/environment.ts";

const LINES_PER_INTERVAL = 10;

export class Complaints {
  readonly #log: Logger;
  #lines = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Says `message`, unless enough has been said since the last {@link endInterval}. */
  add(message: string): void {
    this.#lines++;
    if (this.#lines <= LINES_PER_INTERVAL) this.#log("warn", message);
  }

  /** Says how many lines were left out. Called about once a second. */
  endInterval(): void {
    const leftOut = this.#lines - LINES_PER_INTERVAL;
    this.#lines = 0;
    if (leftOut > 0) this.#log("warn", `${leftOut} more lines about refused clients were left out`);
  }
}
