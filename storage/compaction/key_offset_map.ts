/**
 * The newest offset of each key, in memory that is set beforehand however many keys a log has.
 *
 * Open addressing over typed arrays, 24 bytes a slot: 16 of the key's hash (see `key_hash.ts`), 8 of the offset plus one, so
 * that zeroed memory is an empty map. At most nine slots of ten are used; slots are tried one after the other, which at
 * that load reads some dozen cache lines in a row for a key that is not there, and two for one that is.
 *
 * Nothing is ever taken out. A key that finds no room is told to the caller, who then compacts only what lies before it.
 * @module
 */
import { type HashSeed, KeyHash } from "./key_hash.ts";

export const BYTES_PER_SLOT = 24;
const LOAD_FACTOR = 0.9;
const HASH_WORDS = 4;
const TWO_TO_32 = 4_294_967_296;

export interface KeyOffsetMapOptions {
  /** Memory that it may take; never less than room for one key. */
  readonly maxBytes: number;
  /** More keys than this will not come. */
  readonly maxKeyCount: number;
  readonly seed: HashSeed;
}

export class KeyOffsetMap {
  /** Keys that fit. */
  readonly capacity: number;
  readonly #slotCount: number;
  readonly #hashes: Int32Array;
  /** Offset + 1; 0 where the slot is empty. */
  readonly #offsets: Float64Array;
  readonly #hash: KeyHash;
  #size = 0;

  constructor({ maxBytes, maxKeyCount, seed }: KeyOffsetMapOptions) {
    const wanted = Math.ceil(Math.max(maxKeyCount, 1) / LOAD_FACTOR) + 1;
    this.#slotCount = Math.max(Math.min(Math.floor(maxBytes / BYTES_PER_SLOT), wanted), 2);
    this.capacity = Math.max(Math.floor(this.#slotCount * LOAD_FACTOR), 1);
    this.#hashes = new Int32Array(this.#slotCount * HASH_WORDS);
    this.#offsets = new Float64Array(this.#slotCount);
    this.#hash = new KeyHash(seed);
  }

  /** Keys in it. */
  get size(): number {
    return this.#size;
  }

  /** Notes that the key [from, to) of `bytes` has a record at `offset`. False: the key is new and there is no room for it. */
  put(bytes: Uint8Array, from: number, to: number, offset: number): boolean {
    const slot = this.#find(bytes, from, to);
    if (this.#offsets[slot] === 0) {
      if (this.#size === this.capacity) return false;
      const at = slot * HASH_WORDS;
      this.#hashes[at] = this.#hash.word0;
      this.#hashes[at + 1] = this.#hash.word1;
      this.#hashes[at + 2] = this.#hash.word2;
      this.#hashes[at + 3] = this.#hash.word3;
      this.#size++;
    }
    this.#offsets[slot] = Math.max(this.#offsets[slot]!, offset + 1);
    return true;
  }

  /** The offset of the key's newest record; -1 if it has none here. */
  get(bytes: Uint8Array, from: number, to: number): number {
    return this.#offsets[this.#find(bytes, from, to)]! - 1;
  }

  /** The key's slot, or the empty one that it would get. There is always an empty one. */
  #find(bytes: Uint8Array, from: number, to: number): number {
    this.#hash.update(bytes, from, to);
    const { word0, word1, word2, word3 } = this.#hash;
    let slot = (word3 >>> 0) / TWO_TO_32 * this.#slotCount | 0;
    while (this.#offsets[slot] !== 0) {
      const at = slot * HASH_WORDS;
      if (
        this.#hashes[at] === word0 && this.#hashes[at + 1] === word1 && this.#hashes[at + 2] === word2 &&
        this.#hashes[at + 3] === word3
      ) break;
      slot = slot + 1 === this.#slotCount ? 0 : slot + 1;
    }
    return slot;
  }
}
