/**
 * Keeps a full disk from becoming an accident. Two lines are drawn:
 *
 * - Below the watermark nothing more is appended: producers get an error that they try again on, while there is still room for
 *   what makes room: catalog lines, checkpoints, the removal of segments and topics.
 * - Others may fill the disk all the same. The ballast is room that was reserved beforehand, and is given up then.
 *
 * Both are small on a small disk. When there is room again appending goes on by itself, and the ballast comes back.
 *
 * Asking costs a system call, so it is done once a second, and after so many bytes appended as could make a difference.
 * @module
 */
import type { Disk } from "./disk.ts";
import type { Logger } from "./environment.ts";
import { BALLAST, join } from "./file_names.ts";
import { diskErrorCode, errorText } from "./log_error.ts";

const CHECK_INTERVAL_MS = 1000;
/** Of a small disk at most these shares are kept free. */
const MAX_WATERMARK_SHARE = 1 / 20;
const MAX_BALLAST_SHARE = 1 / 100;
/** So much of the watermark is appended at most before the next look. */
const LOOK_AFTER_SHARE = 1 / 4;
/** Appending goes on when this many times the watermark is free, so that it does not stop again at once. */
const RESUME_TIMES = 1.25;

export interface FreeSpaceOptions {
  readonly disk: Disk;
  readonly log: Logger;
  /** The data directory. */
  readonly directory: string;
  /** milena.disk.min.free.bytes */
  readonly minFreeBytes: number;
  /** milena.disk.ballast.bytes */
  readonly ballastBytes: number;
}

export class FreeSpace {
  readonly #options: FreeSpaceOptions;
  readonly #ballastPath: string;
  #nextCheckMs = 0;
  #bytesUntilCheck = 0;
  #freeBytes = Infinity;
  #watermarkBytes = 0;
  #isLow = false;
  #hasBallast: boolean;
  #hasTrouble = false;

  constructor(options: FreeSpaceOptions) {
    this.#options = options;
    this.#ballastPath = join(options.directory, BALLAST);
    this.#hasBallast = options.disk.exists(this.#ballastPath);
    this.check();
  }

  /** Nothing is to be appended. */
  get isLow(): boolean {
    return this.#isLow;
  }

  /** What is free above the watermark, as of the last look. */
  get roomBytes(): number {
    return Math.max(this.#freeBytes - this.#watermarkBytes, 0);
  }

  /** Why not, for a client. */
  get problem(): string {
    return `the disk has ${this.#freeBytes} bytes left; below ${this.#watermarkBytes} nothing more is written until there is room`;
  }

  /** Bytes were appended. */
  note(bytes: number): void {
    this.#bytesUntilCheck -= bytes;
    if (this.#bytesUntilCheck < 0) this.check();
  }

  /** Looks if it is time to; returns the monotonic time of the next call. Nobody is woken for a disk that has room. */
  tick(nowMs: number): number {
    if (nowMs >= this.#nextCheckMs) {
      this.#nextCheckMs = nowMs + CHECK_INTERVAL_MS;
      this.check();
    }
    return this.#isLow ? this.#nextCheckMs : Infinity;
  }

  /** Looks now: an append was refused, or may soon be. */
  check(): void {
    const { disk, directory, minFreeBytes, ballastBytes } = this.#options;
    let totalBytes: number;
    try {
      ({ totalBytes, freeBytes: this.#freeBytes } = disk.space(directory));
    } catch (error) {
      return this.#trouble(`how much room there is on the disk of ${directory} can't be told`, error);
    }
    this.#watermarkBytes = Math.min(minFreeBytes, Math.floor(totalBytes * MAX_WATERMARK_SHARE));
    this.#bytesUntilCheck = this.#watermarkBytes * LOOK_AFTER_SHARE;
    this.#judge();
    this.#keepBallast(Math.min(ballastBytes, Math.floor(totalBytes * MAX_BALLAST_SHARE)));
  }

  #judge(): void {
    const { log, directory } = this.#options;
    const wasLow = this.#isLow;
    this.#isLow = this.#freeBytes < this.#watermarkBytes * (wasLow ? RESUME_TIMES : 1);
    if (this.#isLow && !wasLow) {
      log(
        "error",
        `the disk of ${directory} is nearly full: ${this.#freeBytes} bytes are free, and below ${this.#watermarkBytes} ` +
          "(milena.disk.min.free.bytes) nothing more is written; reading and deleting go on. Make room, shorten retention, or delete topics",
      );
    }
    if (wasLow && !this.#isLow) {
      log(
        "info",
        `the disk of ${directory} has room again: ${this.#freeBytes} bytes are free, and records are taken again`,
      );
    }
  }

  #keepBallast(ballastBytes: number): void {
    const { disk, log } = this.#options;
    const isWanted = ballastBytes > 0 && this.#freeBytes >= this.#watermarkBytes + 2 * ballastBytes;
    try {
      if (this.#hasBallast && this.#freeBytes < ballastBytes / 2) {
        disk.removeFile(this.#ballastPath);
        this.#hasBallast = false;
        log("warn", `${this.#ballastPath} is given up, so that deleting can go on although the disk is full`);
      } else if (!this.#hasBallast && isWanted) {
        using file = disk.open(this.#ballastPath, { create: true });
        // Where room can't be reserved an empty file stands for the want of trying again.
        file.allocate(0, ballastBytes);
        this.#hasBallast = true;
      }
      this.#hasTrouble = false;
    } catch (error) {
      this.#trouble(`the ballast ${this.#ballastPath} could not be kept`, error);
    }
  }

  #trouble(what: string, error: unknown): void {
    if (diskErrorCode(error) === undefined) throw error;
    if (!this.#hasTrouble) this.#options.log("warn", `${what}: ${errorText(error)}`);
    this.#hasTrouble = true;
  }
}
