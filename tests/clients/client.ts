/**
 * A real Kafka client as the round-trip tests see it: something that writes records and something that reads them,
 * each with the exceptions that are the client's own fault, and why.
 * @module
 */
import type { Requirement } from "../support/requirement.ts";

export const codecs = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
export type Codec = typeof codecs[number];

export interface Header {
  readonly name: string;
  readonly value: Uint8Array | null;
}

export interface SentRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

export interface StoredRecord extends SentRecord {
  readonly offset: number;
}

/** What a client can't send: each with the reason. */
export interface WriterLimits {
  readonly timestamps?: string;
  readonly distantTimestamps?: string;
  readonly nullHeaderValues?: string;
  readonly binaryHeaderValues?: string;
  readonly emptyValueOfNullKey?: string;
}

export interface WriteOptions {
  readonly codec: Codec;
  readonly acks: 0 | 1 | -1;
  readonly idempotent: boolean;
  /** Most records of one batch; default: the client's. */
  readonly batchRecords?: number;
}

export interface Writer {
  readonly name: string;
  readonly needs: readonly Requirement[];
  readonly limits: WriterLimits;
  /** Appends `records` to one partition in their order; returns when all are acknowledged, or sent if `acks` is 0. */
  write(
    at: { readonly bootstrap: string; readonly topic: string; readonly partition: number },
    records: readonly SentRecord[],
    options: WriteOptions,
  ): Promise<void>;
}

export interface Reader {
  readonly name: string;
  readonly needs: readonly Requirement[];
  /** All records of the topic from the first offset to the end as it is now, by partition, in the order they came. */
  read(
    at: { readonly bootstrap: string; readonly topic: string; readonly partitions: number },
  ): Promise<StoredRecord[][]>;
}
