/**
 * Records as JSON: `{"topic","partition","offset","timestamp","key","value","headers"}`, with `key_format` and
 * `value_format` where they are not in the format of the media type. The same shape can be written again.
 * @module
 */
import { ByteWriter } from "./byte_writer.ts";
import type { Format, ReadableType } from "./media_types.ts";
import { writeDatum } from "./record_formats.ts";

export interface ReadRecord {
  readonly offset: number;
  /** Milliseconds since 1970; -1: it has none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

/** Writes records of one partition as an array, or each on its line. */
export class RecordsWriter {
  readonly #writer = new ByteWriter(4096);
  readonly #type: ReadableType;
  readonly #keyFormat: Format;
  readonly #valueFormat: Format;
  readonly #head: string;
  #count = 0;

  /** `keyFormat`, `valueFormat`: the formats to try first, where they are not to be those of `type`. */
  constructor(
    topic: string,
    partition: number,
    type: ReadableType,
    wanted: { readonly keyFormat?: Format | undefined; readonly valueFormat?: Format | undefined } = {},
  ) {
    this.#type = type;
    this.#keyFormat = wanted.keyFormat ?? type.formats.key;
    this.#valueFormat = wanted.valueFormat ?? type.formats.value;
    this.#head = `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`;
  }

  get count(): number {
    return this.#count;
  }

  add(record: ReadRecord): void {
    const writer = this.#writer;
    if (!this.#type.lines) writer.text(this.#count === 0 ? "[" : ",\n");
    this.#count++;
    const timestamp = record.timestamp < 0 ? "null" : record.timestamp;
    writer.text(`${this.#head}${record.offset},"timestamp":${timestamp},"key":`);
    this.#datum("key_format", record.key, this.#keyFormat, this.#type.formats.key);
    writer.text(',"value":');
    this.#datum("value_format", record.value, this.#valueFormat, this.#type.formats.value);
    writer.text(',"headers":[');
    for (let i = 0; i < record.headers.length; i++) {
      const header = record.headers[i]!;
      writer.text(`${i === 0 ? "" : ","}{"key":${JSON.stringify(header.key)},"value":`);
      this.#datum("value_format", header.value, this.#type.formats.header, this.#type.formats.header);
      writer.text("}");
    }
    writer.text(this.#type.lines ? "]}\n" : "]}");
  }

  finish(): Uint8Array<ArrayBuffer> {
    if (!this.#type.lines) this.#writer.text(this.#count === 0 ? "[]\n" : "]\n");
    return this.#writer.finish();
  }

  #datum(formatName: string, bytes: Uint8Array | null, wanted: Format, usual: Format): void {
    if (bytes === null) return this.#writer.text("null");
    const format = writeDatum(this.#writer, bytes, wanted);
    if (format !== usual) this.#writer.text(`,"${formatName}":"${format}"`);
  }
}
