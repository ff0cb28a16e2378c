/**
 * Bytes of the Kafka protocol put together by hand, without a schema and without a check: for frames that lie. A
 * length or count is whatever the test says.
 * @module
 */
import type { Api } from "../../protocol/apis.ts";
import { encodeRequestHeader } from "../../protocol/header.ts";
import { Writer } from "../../protocol/primitives.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

function fixed(size: number, write: (view: DataView) => void): Bytes {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

export const int8 = (value: number): Bytes => fixed(1, (view) => view.setInt8(0, value));
export const int16 = (value: number): Bytes => fixed(2, (view) => view.setInt16(0, value));
export const int32 = (value: number): Bytes => fixed(4, (view) => view.setInt32(0, value));
export const uint32 = (value: number): Bytes => fixed(4, (view) => view.setUint32(0, value));
export const int64 = (value: number | bigint): Bytes =>
  fixed(8, (view) => view.setBigInt64(0, BigInt(value)));

/** An unsigned varint of up to 64 bits. */
export function uvarint(value: number | bigint): Bytes {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return new Uint8Array([...bytes, Number(rest)]);
}

/** A zigzag varint. */
export function varint(value: number | bigint): Bytes {
  const wide = BigInt(value);
  return uvarint((wide << 1n) ^ (wide >> 63n));
}

export const utf8 = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text));
/** A string with an int16 length. */
export const string = (text: string): Bytes => concat(int16(utf8(text).length), utf8(text));
/** A string with a varint length. */
export const compactString = (text: string): Bytes => concat(uvarint(utf8(text).length + 1), utf8(text));
/** Bytes with an int32 length. */
export const sized = (bytes: Uint8Array): Bytes => concat(int32(bytes.length), bytes);
export const array = (...items: readonly Uint8Array[]): Bytes => concat(int32(items.length), ...items);
export const noTags: Bytes = uvarint(0);

/** `body` behind its size, as it goes over the wire. */
export const frame = (...body: readonly Uint8Array[]): Bytes => sized(concat(...body));

export interface RawHeader {
  readonly key: number;
  readonly version: number;
  readonly correlationId?: number;
}

/** A request header, version 1. */
export function header({ key, version, correlationId = 1 }: RawHeader): Bytes {
  return concat(int16(key), int16(version), int32(correlationId), string("hostile"));
}

/** A request header, version 2: with tagged fields, none. */
export const flexibleHeader = (fields: RawHeader): Bytes => concat(header(fields), noTags);

/** A correct frame, by the tables of protocol/. */
export function requestFrame<Body>(
  asked: Api<unknown, Body, unknown, never>,
  version: number,
  body: Body,
  correlationId = 1,
  clientId = "test",
): Bytes {
  const writer = new Writer();
  encodeRequestHeader(writer, asked.requestHeaderVersion(version), {
    apiKey: asked.key,
    apiVersion: version,
    correlationId,
    clientId,
  });
  asked.request.encode(writer, version, body);
  return frame(writer.bytes());
}
