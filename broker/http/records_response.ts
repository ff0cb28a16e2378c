/**
 * Records as JSON: `{"topic","partition","offset","timestamp","key","value","headers"}`, with `key_format` and
 * `value_format` where they are not in the format of the media type. The same shape can be written again.
 * @module
 */
import { ByteWriter } from "./byte_writer.ts";
import type { Format, Formats } from "./media_types.ts";
import { writeDatum } from "./record_formats.ts";

export interface ReadRecord {
  readonly offset: number;
  /** Milliseconds since 1970; -1: it has none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[];
}

/** In which formats a record is shown. */
export interface Shown {
  /** Of the media type: what a record that does not say otherwise has. */
  readonly usual: Formats;
  /** To be tried first. */
  readonly key: Format;
  readonly value: Format;
  /** As JSON only what keeps its every byte on a line, for who reads it back with the white space between tokens. */
  readonly isExact: boolean;
}

export function shownAs(
  usual: Formats,
  wanted: {
    readonly keyFormat?: Format | undefined;
    readonly valueFormat?: Format | undefined;
    readonly isExact?: boolean;
  } = {},
): Shown {
  const { keyFormat, valueFormat, isExact = false } = wanted;
  return { usual, key: keyFormat ?? usual.key, value: valueFormat ?? usual.value, isExact };
}

/** What stands before a record's offset. */
export function recordHead(topic: string, partition: number): string {
  return `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`;
}

/** Writes `record` as an object on one line, after `head`. */
export function writeRecord(writer: ByteWriter, head: string, record: ReadRecord, shown: Shown): void {
  const timestamp = record.timestamp < 0 ? "null" : record.timestamp;
  writer.text(`${head}${record.offset},"timestamp":${timestamp},"key":`);
  write(writer, "key_format", record.key, shown.key, shown.usual.key, shown.isExact);
  writer.text(',"value":');
  write(writer, "value_format", record.value, shown.value, shown.usual.value, shown.isExact);
  writer.text(',"headers":[');
  for (let i = 0; i < record.headers.length; i++) {
    const { key, value } = record.headers[i]!;
    writer.text(`${i === 0 ? "" : ","}{"key":${JSON.stringify(key)},"value":`);
    write(writer, "value_format", value, shown.usual.header, shown.usual.header, shown.isExact);
    writer.text("}");
  }
  writer.text("]}");
}

function write(
  writer: ByteWriter,
  formatName: string,
  bytes: Uint8Array | null,
  wanted: Format,
  usual: Format,
  isExact: boolean,
): void {
  if (bytes === null) return writer.text("null");
  const format = writeDatum(
    writer,
    bytes,
    isExact && wanted === "json" && !keepsItsBytes(bytes) ? "text" : wanted,
  );
  if (format !== usual) writer.text(`,"${formatName}":"${format}"`);
}

/** Whether it can stand on a line as it is: white space around it, and line breaks in it, would be lost. */
function keepsItsBytes(json: Uint8Array): boolean {
  if (json.length === 0 || json[0]! <= 0x20 || json[json.length - 1]! <= 0x20) return false;
  return !json.includes(0x0a) && !json.includes(0x0d);
}

/** Writes records as an array, or each on its line. */
export class RecordsWriter {
  readonly #writer = new ByteWriter(4096);
  readonly #lines: boolean;
  readonly #shown: Shown;
  #count = 0;

  constructor(lines: boolean, shown: Shown) {
    this.#lines = lines;
    this.#shown = shown;
  }

  get count(): number {
    return this.#count;
  }

  add(head: string, record: ReadRecord): void {
    if (!this.#lines) this.#writer.text(this.#count === 0 ? "[" : ",\n");
    this.#count++;
    writeRecord(this.#writer, head, record, this.#shown);
    if (this.#lines) this.#writer.text("\n");
  }

  finish(): Uint8Array<ArrayBuffer> {
    if (!this.#lines) this.#writer.text(this.#count === 0 ? "[]\n" : "]\n");
    return this.#writer.finish();
  }
}
