/**
 * A set of whole numbers from 0 on, a bit each: a hundred million records take 12 MB.
 * @module
 */
const CHUNK_BYTES = 65_536;
const CHUNK_BITS = CHUNK_BYTES * 8;

export class SequenceSet {
  readonly #chunks: (Uint8Array | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Returns whether it was not there yet. */
  add(sequence: number): boolean {
    const at = Math.floor(sequence / CHUNK_BITS);
    const chunk = this.#chunks[at] ??= new Uint8Array(CHUNK_BYTES);
    const index = sequence % CHUNK_BITS;
    const bit = 1 << (index & 7);
    if ((chunk[index >> 3]! & bit) !== 0) return false;
    chunk[index >> 3]! |= bit;
    this.#size++;
    return true;
  }

  has(sequence: number): boolean {
    const index = sequence % CHUNK_BITS;
    const byte = this.#chunks[Math.floor(sequence / CHUNK_BITS)]?.[index >> 3] ?? 0;
    return (byte & 1 << (index & 7)) !== 0;
  }
}
