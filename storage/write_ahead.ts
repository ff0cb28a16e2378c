/**
 * How far ahead of its last batch a log sets blocks of the disk aside, and how far all logs of a store do together.
 *
 * What is set aside is missing elsewhere. So a file of some size only gets anything, then about as much as it has, up to a limit,
 * and all logs together get a limited sum: ten thousand small partitions set nothing aside, and ten thousand large ones
 * little or nothing; and nobody gets much of a disk that is filling up. Whoever gets nothing writes without.
 * @module
 */

/** The disk, as far as it matters here. */
export interface Room {
  /** Bytes that are free for records. */
  readonly roomBytes: number;
}

export interface AheadSizes {
  /** What is set aside ends at a multiple of it; a file of less gets nothing. A multiple of the page size. */
  readonly minBytes: number;
  /** Most that a file gets at once. */
  readonly maxBytes: number;
  /** Most of all logs. */
  readonly totalBytes: number;
}

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * 1024;

export const defaultAheadSizes: AheadSizes = {
  // Less costs more than it saves: a window of a mapping is some 50 µs of system calls, and a job for another thread.
  minBytes: 256 * KIBIBYTE,
  maxBytes: 8 * MEBIBYTE,
  totalBytes: 1024 * MEBIBYTE,
};

export class WriteAhead {
  readonly #sizes: AheadSizes;
  readonly #disk: Room;
  #takenBytes = 0;

  constructor(sizes: AheadSizes, disk: Room = { roomBytes: Infinity }) {
    this.#sizes = sizes;
    this.#disk = disk;
  }

  /** Bytes that logs have set aside now. */
  get takenBytes(): number {
    return this.#takenBytes;
  }

  /** Who got nothing asks again when so much has been written. */
  get retryBytes(): number {
    return this.#sizes.minBytes;
  }

  /** How much to set aside from `position` on in a file that never grows beyond `fileMaxBytes`; 0: nothing. */
  sizeAt(position: number, fileMaxBytes: number): number {
    const { minBytes, maxBytes, totalBytes } = this.#sizes;
    // An eighth of what is left: the more ask, the less each gets, before there is nothing left at all.
    const left = Math.min(totalBytes, this.#disk.roomBytes) - this.#takenBytes;
    const most = Math.min(maxBytes, left / 8);
    if (position < minBytes || most < minBytes) return 0;
    const end = Math.floor((position + Math.min(position, most)) / minBytes) * minBytes;
    return Math.max(Math.min(end, fileMaxBytes) - position, 0);
  }

  take(byteLength: number): void {
    this.#takenBytes += byteLength;
  }

  give(byteLength: number): void {
    this.#takenBytes -= byteLength;
  }
}
