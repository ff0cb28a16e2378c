/**
 * Which of the media types the v2 API and Milena know a request has, and which one its answer should have.
 *
 * A media type fixes how a key, a value and a header stand in JSON where the record does not say otherwise:
 *
 *     application/json, application/x-ndjson           value as JSON, key and header values as text
 *     application/vnd.kafka.json.v2+json               key and value as JSON, header values as base64
 *     application/vnd.kafka.text.v2+json               key and value as text, header values as base64 (Strimzi's Bridge)
 *     application/vnd.kafka.binary.v2+json             all as base64; so is application/vnd.kafka.v2+json
 *
 * A key is text in the plain types because it is the same bytes then as any other client's key, and so in the same
 * partition: `"user-1"` as JSON has its quotes in it. The v2 type has them, as Confluent's proxy writes them; base64
 * headers in v2 are how Strimzi's Bridge has them.
 * @module
 */
import { ApiError, ApiErrorCode } from "./api_error.ts";

/** How bytes stand in JSON. Also the values of `key_format`, `value_format`. */
export type Format = typeof FORMATS[number];

export const FORMATS = ["json", "text", "base64"] as const;

/** The formats that a record of some media type has where it does not name another. */
export interface Formats {
  readonly key: Format;
  readonly value: Format;
  readonly header: "text" | "base64";
}

/** Of the plain media types. */
export const PLAIN_FORMATS: Formats = { key: "text", value: "json", header: "text" };
const V2_JSON: Formats = { key: "json", value: "json", header: "base64" };
const V2_TEXT: Formats = { key: "text", value: "text", header: "base64" };
const V2_BINARY: Formats = { key: "base64", value: "base64", header: "base64" };

export const V2_METADATA_TYPE = "application/vnd.kafka.v2+json";

const RECORD_TYPES: ReadonlyMap<string, Formats> = new Map([
  ["application/json", PLAIN_FORMATS],
  ["application/vnd.kafka.json.v2+json", V2_JSON],
  ["application/vnd.kafka.text.v2+json", V2_TEXT],
  ["application/vnd.kafka.binary.v2+json", V2_BINARY],
  [V2_METADATA_TYPE, V2_BINARY],
  ["application/x-ndjson", PLAIN_FORMATS],
]);

/** The types of a body that is one JSON text with records. */
export const DOCUMENT_TYPES: readonly string[] = [...RECORD_TYPES.keys()].filter((type) =>
  type !== "application/x-ndjson"
);

/** The types in which records can be read, and whether each stands on a line of its own. */
export interface ReadableType {
  readonly contentType: string;
  readonly formats: Formats;
  readonly lines: boolean;
}

/** The formats of a body that is to be JSON with records; throws a 415 that names the types there are. */
export function formatsOfBody(contentType: string | null): Formats {
  const type = contentType === null ? "application/json" : bodyType(contentType);
  const formats = type === "application/x-ndjson" ? undefined : RECORD_TYPES.get(type);
  if (formats !== undefined) return formats;
  const schemas = /^application\/vnd\.kafka\.(avro|jsonschema|protobuf)\.v2\+json$/.exec(type)?.[1];
  throw new ApiError(
    415,
    ApiErrorCode.UNSUPPORTED_MEDIA_TYPE,
    schemas !== undefined
      ? `${schemas} records need a schema registry, which Milena does not have: encode them yourself and send them as ` +
        "application/vnd.kafka.binary.v2+json (base64)."
      : `A body of type ${
        JSON.stringify(type.slice(0, 100))
      } is not read here: send "Content-Type: application/json" ` +
        '(or application/vnd.kafka.json.v2+json, …text…, …binary…) with {"records":[{"value":…}]}; or lines, each a ' +
        "record (application/x-ndjson) or a value (text/plain, or ?lines=values); or POST any other body, as it is, to " +
        "…/records.",
  );
}

/** What each line of a body is: a record in JSON, or the value of a record. */
export type LineKind = "records" | "values";

/** A body in lines. */
export interface LineType {
  readonly kind: LineKind;
  /** Of records. */
  readonly formats: Formats;
  /** Values are to be JSON. */
  readonly isJson: boolean;
}

