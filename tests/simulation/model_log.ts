/**
 * The dumbest thing that could be right: a partition as an array of records, and what is known of it for certain.
 * @module
 */

export interface ModelRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  /** null: a tombstone. No two records have the same other value. */
  readonly value: string | null;
  readonly producerId: number;
  readonly sequence: number;
}

/** The end of a transaction, which takes an offset of its own. */
interface ModelMarker {
  readonly offset: number;
  readonly producerId: number;
  readonly isCommit: boolean;
}

/** This one sends transactions and nothing else; all others, never. */
export const TRANSACTIONAL_PRODUCER = 5;

export class ModelLog {
  /** By offset. */
  records: ModelRecord[] = [];
  markers: ModelMarker[] = [];
  endOffset = 0;
  /** Where the log begins, as far as it was told. */
  startOffset = 0;
  /** Of these starts one was promised to be there after any crash: the log may not begin before. */
  durableStartOffset = 0;
  /** Sequence that each producer sends next. */
  readonly nextSequence = new Map<number, number>();
  readonly #doubted = new Set<number>();

  append(records: readonly ModelRecord[]): void {
    for (const record of records) {
      this.records.push(record);
      if (record.producerId >= 0) this.nextSequence.set(record.producerId, record.sequence + 1);
      this.endOffset = record.offset + 1;
    }
  }

  /** Ends the transaction of {@link TRANSACTIONAL_PRODUCER}, or of the producer in its place. */
  end(producerId: number, isCommit: boolean): void {
    this.markers.push({ offset: this.endOffset++, producerId, isCommit });
  }

  isAborted({ offset, producerId }: ModelRecord): boolean {
    if (producerId % 10 !== TRANSACTIONAL_PRODUCER) return false;
    return this.#markerOf(offset, producerId)?.isCommit === false;
  }

  hasOpenTransaction(producerId: number): boolean {
    const last = this.records.findLast((record) => record.producerId === producerId);
    return last !== undefined && this.#markerOf(last.offset, producerId) === undefined;
  }

  #markerOf(offset: number, producerId: number): ModelMarker | undefined {
    return this.markers.find((marker) => marker.producerId === producerId && marker.offset > offset);
  }

  /**
   * A power cut may have taken what lay from `flushedOffset` on, also of what was deleted: whoever wrote there last does not
   * know where the log thinks it is, and begins anew.
   */
  doubt(flushedOffset: number): void {
    for (const { offset, producerId } of [...this.records, ...this.markers]) {
      if (producerId >= 0 && offset >= flushedOffset && offset < this.startOffset) {
        this.#doubted.add(producerId);
      }
    }
  }

  /** A producer in the place of `producerId` that the log is sure about. */
  sureProducer(producerId: number): number {
    let sure = producerId;
    while (this.#doubted.has(sure)) sure += 10;
    return sure;
  }

  /** A power cut took what lay behind. */
  cutTo(endOffset: number): void {
    this.records = this.records.filter(({ offset }) => offset < endOffset);
    this.markers = this.markers.filter(({ offset }) => offset < endOffset);
    this.endOffset = endOffset;
    this.nextSequence.clear();
    for (const { producerId, sequence } of this.records) {
      if (producerId >= 0) this.nextSequence.set(producerId, sequence + 1);
    }
  }

  /** What is not deleted and lies below `endOffset`. */
  live(endOffset: number): ModelRecord[] {
    return this.records.filter(({ offset }) => offset >= this.startOffset && offset < endOffset);
  }

  /** Of each key the newest record below `endOffset` that was not taken back. */
  newest(endOffset: number): Map<string, ModelRecord> {
    const newest = new Map<string, ModelRecord>();
    for (const record of this.live(endOffset)) {
      if (record.key !== null && !this.isAborted(record)) newest.set(record.key, record);
    }
    return newest;
  }
}
