/**
 * Pseudo-random numbers from a seed, so that a failed run can be had again. MILENA_TEST_SEED sets the seed; otherwise
 * it differs from run to run, and whoever uses it prints it.
 * @module
 */
export function testSeed(): number {
  const given = Deno.env.get("MILENA_TEST_SEED");
  return given === undefined ? crypto.getRandomValues(new Uint32Array(1))[0]! : Number(given);
}

/** SplitMix32: small, and good enough to shake things with. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 … 2^32 - 1 */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }

  /** 0 … limit - 1 */
  below(limit: number): number {
    return Math.floor(this.uint32() / 2 ** 32 * limit);
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    let index = 0;
    for (; index + 4 <= length; index += 4) view.setUint32(index, this.uint32());
    for (; index < length; index++) bytes[index] = this.uint32();
    return bytes;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}
