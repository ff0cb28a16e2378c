/**
 * A queue of numbers from one thread to another, in shared memory: one side pushes, the other takes, and neither waits.
 *
 * What must be true: only one thread pushes and only one takes; the ring has room for all that can be on its way at the same
 * time, so pushing can't fail. `head` counts what was taken and `tail` what was pushed, both modulo 2^32; whoever pushes
 * writes the number before the tail, so whoever sees the tail sees the number (Atomics are sequentially consistent).
 * @module
 */
const HEAD = 0;
/** On a cache line of its own: the two sides don't fight for one. */
const TAIL = 16;
const ENTRIES = 32;

/** Int32s that a ring of `capacity` numbers takes; `capacity` is a power of two. */
export function ringInts(capacity: number): number {
  return ENTRIES + capacity;
}

export class SlotRing {
  readonly #ints: Int32Array<SharedArrayBuffer>;
  readonly #mask: number;

  constructor(ints: Int32Array<SharedArrayBuffer>) {
    this.#ints = ints;
    this.#mask = ints.length - ENTRIES - 1;
  }

  push(value: number): void {
    const tail = Atomics.load(this.#ints, TAIL);
    this.#ints[ENTRIES + (tail & this.#mask)] = value;
    Atomics.store(this.#ints, TAIL, (tail + 1) | 0);
  }

  /** The oldest number, or -1: there is none. */
  take(): number {
    const head = Atomics.load(this.#ints, HEAD);
    if (head === Atomics.load(this.#ints, TAIL)) return -1;
    const value = this.#ints[ENTRIES + (head & this.#mask)]!;
    Atomics.store(this.#ints, HEAD, (head + 1) | 0);
    return value;
  }
}
