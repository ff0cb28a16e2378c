/**
 * The end of a log at some moment, in all the ways that reading or flushing up to it needs (Kafka's LogOffsetMetadata).
 * @module
 */
export interface LogEnd {
  /** The offset behind the last record. */
  readonly offset: number;
  /** The segment that ended the log. */
  readonly segmentBaseOffset: number;
  /** Bytes of that segment. */
  readonly position: number;
}
