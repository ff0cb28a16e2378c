/**
 * SipHash with a result of 128 bits: what stands for a key while a log is compacted. Source: Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF", and their reference code for 128 bits. One compression round for each 8 bytes, three at
 * the end of each half ("1-3", as hash tables of Rust and Python use it).
 *
 * Two keys of one hash would cost one of them its value. With n keys in a map that happens by chance with probability
 * n² / 2^129: for the five million keys of a full 128 MiB map less than 10^-25, so that the disk's own silent errors are
 * far likelier. Nor can it be made to happen: who does not know the seed, which is new for each compaction, can't look for two
 * such keys beforehand, as can be done for Murmur3 whatever its seed, or for MD5.
 *
 * A 64-bit word is two 32-bit halves here, which JavaScript adds and turns without making objects. Measured (16-byte keys):
 * see `bench/compaction_bench.ts`.
 * @module
 */

/** Four words that nobody outside knows. */
export type HashSeed = readonly [number, number, number, number];

export class KeyHash {
  /** The hash of the bytes given last. */
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  readonly #seed: Int32Array;
  readonly #compressionRounds: number;
  readonly #finalRounds: number;
  /** Low and high halves of the four words of state. */
  #l0 = 0;
  #h0 = 0;
  #l1 = 0;
  #h1 = 0;
  #l2 = 0;
  #h2 = 0;
  #l3 = 0;
  #h3 = 0;

  /** Other numbers of rounds are for tests against published values. */
  constructor(seed: HashSeed, { compressionRounds = 1, finalRounds = 3 } = {}) {
    this.#seed = Int32Array.from(seed);
    this.#compressionRounds = compressionRounds;
    this.#finalRounds = finalRounds;
  }

  /** Hashes [from, to) of `bytes` into `word0` to `word3`. */
  update(bytes: Uint8Array, from: number, to: number): void {
    const [k0, k1, k2, k3] = this.#seed as unknown as HashSeed;
    this.#l0 = k0 ^ 0x70736575;
    this.#h0 = k1 ^ 0x736f6d65;
    this.#l1 = k2 ^ 0x6e646f6d ^ 0xee;
    this.#h1 = k3 ^ 0x646f7261;
    this.#l2 = k0 ^ 0x6e657261;
    this.#h2 = k1 ^ 0x6c796765;
    this.#l3 = k2 ^ 0x79746573;
    this.#h3 = k3 ^ 0x74656462;
    let at = from;
    for (; to - at >= 8; at += 8) {
      this.#absorb(
        bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24,
        bytes[at + 4]! | bytes[at + 5]! << 8 | bytes[at + 6]! << 16 | bytes[at + 7]! << 24,
      );
    }
    let low = 0;
    let high = (to - from) << 24;
    for (let index = 0; at < to; at++, index++) {
      if (index < 4) low |= bytes[at]! << 8 * index;
      else high |= bytes[at]! << 8 * (index - 4);
    }
    this.#absorb(low, high);
    this.#l2 ^= 0xee;
    this.#rounds(this.#finalRounds);
    this.word0 = this.#l0 ^ this.#l1 ^ this.#l2 ^ this.#l3;
    this.word1 = this.#h0 ^ this.#h1 ^ this.#h2 ^ this.#h3;
    this.#l1 ^= 0xdd;
    this.#rounds(this.#finalRounds);
    this.word2 = this.#l0 ^ this.#l1 ^ this.#l2 ^ this.#l3;
    this.word3 = this.#h0 ^ this.#h1 ^ this.#h2 ^ this.#h3;
  }

  #absorb(low: number, high: number): void {
    this.#l3 ^= low;
    this.#h3 ^= high;
    this.#rounds(this.#compressionRounds);
    this.#l0 ^= low;
    this.#h0 ^= high;
  }

  #rounds(count: number): void {
    let l0 = this.#l0, h0 = this.#h0, l1 = this.#l1, h1 = this.#h1;
    let l2 = this.#l2, h2 = this.#h2, l3 = this.#l3, h3 = this.#h3;
    for (let round = 0; round < count; round++) {
      let low = (l0 >>> 0) + (l1 >>> 0);
      h0 = h0 + h1 + (low > 0xffffffff ? 1 : 0) | 0;
      l0 = low | 0;
      let turned = l1 << 13 | h1 >>> 19;
      h1 = (h1 << 13 | l1 >>> 19) ^ h0;
      l1 = turned ^ l0;
      turned = l0;
      l0 = h0;
      h0 = turned;

      low = (l2 >>> 0) + (l3 >>> 0);
      h2 = h2 + h3 + (low > 0xffffffff ? 1 : 0) | 0;
      l2 = low | 0;
      turned = l3 << 16 | h3 >>> 16;
      h3 = (h3 << 16 | l3 >>> 16) ^ h2;
      l3 = turned ^ l2;

      low = (l0 >>> 0) + (l3 >>> 0);
      h0 = h0 + h3 + (low > 0xffffffff ? 1 : 0) | 0;
      l0 = low | 0;
      turned = l3 << 21 | h3 >>> 11;
      h3 = (h3 << 21 | l3 >>> 11) ^ h0;
      l3 = turned ^ l0;

      low = (l2 >>> 0) + (l1 >>> 0);
      h2 = h2 + h1 + (low > 0xffffffff ? 1 : 0) | 0;
      l2 = low | 0;
      turned = l1 << 17 | h1 >>> 15;
      h1 = (h1 << 17 | l1 >>> 15) ^ h2;
      l1 = turned ^ l2;
      turned = l2;
      l2 = h2;
      h2 = turned;
    }
    this.#l0 = l0;
    this.#h0 = h0;
    this.#l1 = l1;
    this.#h1 = h1;
    this.#l2 = l2;
    this.#h2 = h2;
    this.#l3 = l3;
    this.#h3 = h3;
  }
}
