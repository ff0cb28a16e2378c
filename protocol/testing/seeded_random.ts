/**
 * Random numbers that one seed repeats, for tests and benchmarks of this room (mulberry32: 32 bits of state, which
 * is plenty for choosing inputs and nothing to keep a secret with).
 * @module
 */
export class SeededRandom {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed | 0;
  }

  /** The next 32 bits. */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer of [low, high], both within. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uint32() / 0x1_0000_0000 * (high - low + 1));
  }

  boolean(): boolean {
    return (this.uint32() & 1) !== 0;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.uint32());
  }
}
