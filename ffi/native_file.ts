/**
 * A regular file by its descriptor: the port `DiskFile` over pread, pwrite and their kin.
 *
 * `#holders` counts the handle itself, until `close()`, and each `retain()`. The descriptor lives while the count is
 * above 0 and is `CLOSED` from then on. So a file slice on its way to a slow consumer keeps its file, though the log
 * has deleted the segment meanwhile.
 * @module
 */
import type { DiskFile } from "../storage/disk.ts";
import { CLOSED, closeDescriptor } from "./descriptor.ts";
import { Errno, lastErrno } from "./errno.ts";
import { libc, MAX_TRANSFER_BYTES } from "./libc.ts";
import { MappedRegion } from "./mapped_region.ts";
import { isCached } from "./page_cache.ts";
import { syncDescriptor } from "./sync_descriptor.ts";
import { lastError, SystemError } from "./system_error.ts";
import { WritableMapping } from "./writable_mapping.ts";

const SEEK_END = 2;
const FALLOC_FL_KEEP_SIZE = 1;

export class NativeFile implements DiskFile {
  readonly path: string;
  #descriptor: number;
  #holders = 1;
  #open = true;
  readonly #regions = new Set<MappedRegion>();
  readonly #writableMappings = new Set<WritableMapping>();

  /** Takes over `descriptor`. */
  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  get descriptor(): number {
    return this.#descriptor;
  }

  size(): number {
    // Not fstat: its struct differs between architectures, its symbol between versions of the C library. Nothing here uses the position.
    const size = Number(libc().lseek(this.#descriptor, 0n, SEEK_END));
    if (size < 0) throw lastError("lseek", this.path);
    return size;
  }

  readAt(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const rest = done === 0 ? into : into.subarray(done);
      const count = libc().pread(
        this.#descriptor,
        rest as Uint8Array<ArrayBuffer>,
        transferLength(rest),
        BigInt(position + done),
      );
      if (count > 0) done += count;
      else if (count === 0) break;
      else this.#retryOrThrow("pread");
    }
    return done;
  }

  isCached(position: number, length: number): boolean {
    return isCached({ descriptor: this.#descriptor, path: this.path, position, length });
  }

  writeAt(bytes: Uint8Array, position: number): void {
    let done = 0;
    while (done < bytes.length) {
      const rest = done === 0 ? bytes : bytes.subarray(done);
      const count = libc().pwrite(
        this.#descriptor,
        rest as Uint8Array<ArrayBuffer>,
        transferLength(rest),
        BigInt(position + done),
      );
      if (count >= 0) done += count;
      else this.#retryOrThrow("pwrite");
    }
  }

  allocate(position: number, length: number): boolean {
    if (length <= 0) return true; // fallocate refuses an empty range
    for (;;) {
      const result = libc().fallocate(
        this.#descriptor,
        FALLOC_FL_KEEP_SIZE,
        BigInt(position),
        BigInt(length),
      );
      if (result === 0) return true;
      const errno = lastErrno();
      if (errno === Errno.EOPNOTSUPP || errno === Errno.ENOSYS) return false;
      if (errno !== Errno.EINTR) throw new SystemError("fallocate", this.path, errno);
    }
  }

  truncate(size: number): void {
    for (const mapping of this.#writableMappings) {
      if (size < mapping.end) {
        throw new Error(
          `truncate ${this.path} to ${size} bytes: it is mapped for writing up to ${mapping.end}; close the mapping first`,
        );
      }
    }
    for (const region of this.#regions) region.shrink(size);
    while (libc().ftruncate(this.#descriptor, BigInt(size)) !== 0) this.#retryOrThrow("ftruncate");
  }

  syncData(): void {
    syncDescriptor(this.#descriptor, this.path);
  }

  map(byteLength: number): MappedRegion {
    const region = new MappedRegion({
      path: this.path,
      descriptor: () => this.#descriptor,
      size: () => this.size(),
      forget: (region) => this.#regions.delete(region),
    }, byteLength);
    this.#regions.add(region);
    return region;
  }

  mapForWriting(position: number, byteLength: number): WritableMapping {
    const mapping = new WritableMapping(
      {
        path: this.path,
        descriptor: this.#descriptor,
        size: () => this.size(),
        forget: (mapping) => this.#writableMappings.delete(mapping),
      },
      position,
      byteLength,
    );
    this.#writableMappings.add(mapping);
    return mapping;
  }

  retain(): void {
    if (this.#holders === 0) throw new SystemError("retain", this.path, Errno.EBADF);
    this.#holders++;
  }

  release(): void {
    if (this.#holders <= (this.#open ? 1 : 0)) {
      throw new Error(`release ${this.path}: it was released more often than retained`);
    }
    this.#drop();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#drop();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #drop(): void {
    if (--this.#holders > 0) return;
    // A region outlives its file, as a mapping does in the kernel, but can no longer ask for its size.
    for (const region of this.#regions) region.refresh();
    const descriptor = this.#descriptor;
    this.#descriptor = CLOSED;
    closeDescriptor(descriptor, this.path);
  }

  #retryOrThrow(call: string): void {
    const errno = lastErrno();
    if (errno !== Errno.EINTR) throw new SystemError(call, this.path, errno);
  }
}

function transferLength(bytes: Uint8Array): bigint {
  return BigInt(Math.min(bytes.length, MAX_TRANSFER_BYTES));
}
