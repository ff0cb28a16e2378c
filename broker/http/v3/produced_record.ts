/**
 * A record as the v3 API has it:
 * `{"partition_id","headers":[{"name","value"}],"key":{"type","data"},"value":{"type","data"},"timestamp"}`.
 *
 * What must be true: data of type JSON is stored as it was sent, less the white space between tokens; whatever else the
 * record says is taken or refused, never passed over.
 * @module
 */
import { wrongShape } from "../api_error.ts";
import type { JsonScanner } from "../json_scanner.ts";
import { bytesOfBase64, bytesOfText } from "../record_formats.ts";
import { type HeaderToWrite, parseJson, type RecordToWrite } from "../records_request.ts";

export type DataType = "BINARY" | "JSON" | "STRING";

export interface ProducedRecord {
  readonly record: RecordToWrite;
  /** undefined: it has none. */
  readonly keyType: DataType | undefined;
  readonly valueType: DataType | undefined;
}

/** Members by name, each as it was sent, less white space. */
export type Members = Map<string, Uint8Array>;

const TYPES: ReadonlySet<string> = new Set<DataType>(["BINARY", "JSON", "STRING"]);
const SCHEMA_TYPES: ReadonlySet<string> = new Set(["AVRO", "JSONSCHEMA", "PROTOBUF"]);
const SCHEMA_MEMBERS: ReadonlySet<string> = new Set([
  "subject",
  "subject_name_strategy",
  "schema",
  "schema_id",
  "schema_version",
]);
const MAX_PARTITION = 2 ** 31 - 1;
/** Jackson, behind Confluent's API, reads the same: seconds may be left out, the zone may not. */
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Throws an ApiError 422 if `bytes` are not one JSON object. */
export function membersOf(bytes: Uint8Array, what: string): Members {
  return parseJson(bytes, (scanner) => membersIn(scanner, what));
}

/** The members of the object that comes next. Throws a JsonError or an ApiError 422. */
export function membersIn(scanner: JsonScanner, what: string): Members {
  const members: Members = new Map();
  scanner.openObject(what);
  for (let name = scanner.nextMember(true); name !== undefined; name = scanner.nextMember(false)) {
    if (members.has(name)) throw wrongShape(`${shown(name)} is there twice in ${what}.`);
    members.set(name, scanner.raw());
  }
  return members;
}

/** The record that `members` say. Throws an ApiError 422 that names the member. */
export function producedRecord(members: Members): ProducedRecord {
  let partition: number | undefined;
  let timestamp: number | undefined;
  let headers: HeaderToWrite[] = [];
  let key: Datum | undefined;
  let value: Datum | undefined;
  for (const [name, raw] of members) {
    if (name === "partition_id") partition = partitionIn(raw);
    else if (name === "timestamp") timestamp = timeIn(raw);
    else if (name === "headers") headers = headersIn(raw);
    else if (name === "key") key = datumIn(raw, "key");
    else if (name === "value") value = datumIn(raw, "value");
    else {
      throw wrongShape(
        `${
          shown(name)
        } is not a member that a record may have: known are partition_id, headers, key, value and timestamp.`,
      );
    }
  }
  return {
    record: { key: key?.bytes ?? null, value: value?.bytes ?? null, headers, timestamp, partition },
    keyType: key?.type,
    valueType: value?.type,
  };
}

interface Datum {
  readonly type: DataType;
  readonly bytes: Uint8Array | null;
}

/** `{"type","data"}`; undefined for null, or without data. */
function datumIn(raw: Uint8Array, where: string): Datum | undefined {
  if (isNull(raw)) return undefined;
  const members = membersOf(raw, where);
  let type: string | undefined;
  for (const [name, member] of members) {
    if (name === "type") type = isNull(member) ? undefined : textIn(member, `${where}.type`);
    else if (SCHEMA_MEMBERS.has(name) && !isNull(member)) throw needsRegistry(`${where}.${name}`);
    else if (name !== "data" && !SCHEMA_MEMBERS.has(name)) {
      throw wrongShape(`${shown(name)} is not a member that ${where} may have: it has type and data.`);
    }
  }
  const data = members.get("data");
  if (type !== undefined && SCHEMA_TYPES.has(type)) throw needsRegistry(`${where}.type ${type}`);
  if (type !== undefined && !TYPES.has(type)) {
    throw wrongShape(`${where}.type must be "BINARY", "JSON" or "STRING", but is ${shown(type)}.`);
  }
  const hasData = data !== undefined && !isNull(data);
  if (type === undefined) {
    if (!hasData) return undefined;
    throw wrongShape(`${where} has no type: say "BINARY" (base64), "JSON" or "STRING".`);
  }
  return { type: type as DataType, bytes: hasData ? bytesIn(data, type as DataType, `${where}.data`) : null };
}

