/**
 * What became of a batch.
 * @module
 */

export interface BatchReport {
  readonly topic: string;
  readonly partition: number;
  readonly recordCount: number;
  /** Of its first record; the others follow. -1: it failed, or acks=0. */
  readonly baseOffset: number;
  /** That the broker gave (log append time); -1: the records have their own. */
  readonly logAppendTime: number;
  /** undefined: it was delivered. */
  readonly error: Error | undefined;
}

/** Where a record lies. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  /** -1 with acks=0. */
  readonly offset: number;
  readonly timestamp: number;
}
