/**
 * Records by a template. Text is the shortest of them: "%v\n".
 * @module
 */
import { Buffer } from "node:buffer";
import type { ByteWriter } from "../../broker/http/byte_writer.ts";
import type { RecordHeader } from "../../protocol/records.ts";
import type { RecordFormat, ShownRecord } from "./record_format.ts";
import type { Piece, Show } from "./template.ts";

const encoder = new TextEncoder();
/** Beyond it a Date is none. */
const MAX_DATE_MS = 8.64e15;

export class TemplateFormat implements RecordFormat {
  readonly #pieces: readonly Piece[];

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  write(writer: ByteWriter, record: ShownRecord): void {
    for (const piece of this.#pieces) {
      switch (piece.kind) {
        case "literal":
          writer.bytes(piece.bytes);
          break;
        case "value":
          writeBytes(writer, record.value, piece.show);
          break;
        case "key":
          writeBytes(writer, record.key, piece.show);
          break;
        case "topic":
          writer.text(record.topic);
          break;
        case "headers":
          writeHeaders(writer, record.headers, piece.each);
          break;
        case "isoTime":
          writer.text(isoTime(record.timestamp));
          break;
        default:
          writer.text(String(numberOf(piece.kind, record)));
      }
    }
  }
}

function numberOf(
  kind: "partition" | "offset" | "timestamp" | "keyLength" | "valueLength" | "headerCount",
  { partition, offset, timestamp, key, value, headers }: ShownRecord,
): number {
  switch (kind) {
    case "partition":
      return partition;
    case "offset":
      return offset;
    case "timestamp":
      return timestamp;
    case "keyLength":
      return key?.length ?? -1;
    case "valueLength":
      return value?.length ?? -1;
    case "headerCount":
      return headers.length;
  }
}

/** Null is nothing. */
function writeBytes(writer: ByteWriter, bytes: Uint8Array | null, show: Show): void {
  if (bytes === null) return;
  if (show === "bytes") writer.bytes(bytes);
  else writer.text(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(show));
}

function writeHeaders(
  writer: ByteWriter,
  headers: readonly RecordHeader[],
  each: readonly Piece[] | undefined,
): void {
  for (let i = 0; i < headers.length; i++) {
    const { key, value } = headers[i]!;
    if (each !== undefined) {
      writeHeader(writer, encoder.encode(key), value, each);
      continue;
    }
    writer.text(`${i === 0 ? "" : ","}${key}=`);
    if (value !== null) writer.bytes(value);
  }
}

function writeHeader(
  writer: ByteWriter,
  key: Uint8Array,
  value: Uint8Array | null,
  pieces: readonly Piece[],
): void {
  for (const piece of pieces) {
    switch (piece.kind) {
      case "literal":
        writer.bytes(piece.bytes);
        break;
      case "key":
        writeBytes(writer, key, piece.show);
        break;
      case "value":
        writeBytes(writer, value, piece.show);
        break;
      case "keyLength":
        writer.text(String(key.length));
        break;
      case "valueLength":
        writer.text(String(value?.length ?? -1));
        break;
    }
  }
}

function isoTime(timestampMs: number): string {
  const isDate = timestampMs >= 0 && timestampMs <= MAX_DATE_MS;
  return isDate ? new Date(timestampMs).toISOString() : String(timestampMs);
}
