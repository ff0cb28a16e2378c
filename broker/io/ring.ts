/**
 * A byte ring between two threads: one writes messages, one reads them, and neither takes a lock.
 *
 * Memory is one SharedArrayBuffer: two Int32 cursors, then the data. Cursors count bytes since the start and only
 * ever grow (modulo 2^32); `tail` belongs to the writer, `head` to the reader. At every moment
 *
 *     0 <= tail - head <= capacity
 *
 * and the bytes [head, tail) are whole messages: int32 length, then that many bytes. The writer stores a message
 * first and moves `tail` after it (Atomics: sequentially consistent), so a reader never sees half of one.
 * @module
 */

const HEAD = 0;
const TAIL = 1;
const CURSORS_BYTES = 8;
const LENGTH_BYTES = 4;

export class Ring {
  readonly #cursors: Int32Array;
  readonly #data: Uint8Array;
  readonly #capacity: number;

  constructor(readonly memory: SharedArrayBuffer) {
    this.#cursors = new Int32Array(memory, 0, 2);
    this.#data = new Uint8Array(memory, CURSORS_BYTES);
    this.#capacity = this.#data.length;
    if ((this.#capacity & (this.#capacity - 1)) !== 0) {
      throw new RangeError(`a ring's capacity is a power of two, found ${this.#capacity}`);
    }
  }

  /** Memory for a ring of `capacity` bytes, a power of two. */
  static allocate(capacity: number): SharedArrayBuffer {
    return new SharedArrayBuffer(CURSORS_BYTES + capacity);
  }

  /** Writer: adds a message, or returns false if there is no room now. Longer than the ring: RangeError. */
  tryPush(message: Uint8Array): boolean {
    const needed = LENGTH_BYTES + message.length;
    if (needed > this.#capacity) {
      throw new RangeError(`a message of ${message.length} bytes does not fit a ring of ${this.#capacity}`);
    }
    const tail = Atomics.load(this.#cursors, TAIL);
    const used = (tail - Atomics.load(this.#cursors, HEAD)) >>> 0;
    if (used + needed > this.#capacity) return false;
    for (let i = 0; i < LENGTH_BYTES; i++) this.#data[this.#at(tail + i)] = message.length >>> (8 * i);
    const start = this.#at(tail + LENGTH_BYTES);
    const first = Math.min(message.length, this.#capacity - start);
    this.#data.set(message.subarray(0, first), start);
    this.#data.set(message.subarray(first), 0);
    Atomics.store(this.#cursors, TAIL, (tail + needed) | 0);
    Atomics.notify(this.#cursors, TAIL);
    return true;
  }

  /** Reader: the oldest message, or undefined. */
  tryPop(): Uint8Array | undefined {
    const head = Atomics.load(this.#cursors, HEAD);
    if (head === Atomics.load(this.#cursors, TAIL)) return undefined;
    let length = 0;
    for (let i = 0; i < LENGTH_BYTES; i++) length |= this.#data[this.#at(head + i)]! << (8 * i);
    const message = new Uint8Array(length);
    const start = this.#at(head + LENGTH_BYTES);
    const first = Math.min(length, this.#capacity - start);
    message.set(this.#data.subarray(start, start + first), 0);
    message.set(this.#data.subarray(0, length - first), first);
    Atomics.store(this.#cursors, HEAD, (head + LENGTH_BYTES + length) | 0);
    return message;
  }

  /** Reader: the oldest message; blocks this thread until there is one. */
  pop(): Uint8Array {
    for (;;) {
      const message = this.tryPop();
      if (message !== undefined) return message;
      Atomics.wait(this.#cursors, TAIL, Atomics.load(this.#cursors, HEAD));
    }
  }

  #at(cursor: number): number {
    return cursor & (this.#capacity - 1);
  }
}
