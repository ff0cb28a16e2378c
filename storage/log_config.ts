/**
 * The settings of one partition's log, in the units the code uses. The names in comments are Kafka's topic settings,
 * whose meaning each has; `broker/config.ts` parses them.
 * @module
 */
export interface LogConfig {
  /** segment.bytes: a batch that would make the active segment larger starts a new one. */
  readonly segmentBytes: number;
  /** index.interval.bytes: log bytes between two index entries. */
  readonly indexIntervalBytes: number;
  /** segment.index.bytes: most bytes of one `.index` or `.timeindex`; a full index rolls the segment. */
  readonly segmentIndexBytes: number;
  /** max.message.bytes: largest record batch, bytes, header included. */
  readonly maxMessageBytes: number;
  /** flush.messages: unflushed records that force a flush; 1: an append is acknowledged, and readable, after fdatasync. Infinity: never by count. */
  readonly flushMessages: number;
  /** flush.ms: longest time appended data stays unflushed. Infinity: never by time. */
  readonly flushMs: number;
  /** message.timestamp.type */
  readonly timestampType: "CreateTime" | "LogAppendTime";
  /** producer.id.expiration.ms (a broker setting): idle producers are forgotten after this. */
  readonly producerIdExpirationMs: number;
}

export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10 * 1024 * 1024,
  maxMessageBytes: 1_048_588,
  flushMessages: Infinity,
  flushMs: 1000,
  timestampType: "CreateTime",
  producerIdExpirationMs: 86_400_000,
};
