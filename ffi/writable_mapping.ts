/**
 * A range of a file, mapped for writing: appending to it is a copy in memory and no system call.
 *
 * A mapped page without a disk block behind it kills the process (SIGBUS) when the disk is full, and so does a page
 * beyond the end of the file. So the range is given its blocks, and the file its size, by fallocate before anything
 * is mapped: a full disk is an error at that moment. `NativeFile.truncate` refuses to cut into a range while it is written
 * through a mapping.
 *
 * `#holders` counts whoever writes, until `close()`, and each `retain()`: another thread faults the pages in meanwhile
 * (`populateMemory`), so the memory stays mapped until the last of them is done. Once closed it may be cut off the file
 * all the same: where no page can be had any more, populating is an error and no signal.
 * @module
 */
import type { SharedMemory, WritableRegion } from "../storage/disk.ts";
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { adviseMemory, MemoryMapping, PROT_READ, PROT_WRITE } from "./memory_mapping.ts";
import { pageSize } from "./page_size.ts";
import { SystemError } from "./system_error.ts";

/** Faults the pages in, for writing, and reports instead of killing where it can't (Linux 5.14). */
const MADV_POPULATE_WRITE = 23;

/** The file behind a mapping. */
export interface WrittenFile {
  readonly path: string;
  readonly descriptor: number;
  size(): number;
  /** Called once, when nothing can be written through the mapping any more. */
  forget(mapping: WritableMapping): void;
}

const NOTHING = new Uint8Array(0);

export class WritableMapping implements WritableRegion {
  /** First byte of the file that may be written. */
  readonly position: number;
  /** First byte of the file after the mapping. */
  readonly end: number;
  readonly #file: WrittenFile;
  readonly #mapping: MemoryMapping;
  readonly #mappedFrom: number;
  #bytes: Uint8Array<ArrayBuffer> = NOTHING;
  #holders = 1;
  #open = true;

  /**
   * Allocates and maps [position, position + byteLength) of the file, which grows to hold it. Throws with code
   * "ENOSPC" if there is no room, "EOPNOTSUPP" where the file system can't allocate ahead; the file is then as it was.
   */
  constructor(file: WrittenFile, position: number, byteLength: number) {
    if (!(position >= 0 && byteLength > 0)) {
      throw new RangeError(`map ${byteLength} bytes at ${position} of ${file.path}: not a range of a file`);
    }
    this.#file = file;
    this.position = position;
    this.end = position + byteLength;
    this.#mappedFrom = position - position % pageSize();
    const sizeBefore = file.size();
    try {
      allocateWithSize(file, position, byteLength);
      this.#mapping = new MemoryMapping(
        file,
        this.#mappedFrom,
        this.end - this.#mappedFrom,
        PROT_READ | PROT_WRITE,
      );
    } catch (error) {
      // A part may have been allocated. Should this fail as well, the file has a tail of zeros, and no harm is done.
      libc().ftruncate(file.descriptor, BigInt(sizeBefore));
      throw error;
    }
    this.#bytes = new Uint8Array(this.#mapping.buffer());
  }

  /** Where the range lies in the memory of this process, for as long as it is retained. */
  get memory(): SharedMemory {
    return this.#mapping.memory;
  }

  /** Copies `bytes` to `position` of the file. */
  write(bytes: Uint8Array, position: number): void {
    this.#check("write", position, bytes.length);
    this.#bytes.set(bytes, position - this.#mappedFrom);
  }

  /** Faults in the pages of [position, position + byteLength). False where the kernel has no such call. */
  populate(position: number, byteLength: number): boolean {
    this.#check("populate", position, byteLength);
    const from = position - this.#mappedFrom;
    const pageFrom = from - from % pageSize();
    return this.#mapping.advise(pageFrom, from + byteLength - pageFrom, MADV_POPULATE_WRITE);
  }

  retain(): void {
    if (this.#holders === 0) throw new SystemError("retain a mapping of", this.#file.path, Errno.EBADF);
    this.#holders++;
  }

  release(): void {
    if (this.#holders <= (this.#open ? 1 : 0)) {
      throw new Error(`release a mapping of ${this.#file.path}: it was released more often than retained`);
    }
    this.#drop();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    // The collector counts the memory as ours until the buffer goes: megabytes for each window.
    this.#bytes.buffer.transfer(0);
    this.#bytes = NOTHING;
    this.#file.forget(this);
    this.#drop();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #drop(): void {
    if (--this.#holders === 0) this.#mapping.close();
  }

  #check(verb: string, position: number, byteLength: number): void {
    if (this.#open && position >= this.position && position + byteLength <= this.end) return;
    const tried = `${verb} ${byteLength} mapped bytes at ${position} of ${this.#file.path}`;
    const found = this.#open
      ? `the mapping is of [${this.position}, ${this.end})`
      : "the mapping has been closed";
    throw new RangeError(`${tried}: ${found}`);
  }
}

function allocateWithSize(file: WrittenFile, position: number, byteLength: number): void {
  while (libc().fallocate(file.descriptor, 0, BigInt(position), BigInt(byteLength)) !== 0) {
    const errno = lastErrno();
    if (errno !== Errno.EINTR) throw new SystemError("fallocate", file.path, errno);
  }
}

/**
 * Faults pages in for writing, on whatever thread, while a `WritableMapping` of this process retains them. They need not be
 * in the file any more. False where the kernel has no such call.
 */
export function populateMemory({ address, byteLength }: SharedMemory): boolean {
  return adviseMemory(BigInt(address), BigInt(byteLength), MADV_POPULATE_WRITE, "a mapped log");
}
