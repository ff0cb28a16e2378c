/**
 * A shared mapping of a file's bytes: the only holder of an address in the project.
 *
 * Two ways to kill the process lie here. Touching the memory after munmap is made impossible by whoever owns a
 * mapping: it makes views of the memory, never hands one out, and drops them in `close` before the memory goes
 * (`MappedRegion`, `WritableMapping`). Touching a page beyond the end of the file raises SIGBUS: the owners keep
 * below the end that the file has, and `NativeFile.truncate` tells them before it moves.
 * @module
 */
import type { SharedMemory } from "../storage/disk.ts";
import { Errno } from "./errno.ts";
import { libc } from "./libc.ts";
import { lastError, SystemError } from "./system_error.ts";

export const PROT_READ = 1;
export const PROT_WRITE = 2;
const MAP_SHARED = 1;
/** What mmap returns for failure: the address with all bits set. */
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

export class MemoryMapping {
  readonly #path: string;
  readonly #byteLength: number;
  #address: Deno.PointerValue;

  /** Maps [position, position + byteLength); `position` is a multiple of the page size, `byteLength` more than 0. */
  constructor(
    file: { readonly path: string; readonly descriptor: number },
    position: number,
    byteLength: number,
    protection: number,
  ) {
    this.#path = file.path;
    this.#byteLength = byteLength;
    const address = libc().mmap(
      null,
      BigInt(byteLength),
      protection,
      MAP_SHARED,
      file.descriptor,
      BigInt(position),
    );
    if (Deno.UnsafePointer.value(address) === MAP_FAILED) throw lastError("mmap", file.path);
    this.#address = address;
  }

  /** The memory as it is. Whoever asks must drop what it got before `close`, and let nobody else have it. */
  buffer(): ArrayBuffer {
    return Deno.UnsafePointerView.getArrayBuffer(this.#liveAddress(), this.#byteLength);
  }

  /** Where it is, for a thread that is told so while it stays mapped. */
  get memory(): SharedMemory {
    return { address: String(Deno.UnsafePointer.value(this.#liveAddress())), byteLength: this.#byteLength };
  }

  /** madvise(2) on [offset, offset + byteLength) of the mapping; false where the kernel does not know `advice`. */
  advise(offset: number, byteLength: number, advice: number): boolean {
    const from = Deno.UnsafePointer.value(this.#liveAddress()) + BigInt(offset);
    return adviseMemory(from, BigInt(byteLength), advice, this.#path);
  }

  /** munmap. Idempotent. */
  close(): void {
    const address = this.#address;
    if (address === null) return;
    this.#address = null;
    if (libc().munmap(address, BigInt(this.#byteLength)) !== 0) throw lastError("munmap", this.#path);
  }

  #liveAddress(): Deno.PointerObject {
    if (this.#address === null) throw new SystemError("mmap", this.#path, Errno.EBADF);
    return this.#address;
  }
}

/** madvise(2), on memory that somebody keeps mapped; false where the kernel does not know `advice`. */
export function adviseMemory(address: bigint, byteLength: bigint, advice: number, path: string): boolean {
  const from = Deno.UnsafePointer.create(address);
  for (;;) {
    if (libc().madvise(from, byteLength, advice) === 0) return true;
    const error = lastError("madvise", path);
    if (error.errno === Errno.EINVAL) return false;
    if (error.errno !== Errno.EINTR && error.errno !== Errno.EAGAIN) throw error;
  }
}
