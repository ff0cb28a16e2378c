/**
 * Bytes of keys, values and headers ⇄ how they stand in JSON: as JSON, as text or as base64.
 *
 * What must be true: nothing is guessed in silence. A record that is not in the format of its media type says so in a
 * `key_format` or `value_format` beside the datum; and what was read can be written again as it stands, giving the
 * same bytes (JSON but for white space around line breaks in lines of NDJSON).
 * @module
 */
import { Buffer, isUtf8 } from "node:buffer";
import { wrongShape } from "./api_error.ts";
import type { ByteWriter } from "./byte_writer.ts";
import { isJson } from "./json_scanner.ts";
import { type Format, FORMATS } from "./media_types.ts";

/** These keep nothing between calls. A byte order mark is part of a datum. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

const PLAIN_INSTEAD =
  'for plain text say "value_format":"text", or send JSON with the content type application/json.';

export function isFormat(name: string): name is Format {
  return FORMATS.some((format) => format === name);
}

/**
 * The bytes that the JSON value `raw` stands for in `format`. `where` begins the sentence of the error: "records[0].value".
 * JSON's null is no value at all (a tombstone) in every format.
 */
export function bytesOf(raw: Uint8Array, format: Format, where: string): Uint8Array | null {
  if (isNull(raw)) return null;
  if (format === "json") return raw;
  if (raw[0] !== 0x22) {
    throw wrongShape(
      `${where} is taken as ${format} here, so it must be a JSON string; to send JSON as it is, say ` +
        `"${where.endsWith("key") ? "key" : "value"}_format":"json" beside it.`,
    );
  }
  // Without an escape, what stands between the quotes is the text.
  if (format === "text" && !raw.includes(0x5c)) return raw.subarray(1, raw.length - 1);
  const text = JSON.parse(decoder.decode(raw)) as string;
  return format === "text" ? bytesOfText(text, where) : bytesOfBase64(text, where);
}

export function bytesOfText(text: string, where: string): Uint8Array {
  if (!text.isWellFormed()) {
    throw wrongShape(
      `${where} has half of a surrogate pair in it, which no text has: send such bytes as base64.`,
    );
  }
  return encoder.encode(text);
}

/** `otherwise`: how else it may be sent, the end of the error's sentence. */
export function bytesOfBase64(text: string, where: string, otherwise = PLAIN_INSTEAD): Uint8Array {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    const shown = JSON.stringify(text.length > 40 ? text.slice(0, 40) + "…" : text);
    throw wrongShape(
      `${where} must be base64 (A–Z a–z 0–9 + / and = to a multiple of four characters), but is ${shown}; ` +
        otherwise,
    );
  }
  const bytes = Buffer.from(text, "base64");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Writes `bytes` as a JSON value in the first format that can show them, beginning with `wanted`: JSON, else text,
 * else base64. Returns the format used.
 */
export function writeDatum(writer: ByteWriter, bytes: Uint8Array, wanted: Format): Format {
  if (wanted === "json" && isJson(bytes) && !isNull(trimmed(bytes))) {
    writeOnOneLine(writer, bytes);
    return "json";
  }
  if (wanted !== "base64" && (writer.quotedAscii(bytes) || isUtf8(bytes) && writeText(writer, bytes))) {
    return "text";
  }
  writer.text(`"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64")}"`);
  return "base64";
}

function writeText(writer: ByteWriter, bytes: Uint8Array): true {
  writer.text(JSON.stringify(decoder.decode(bytes)));
  return true;
}

/** Line breaks in a JSON text are white space between its tokens: blanks do as well, and keep NDJSON in lines. */
function writeOnOneLine(writer: ByteWriter, json: Uint8Array): void {
  const start = writer.length;
  writer.bytes(json);
  if (json.includes(0x0a) || json.includes(0x0d)) writer.replaceLineBreaks(start);
}

function isNull(raw: Uint8Array): boolean {
  return raw.length === 4 && raw[0] === 0x6e && raw[1] === 0x75;
}

function trimmed(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && bytes[start]! <= 0x20) start++;
  while (end > start && bytes[end - 1]! <= 0x20) end--;
  return bytes.subarray(start, end);
}
