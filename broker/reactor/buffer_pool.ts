/**
 * Receive buffers that are used again. Memory that was given back to the kernel is dear to get anew (0.2 CPU-s/GB
 * recycled against 2.4 cold on the machines this was measured on), so a few are kept.
 *
 * The rest is freed at once, not left to the garbage collector: it does not see how large they are, and a hundred
 * clients that each send half a megabyte and leave would grow the process to several hundred.
 * @module
 */

const SMALLEST = 16 * 1024;
const LARGEST_KEPT = 4 * 1024 * 1024;

export class BufferPool {
  readonly #free = new Map<number, Uint8Array[]>();
  readonly #keepBytes: number;
  #keptBytes = 0;

  /** @param keepBytes most bytes of idle buffers. */
  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  /** A buffer of at least `length` bytes, with whatever its last user left in it. */
  take(length: number): Uint8Array {
    if (length > LARGEST_KEPT) return new Uint8Array(length);
    const size = sizeClass(length);
    const buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) return new Uint8Array(size);
    this.#keptBytes -= size;
    return buffer;
  }

  /** Gives back what `take` gave. The caller must not touch it afterwards. */
  give(buffer: Uint8Array): void {
    const size = buffer.length;
    if (size > LARGEST_KEPT || this.#keptBytes + size > this.#keepBytes) {
      // Detaches the memory and frees it; whoever used the buffer after this would find it empty.
      (buffer.buffer as ArrayBuffer).transfer(0);
      return;
    }
    let free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, free = []);
    free.push(buffer);
    this.#keptBytes += size;
  }
}

function sizeClass(length: number): number {
  let size = SMALLEST;
  while (size < length) size *= 2;
  return size;
}