/** The types whose bodies are lines of JSON. All but the first are other names for it. */
export const NDJSON_TYPES: readonly string[] = [
  "application/x-ndjson",
  "application/ndjson",
  "application/jsonl",
  "application/x-jsonlines",
];
/** Also what curl says of a body unless it is told otherwise: taken for lines only where they are asked for. */
const FORM_TYPE = "application/x-www-form-urlencoded";

/**
 * How a body is to be read line by line; undefined: as one JSON text. `asked`: what the request says of its lines, else the
 * type does. Throws a 415 for a type that can't be lines.
 */
export function linesOfBody(contentType: string | null, asked: LineKind | undefined): LineType | undefined {
  const type = contentType === null ? undefined : essence(contentType);
  if (type === undefined || type === "text/plain" || type === FORM_TYPE) {
    const kind = asked ?? (type === "text/plain" ? "values" : undefined);
    return kind && { kind, formats: PLAIN_FORMATS, isJson: false };
  }
  if (NDJSON_TYPES.includes(type)) return { kind: asked ?? "records", formats: PLAIN_FORMATS, isJson: true };
  return asked && { kind: asked, formats: formatsOfBody(contentType), isJson: true };
}

/** Whether the answer should be lines of JSON. */
export function wantsLines(accept: string | null): boolean {
  if (accept === null || accept === "*/*") return false;
  const best = negotiate(accept, ["application/json", ...NDJSON_TYPES]);
  return best !== undefined && best !== "application/json";
}

/** The type to answer a request for records with; throws a 406 that names the types there are. */
export function readableType(accept: string | null): ReadableType {
  const contentType = accept === null || accept === "*/*"
    ? "application/json"
    : negotiate(accept, [...RECORD_TYPES.keys()]);
  if (contentType === undefined) {
    throw new ApiError(
      406,
      ApiErrorCode.NOT_ACCEPTABLE,
      `Records cannot be shown as ${JSON.stringify(accept!.slice(0, 100))}: ask for one of ` +
        [...RECORD_TYPES.keys()].join(", ") + ".",
    );
  }
  return {
    contentType,
    formats: RECORD_TYPES.get(contentType)!,
    lines: contentType === "application/x-ndjson",
  };
}

/** The type of an answer that is no records: the v2 type where it is asked for by name, else plain JSON. */
export function metadataType(accept: string | null): string {
  if (accept === null || accept === "*/*" || !accept.includes("vnd.kafka")) return "application/json";
  return negotiate(accept, ["application/json", V2_METADATA_TYPE]) ?? V2_METADATA_TYPE;
}

/** The offered type that `accept` (RFC 9110, 12.5.1) likes best; among equals the one it names first. */
export function negotiate(accept: string, offered: readonly string[]): string | undefined {
  const wishes = accept.split(",").map((wish) => {
    const [type = "", ...parameters] = wish.split(";").map((part) => part.trim().toLowerCase());
    const quality = Number(parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? 1);
    return { type, quality: quality >= 0 ? quality : 1 };
  });
  const refused = new Set(wishes.filter((wish) => wish.quality === 0).map((wish) => wish.type));
  for (const { type, quality } of wishes.sort((a, b) => b.quality - a.quality)) {
    if (quality === 0) break;
    const match = offered.find((offer) => !refused.has(offer) && covers(type, offer));
    if (match !== undefined) return match;
  }
  return undefined;
}

function covers(range: string, type: string): boolean {
  return range === type || range === "*/*" || (range.endsWith("/*") && type.startsWith(range.slice(0, -1)));
}

/** The type without its parameters. Throws a 415 for a charset that is not UTF-8. */
function bodyType(contentType: string): string {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1];
  if (charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset)) return essence(contentType);
  throw new ApiError(
    415,
    ApiErrorCode.UNSUPPORTED_MEDIA_TYPE,
    `The charset ${JSON.stringify(charset.slice(0, 40))} is not read here: send it as UTF-8.`,
  );
}

function essence(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
