/**
 * Request and response headers, read and written by hand: they stand on the path of every request. The tables are in
 * `messages/headers.ts`, with what each version means, and a test holds both equal.
 * @module
 */
import { apis } from "./apis.ts";
import type { Reader, Writer } from "./primitives.ts";

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

/**
 * The header at the reader's position; the body follows. Whether tagged fields end it depends on the API and its
 * version. For an API that has no table here none are read: its body can't be read anyway, and the fields given back
 * lie before them. Check `reader.failed` afterwards.
 */
export function decodeRequestHeader(reader: Reader): RequestHeader {
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const clientId = reader.nullableString(false);
  if (apis.get(apiKey)?.requestHeaderVersion(apiVersion) === 2) reader.skipTaggedFields();
  return { apiKey, apiVersion, correlationId, clientId };
}

/** `headerVersion` as the API's `requestHeaderVersion` tells. */
export function encodeRequestHeader(writer: Writer, headerVersion: 1 | 2, header: RequestHeader): void {
  writer.int16(header.apiKey);
  writer.int16(header.apiVersion);
  writer.int32(header.correlationId);
  writer.nullableString(header.clientId, false);
  if (headerVersion === 2) writer.uvarint(0);
}

/** The correlation id. `headerVersion` as the API's `responseHeaderVersion` tells. */
export function decodeResponseHeader(reader: Reader, headerVersion: 0 | 1): number {
  const correlationId = reader.int32();
  if (headerVersion === 1) reader.skipTaggedFields();
  return correlationId;
}

export function encodeResponseHeader(writer: Writer, headerVersion: 0 | 1, correlationId: number): void {
  writer.int32(correlationId);
  if (headerVersion === 1) writer.uvarint(0);
}
