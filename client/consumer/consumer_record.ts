/**
 * A record as a consumer gives it. Key, value and headers are made of the batch's bytes when somebody looks at them: who
 * counts records, or goes by the offset, pays for nothing else.
 *
 * What must be true: the bytes under a record are never written over, so it may be kept for as long as one likes; it keeps
 * its whole batch in memory meanwhile.
 * @module
 */
import { Reader } from "../../protocol/reader.ts";
import { type RecordHeader, takeHeaders } from "../../protocol/records.ts";
import type { RecordScanner } from "../../protocol/record_scanner.ts";
import type { Deserializer } from "../serializers/serializer.ts";
import type { TopicPartition } from "./topic_partitions.ts";

export type { RecordHeader } from "../../protocol/records.ts";

/** What makes keys and values of bytes. */
export interface Deserializers<K, V> {
  readonly key: Deserializer<K>;
  readonly value: Deserializer<V>;
}

/** What records of one batch have in common. */
export interface RecordSource<K, V> extends TopicPartition {
  /** The records, not compressed. */
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
  readonly baseTimestamp: number;
  /** undefined: each record has its own time. */
  readonly logAppendTime: number | undefined;
  readonly deserializers: Deserializers<K, V>;
}

const NO_HEADERS: readonly RecordHeader[] = [];
const NOT_MADE: unique symbol = Symbol("not made yet");

export class ConsumerRecord<K = Uint8Array | null, V = Uint8Array | null> {
  readonly #source: RecordSource<K, V>;
  readonly #offsetDelta: number;
  readonly #timestampDelta: number;
  readonly #keyStart: number;
  readonly #keyLength: number;
  readonly #valueStart: number;
  readonly #valueLength: number;
  readonly #headersStart: number;
  readonly #headerCount: number;
  #key: K | typeof NOT_MADE = NOT_MADE;
  #value: V | typeof NOT_MADE = NOT_MADE;

  /** The record that `scanner` is at, in `source.bytes`. */
  constructor(source: RecordSource<K, V>, scanner: RecordScanner) {
    this.#source = source;
    this.#offsetDelta = scanner.offsetDelta;
    this.#timestampDelta = scanner.timestampDelta;
    this.#keyStart = scanner.keyStart;
    this.#keyLength = scanner.keyLength;
    this.#valueStart = scanner.valueStart;
    this.#valueLength = scanner.valueLength;
    this.#headersStart = scanner.headersStart;
    this.#headerCount = scanner.headerCount;
  }

  get topic(): string {
    return this.#source.topic;
  }

  get partition(): number {
    return this.#source.partition;
  }

  get offset(): number {
    return this.#source.baseOffset + this.#offsetDelta;
  }

  /** Milliseconds since 1970; -1: it has none. */
  get timestamp(): number {
    const { logAppendTime, baseTimestamp } = this.#source;
    return logAppendTime ?? baseTimestamp + this.#timestampDelta;
  }

  /** Throws what key.deserializer throws. */
  get key(): K {
    if (this.#key === NOT_MADE) {
      const { deserializers, topic } = this.#source;
      this.#key = deserializers.key.deserialize(this.#bytes(this.#keyStart, this.#keyLength), topic);
    }
    return this.#key;
  }

  /** Throws what value.deserializer throws. */
  get value(): V {
    if (this.#value === NOT_MADE) {
      const { deserializers, topic } = this.#source;
      this.#value = deserializers.value.deserialize(this.#bytes(this.#valueStart, this.#valueLength), topic);
    }
    return this.#value;
  }

  /** In the order in which they were written; names may come more than once. */
  get headers(): readonly RecordHeader[] {
    if (this.#headerCount === 0) return NO_HEADERS;
    return takeHeaders(new Reader(this.#source.bytes, this.#headersStart), this.#headerCount);
  }

  /** About what it takes: bytes of key and value. */
  get sizeInBytes(): number {
    return Math.max(0, this.#keyLength) + Math.max(0, this.#valueLength);
  }

  /** All of it, made: what JSON.stringify and consoles show. */
  toJSON(): Record<string, unknown> {
    const { topic, partition, offset, timestamp, key, value, headers } = this;
    return { topic, partition, offset, timestamp, key, value, headers };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): unknown {
    return this.toJSON();
  }

  [Symbol.for("Deno.customInspect")](
    inspect: (value: unknown, options: unknown) => string,
    options: unknown,
  ) {
    return `ConsumerRecord ${inspect(this.toJSON(), options)}`;
  }

  #bytes(start: number, length: number): Uint8Array | null {
    return length < 0 ? null : this.#source.bytes.subarray(start, start + length);
  }
}
