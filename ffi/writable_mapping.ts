/**
 * A range of a file, mapped for writing: appending to it is a copy in memory and no system call.
 *
 * A mapped page without a disk block behind it kills the process (SIGBUS) when the disk is full, and so does a page
 * beyond the end of the file. So the range is given its blocks, and the file its size, by fallocate before anything
 * is mapped: a full disk is an error at that moment. `NativeFile.truncate` refuses to cut into a range while it is mapped.
 * @module
 */
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { MemoryMapping, PROT_READ, PROT_WRITE } from "./memory_mapping.ts";
import { pageSize } from "./page_size.ts";
import { SystemError } from "./system_error.ts";

/** Faults the pages in, for writing, and reports instead of killing where it can't (Linux 5.14). */
const MADV_POPULATE_WRITE = 23;

/** The file behind a mapping. */
export interface WrittenFile {
  readonly path: string;
  readonly descriptor: number;
  /** Called once, when the mapping is gone. */
  forget(mapping: WritableMapping): void;
}

const NOTHING = new Uint8Array(0);

export class WritableMapping implements Disposable {
  /** First byte of the file that may be written. */
  readonly position: number;
  /** First byte of the file after the mapping. */
  readonly end: number;
  readonly #file: WrittenFile;
  readonly #mapping: MemoryMapping;
  readonly #mappedFrom: number;
  #bytes: Uint8Array = NOTHING;
  #open = true;

  /**
   * Allocates and maps [position, position + byteLength) of the file, which grows to hold it. Throws with code
   * "ENOSPC" if there is no room, "EOPNOTSUPP" where the file system can't allocate ahead.
   */
  constructor(file: WrittenFile, position: number, byteLength: number) {
    if (!(position >= 0 && byteLength > 0)) {
      throw new RangeError(`map ${byteLength} bytes at ${position} of ${file.path}: not a range of a file`);
    }
    allocateWithSize(file, position, byteLength);
    this.#file = file;
    this.position = position;
    this.end = position + byteLength;
    this.#mappedFrom = position - position % pageSize();
    this.#mapping = new MemoryMapping(
      file,
      this.#mappedFrom,
      this.end - this.#mappedFrom,
      PROT_READ | PROT_WRITE,
    );
    this.#bytes = new Uint8Array(this.#mapping.buffer());
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

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#bytes = NOTHING;
    this.#file.forget(this);
    this.#mapping.close();
  }

  [Symbol.dispose](): void {
    this.close();
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
