/**
 * Where a consumer is in a partition.
 * @module
 */
export class Position {
  /** The offset to go on at; undefined: it is to be found out, from what is committed or by the reset policy. */
  offset: number | undefined;
  /** What comes before has been worked on: the consumer asked for more since. */
  safeOffset: number | undefined;
  /** What was committed last; undefined: nothing, or it is not known. */
  committedOffset: number | undefined;

  constructor(offset?: number) {
    this.moveTo(offset);
  }

  /** To go on elsewhere. */
  moveTo(offset: number | undefined): void {
    this.offset = offset;
    this.safeOffset = offset;
  }
}
