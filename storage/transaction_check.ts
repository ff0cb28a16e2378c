/**
 * Holds the `.txnindex` files of a partition against its log. Follows the transactions through all batches by a table of its
 * own, dumber than the engine's, so that a mistake there does not hide itself.
 *
 * Where the log has lost something on purpose, less can be said: of a transaction whose beginning retention has taken the
 * index knows the true first offset, or the first that was left when it was made; compaction takes out records of
 * transactions, aborted ones first of all, and then their markers.
 * @module
 */
import { decodeEndMarker } from "../protocol/end_marker.ts";
import { getInt64 } from "../protocol/int64.ts";
import type { RecordBatch } from "../protocol/record_batch.ts";

const ENTRY_SIZE = 34;

interface Entry {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly lastStableOffset: number;
}

export class TransactionCheck {
  /** Where what is left of the log begins: of what was before, nothing is known. */
  readonly #startOffset: number;
  /** First offsets of open transactions, by producer id. */
  readonly #open = new Map<number, number>();
  #expected: Entry[] = [];
  #nextOffset: number;
  #isCompacted = false;

  constructor(startOffset: number) {
    this.#startOffset = this.#nextOffset = startOffset;
  }

  /** The next batch of the log. */
  note(batch: RecordBatch): void {
    const { baseOffset, lastOffset, producerId, isTransactional, isControl } = batch;
    const hasGap = batch.recordCount <= batch.lastOffsetDelta;
    if (baseOffset !== this.#nextOffset || hasGap) this.#isCompacted = true;
    this.#nextOffset = lastOffset + 1;
    if (!isTransactional || producerId < 0) return;
    if (!isControl) {
      if (!this.#open.has(producerId)) this.#open.set(producerId, baseOffset);
      return;
    }
    const marker = decodeEndMarker(batch);
    const firstOffset = this.#open.get(producerId);
    if (marker === undefined || firstOffset === undefined) return;
    this.#open.delete(producerId);
    if (marker.type !== "abort") return;
    const lastStableOffset = Math.min(baseOffset + 1, ...this.#open.values());
    this.#expected.push({ producerId, firstOffset, lastOffset: baseOffset, lastStableOffset });
  }

  /**
   * What is wrong with the index of the segment whose batches have been noted since the last call. `bytes`: undefined if
   * there is no such file; `segment`: its offsets, the latter exclusive.
   */
  *problems(bytes: Uint8Array | undefined, segment: readonly [number, number]): Generator<string> {
    const expected = this.#takeExpected();
    if (bytes === undefined) {
      for (const entry of expected) yield `it is missing; ${describe(entry)} was aborted`;
      return;
    }
    if (bytes.length % ENTRY_SIZE !== 0) {
      yield `its size, ${bytes.length}, is not a multiple of ${ENTRY_SIZE}`;
      return;
    }
    const byMarker = new Map(expected.map((entry) => [entry.lastOffset, entry]));
    let last = segment[0] - 1;
    for (const { version, ...entry } of readEntries(bytes)) {
      if (version !== 0) yield `it has an entry of version ${version}`;
      if (entry.lastOffset <= last || entry.lastOffset >= segment[1]) {
        yield `${describe(entry)} does not end between ${last} and ${segment[1]}`;
      }
      last = entry.lastOffset;
      const wanted = byMarker.get(entry.lastOffset);
      byMarker.delete(entry.lastOffset);
      if (!this.#agree(entry, wanted)) {
        yield `it says ${describe(entry)} was aborted; the log ${
          wanted ? `says ${describe(wanted)}` : "does not know it"
        }`;
      }
    }
    for (const entry of byMarker.values()) yield `${describe(entry)} was aborted; it has no entry`;
  }

  #takeExpected(): Entry[] {
    const expected = this.#expected;
    this.#expected = [];
    return expected;
  }

  #agree(found: Entry, wanted: Entry | undefined): boolean {
    if (wanted === undefined) return this.#isCompacted || found.firstOffset < this.#startOffset;
    return found.producerId === wanted.producerId &&
      this.#agreeOn(found.firstOffset, wanted.firstOffset) &&
      this.#agreeOn(found.lastStableOffset, wanted.lastStableOffset);
  }

  #agreeOn(found: number, wanted: number): boolean {
    if (found === wanted) return true;
    return found < wanted && (this.#isCompacted || found < this.#startOffset);
  }
}

function* readEntries(bytes: Uint8Array): Generator<Entry & { readonly version: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += ENTRY_SIZE) {
    yield {
      version: view.getInt16(at),
      producerId: getInt64(view, at + 2),
      firstOffset: getInt64(view, at + 10),
      lastOffset: getInt64(view, at + 18),
      lastStableOffset: getInt64(view, at + 26),
    };
  }
}

function describe({ producerId, firstOffset, lastOffset, lastStableOffset }: Entry): string {
  return `the transaction of producer ${producerId} from ${firstOffset} to ${lastOffset} (then stable up to ${lastStableOffset})`;
}
