/**
 * The body of `POST /topics/{topic}`: `{"records":[{"key","value","partition","timestamp","headers", …}]}`.
 *
 * What must be true: a record is taken whole or the request is refused whole, before anything is written; and each
 * refusal names the record and the member. Members that other proxies know and Milena needs not (schema ids) are
 * passed over when they are null; any other unknown member is an error, since a misspelt "value" would otherwise
 * write a null.
 * @module
 */
import { isUtf8 } from "node:buffer";
import { ApiError, ApiErrorCode, wrongShape } from "./api_error.ts";
import { JsonError, JsonScanner } from "./json_scanner.ts";
import type { Format, Formats } from "./media_types.ts";
import { bytesOf, bytesOfBase64, bytesOfText, isFormat } from "./record_formats.ts";

export interface HeaderToWrite {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface RecordToWrite {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly HeaderToWrite[];
  /** Milliseconds since 1970; undefined: when it is written. */
  readonly timestamp: number | undefined;
  /** undefined: by the key, or any. */
  readonly partition: number | undefined;
}

const MAX_PARTITION = 2 ** 31 - 1;
export const MAX_TIMESTAMP = Number.MAX_SAFE_INTEGER;

/** Throws an ApiError 422 if `body` is not JSON or not of the shape. */
export function parseRecordsRequest(body: Uint8Array, formats: Formats): RecordToWrite[] {
  return parseJson(body, (scanner) => {
    let records: RecordToWrite[] | undefined;
    scanner.openObject("the body");
    for (let name = scanner.nextMember(true); name !== undefined; name = scanner.nextMember(false)) {
      if (name === "records" && records === undefined) records = parseRecords(scanner, formats);
      else skipUnknown(scanner, name, /^(key|value)_schema(_id)?$/, "the body", 'It has one, "records".');
    }
    if (records === undefined || records.length === 0) {
      throw wrongShape('The body has no records: it must be {"records":[{"value":…}, …]} with at least one.');
    }
    return records;
  });
}

/** Runs `parse` over `body`, which must be one JSON text in UTF-8, and turns what is wrong with it into a 422. */
export function parseJson<T>(body: Uint8Array, parse: (scanner: JsonScanner) => T): T {
  const byteOrderMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const scanner = new JsonScanner(body, byteOrderMark ? 3 : 0);
  try {
    const result = parse(scanner);
    scanner.end();
    if (scanner.nonAscii && !isUtf8(body)) throw notUtf8();
    return result;
  } catch (error) {
    if (error instanceof JsonError) {
      throw new ApiError(
        422,
        ApiErrorCode.NOT_JSON,
        `The body is not the JSON that is wanted. ${error.message}`,
      );
    }
    throw error;
  }
}

function notUtf8(): ApiError {
  return new ApiError(
    422,
    ApiErrorCode.NOT_JSON,
    "The body is not UTF-8, so it is not JSON: send it as UTF-8.",
  );
}

/** Passes a member that is not known: without a word if it is null and its name is one of `ignorable`. */
function skipUnknown(
  scanner: JsonScanner,
  name: string,
  ignorable: RegExp,
  where: string,
  known: string,
): void {
  if (ignorable.test(name)) {
    if (scanner.peek() === "null") return scanner.null();
    throw wrongShape(
      `"${name}" in ${where}: Milena has no schema registry. Leave it out, and send the encoded bytes as base64.`,
    );
  }
  const shown = JSON.stringify(name.slice(0, 100));
  throw wrongShape(`${shown} is not a member that ${where} may have, or it is there twice. ${known}`);
}

function parseRecords(scanner: JsonScanner, formats: Formats): RecordToWrite[] {
  const records: RecordToWrite[] = [];
  scanner.openArray('"records"');
  for (let first = true; scanner.nextElement(first); first = false) {
    records.push(parseRecord(scanner, formats, `records[${records.length}]`));
  }
  return records;
}

/** Members that a record read from Milena has, and that say nothing when it is written again. */
const READ_ONLY = new Set(["topic", "offset"]);

/** The record that comes next. `where` names it in errors: "records[0]". Throws a JsonError or an ApiError 422. */
export function parseRecord(scanner: JsonScanner, formats: Formats, where: string): RecordToWrite {
  let key: Uint8Array | undefined;
  let value: Uint8Array | undefined;
  let keyFormat: Format | undefined;
  let valueFormat: Format | undefined;
  let partition: number | undefined;
  let timestamp: number | undefined;
  let headers: HeaderToWrite[] | undefined;
  scanner.openObject(where);
  for (let name = scanner.nextMember(true); name !== undefined; name = scanner.nextMember(false)) {
    if (name === "value" && value === undefined) value = scanner.raw();
    else if (name === "key" && key === undefined) key = scanner.raw();
    else if (name === "value_format") {
      valueFormat = parseFormat(scanner, `${where}.value_format`, formats.value);
    } else if (name === "key_format") keyFormat = parseFormat(scanner, `${where}.key_format`, formats.key);
    else if (name === "partition") partition = optionalInteger(scanner, `${where}.partition`, MAX_PARTITION);
    else if (name === "timestamp") {
      timestamp = optionalInteger(scanner, `${where}.timestamp (ms)`, MAX_TIMESTAMP);
    } else if (name === "headers" && headers === undefined) {
      headers = parseHeaders(scanner, formats.header, `${where}.headers`);
    } else if (READ_ONLY.has(name)) scanner.skip();
    else {
      skipUnknown(
        scanner,
        name,
        /^(key|value)_schema(_id)?$/,
        where,
        "Known are key, value, key_format, value_format, partition, timestamp and headers.",
      );
    }
  }
  return {
    key: key === undefined ? null : bytesOf(key, keyFormat ?? formats.key, `${where}.key`),
    value: value === undefined ? null : bytesOf(value, valueFormat ?? formats.value, `${where}.value`),
    headers: headers ?? [],
    timestamp,
    partition,
  };
}

function parseFormat(scanner: JsonScanner, where: string, usual: Format): Format {
  if (scanner.peek() === "null") {
    scanner.null();
    return usual;
  }
  const format = scanner.string(where);
  if (!isFormat(format)) {
    throw wrongShape(
      `${where} must be "json", "text" or "base64", but is ${JSON.stringify(format.slice(0, 40))}.`,
    );
  }
  return format;
}

function optionalInteger(scanner: JsonScanner, what: string, max: number): number | undefined {
  if (scanner.peek() === "null") {
    scanner.null();
    return undefined;
  }
  return scanner.integer(what, 0, max);
}

function parseHeaders(scanner: JsonScanner, usual: "text" | "base64", where: string): HeaderToWrite[] {
  const headers: HeaderToWrite[] = [];
  if (scanner.peek() === "null") {
    scanner.null();
    return headers;
  }
  if (scanner.peek() === "object") {
    scanner.fail(`${where} must be an array, [{"key":"trace","value":"abc"}], as order and repeats count`);
  }
  scanner.openArray(where);
  for (let first = true; scanner.nextElement(first); first = false) {
    headers.push(parseHeader(scanner, usual, `${where}[${headers.length}]`));
  }
  return headers;
}

function parseHeader(scanner: JsonScanner, usual: "text" | "base64", where: string): HeaderToWrite {
  let key: string | undefined;
  let value: string | undefined;
  let format: Format | undefined;
  scanner.openObject(where);
  for (let name = scanner.nextMember(true); name !== undefined; name = scanner.nextMember(false)) {
    if ((name === "key" || name === "name") && key === undefined) key = scanner.string(`${where}.${name}`);
    else if (name === "value" && value === undefined) {
      if (scanner.peek() === "null") scanner.null();
      else value = scanner.string(`${where}.value`);
    } else if (name === "value_format") format = parseFormat(scanner, `${where}.value_format`, usual);
    else {throw wrongShape(
        `${
          JSON.stringify(name.slice(0, 100))
        } is not a member of ${where}, or it is there twice: it has key, value and value_format.`,
      );}
  }
  if (key === undefined) throw wrongShape(`${where} has no "key".`);
  if (!key.isWellFormed()) {
    throw wrongShape(`${where}.key has half of a surrogate pair in it, which no text has.`);
  }
  if (value === undefined) return { key, value: null };
  if (format === "json") throw wrongShape(`${where}.value_format must be "text" or "base64".`);
  const bytes = (format ?? usual) === "text"
    ? bytesOfText(value, `${where}.value`)
    : bytesOfBase64(value, `${where}.value`);
  return { key, value: bytes };
}
