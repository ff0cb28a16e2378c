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

export class ModelLog {
  /** By offset; control records are not among them. */
  records: ModelRecord[] = [];
  endOffset = 0;
  /** Where the log begins, as far as it was told. */
  startOffset = 0;
  /** Of these starts one was promised to be there after any crash: the log may not begin before. */
  durableStartOffset = 0;
  /** All that was ever in it, crashes forgotten: nothing else may be read. */
  readonly values = new Set<string>();
  /** Sequence that each producer sends next. */
  readonly nextSequence = new Map<number, number>();
  readonly #doubted = new Set<number>();

  append(records: readonly ModelRecord[]): void {
    for (const record of records) {
      this.records.push(record);
      if (record.value !== null) this.values.add(record.value);
      if (record.producerId >= 0) this.nextSequence.set(record.producerId, record.sequence + 1);
      this.endOffset = record.offset + 1;
    }
  }

  /**
   * A power cut may have taken what lay from `flushedOffset` on, also of what was deleted: whoever wrote there last does not
   * know where the log thinks it is, and begins anew.
   */
  doubt(flushedOffset: number): void {
    for (const { offset, producerId } of this.records) {
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

  /** Of each key the newest record below `endOffset`. */
  newest(endOffset: number): Map<string, ModelRecord> {
    const newest = new Map<string, ModelRecord>();
    for (const record of this.live(endOffset)) if (record.key !== null) newest.set(record.key, record);
    return newest;
  }
}