function bytesIn(raw: Uint8Array, type: DataType, where: string): Uint8Array {
  if (type === "JSON") return raw;
  const text = textIn(raw, where, ` where its type is "${type}"; for any JSON say "type":"JSON"`);
  return type === "STRING"
    ? bytesOfText(text, where)
    : bytesOfBase64(text, where, 'for plain text say "type":"STRING".');
}

function headersIn(raw: Uint8Array): HeaderToWrite[] {
  const headers: HeaderToWrite[] = [];
  if (isNull(raw)) return headers;
  const each = parseJson(raw, (scanner) => {
    const all: Members[] = [];
    scanner.openArray("headers");
    for (let first = true; scanner.nextElement(first); first = false) {
      all.push(membersIn(scanner, `headers[${all.length}]`));
    }
    return all;
  });
  for (const members of each) headers.push(headerIn(members, `headers[${headers.length}]`));
  return headers;
}

function headerIn(members: Members, where: string): HeaderToWrite {
  for (const name of members.keys()) {
    if (name !== "name" && name !== "value") {
      throw wrongShape(`${shown(name)} is not a member of ${where}: it has name, and value in base64.`);
    }
  }
  const name = members.get("name");
  if (name === undefined) throw wrongShape(`${where} has no "name".`);
  const key = textIn(name, `${where}.name`);
  if (!key.isWellFormed()) {
    throw wrongShape(`${where}.name has half of a surrogate pair in it, which no text has.`);
  }
  const value = members.get("value");
  return {
    key,
    value: value === undefined || isNull(value) ? null : bytesOfBase64(
      textIn(value, `${where}.value`),
      `${where}.value`,
      "header values are always base64 here.",
    ),
  };
}

function partitionIn(raw: Uint8Array): number | undefined {
  if (isNull(raw)) return undefined;
  const partition: unknown = JSON.parse(decoder.decode(raw));
  if (Number.isInteger(partition) && partition as number >= 0 && partition as number <= MAX_PARTITION) {
    return partition as number;
  }
  throw wrongShape(`partition_id must be a whole number from 0 to ${MAX_PARTITION}.`);
}

function timeIn(raw: Uint8Array): number | undefined {
  if (isNull(raw)) return undefined;
  const text = textIn(raw, "timestamp", ', as "2026-01-31T23:59:59.999Z"');
  const time = ISO_TIME.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : NaN;
  if (time >= 0) return time;
  throw wrongShape(
    `timestamp must be a time since 1970 in ISO 8601, as "2026-01-31T23:59:59.999Z", but is ${shown(text)}.`,
  );
}

/** `Date.parse` takes February 30 for March 2. */
function isDay(date: string): boolean {
  const time = Date.parse(date);
  return Number.isFinite(time) && new Date(time).toISOString().startsWith(date);
}

function textIn(raw: Uint8Array, where: string, otherwise = ""): string {
  if (raw[0] !== 0x22) throw wrongShape(`${where} must be a string${otherwise}.`);
  return JSON.parse(decoder.decode(raw)) as string;
}

function isNull(raw: Uint8Array): boolean {
  return raw.length === 4 && raw[0] === 0x6e && raw[1] === 0x75;
}

function needsRegistry(what: string): Error {
  return wrongShape(
    `${what}: Milena has no schema registry. Leave it out, and send the encoded bytes as "type":"BINARY" (base64).`,
  );
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? text.slice(0, 100) + "…" : text);
}
