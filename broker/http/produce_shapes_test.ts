/**
 * Scanners read records, schemas describe them in the OpenAPI document: both must take and refuse the same.
 * @module
 */
import assert from "node:assert/strict";
import { type GenericSchema, safeParse } from "valibot";
import { ApiError } from "./api_error.ts";
import { formatsOfBody, linesOfBody } from "./media_types.ts";
import { recordShape, recordsShape } from "./produce_shapes.ts";
import { lineReader } from "./record_lines.ts";
import { parseRecordsRequest } from "./records_request.ts";
import { produceBatchShape, producedRecordShape } from "./v3/produce_shapes.ts";
import { membersOf, producedRecord } from "./v3/produced_record.ts";

const encoder = new TextEncoder();

/** Values that a member of a record may or may not have, tried one at a time. */
const CANDIDATES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31 - 1,
  2 ** 31,
  Number.MAX_SAFE_INTEGER,
  1e300,
  "",
  "text",
  "json",
  "base64",
  "STRING",
  "2026-01-31T23:59:59Z",
  [],
  [null],
  [{}],
  [{ key: "k" }],
  [{ key: "k", value: null }],
  [{ key: "k", value: "dmFsdWU=" }],
  [{ name: "k", value: "dmFsdWU=" }],
  [{ key: 1, value: "dmFsdWU=" }],
  [{ key: "k", value: 1 }],
  [{ key: "k", value: "dmFsdWU=", value_format: "text" }],
  [{ key: "k", value: "dmFsdWU=", value_format: "json" }],
  [{ key: "k", value: "dmFsdWU=", more: 1 }],
  [{ key: "k", name: "k", value: "dmFsdWU=" }],
  {},
  { type: "STRING", data: "x" },
  { type: "BINARY", data: "dmFsdWU=" },
  { type: "BINARY", data: 1 },
  { type: "JSON", data: { deep: [1] } },
  { type: "JSON" },
  { type: "AVRO", data: "x" },
  { type: "string", data: "x" },
  { type: null, data: null },
  { data: "x" },
  { data: null },
  { type: "STRING", data: "x", schema_id: 1 },
  { type: "STRING", data: "x", schema_id: null },
  { type: "STRING", data: "x", more: null },
];

function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) return false;
    throw error;
  }
}

/** Both judge each of `bodies` alike, but for those that `onlyRefused` picks out: no schema can say what is wrong there. */
function compare(
  schema: GenericSchema,
  read: (body: Uint8Array) => unknown,
  bodies: Iterable<unknown>,
  onlyRefused: (body: unknown) => boolean = () => false,
): void {
  let taken = 0;
  let refused = 0;
  for (const body of bodies) {
    const text = JSON.stringify(body);
    const byScanner = accepts(() => read(encoder.encode(text)));
    const bySchema = safeParse(schema, body).success;
    if (onlyRefused(body)) {
      assert.deepEqual([byScanner, bySchema], [false, true], text);
      continue;
    }
    assert.equal(byScanner, bySchema, `${text}: the scanner ${byScanner ? "takes" : "refuses"} it`);
    if (byScanner) taken++;
    else refused++;
  }
  assert.ok(taken > 10 && refused > 10, `${taken} taken, ${refused} refused`);
}

function* records(members: readonly string[]): Generator<Record<string, unknown>> {
  for (const member of [...members, "unknown"]) {
    for (const candidate of CANDIDATES) yield { [member]: candidate };
  }
  yield {};
}

const V2_MEMBERS = [
  "value",
  "key_format",
  "value_format",
  "partition",
  "timestamp",
  "headers",
  "topic",
  "offset",
  "key_schema",
  "value_schema_id",
];
const V3_MEMBERS = ["partition_id", "headers", "key", "value", "timestamp"];

Deno.test("recordShape and the reader of lines judge records alike", () => {
  const read = lineReader(linesOfBody("application/x-ndjson", undefined)!);
  compare(recordShape, read, records(V2_MEMBERS));
});

Deno.test("recordsShape and parseRecordsRequest() judge bodies alike", () => {
  const formats = formatsOfBody("application/json");
  compare(recordsShape, (body) => parseRecordsRequest(body, formats), [
    ...[...records(V2_MEMBERS)].map((record) => ({ records: [{ value: 1 }, record] })),
    ...CANDIDATES.map((candidate) => ({ records: candidate })),
    ...CANDIDATES.map((candidate) => ({ records: [{}], key_schema: candidate })),
    ...CANDIDATES.map((candidate) => ({ records: [{}], more: candidate })),
    ...CANDIDATES,
  ], (body) => {
    const { records } = (body ?? {}) as { records?: { key?: unknown }[] };
    return Array.isArray(records) && records[0]?.key === 1; // a key is text in this type
  });
});

Deno.test("recordsShape says nothing of keys and values, which the media type, or the record, makes text or base64", () => {
  const formats = formatsOfBody("application/vnd.kafka.binary.v2+json");
  for (const value of [1, "?", {}]) {
    const body = { records: [{ value }] };
    assert.ok(safeParse(recordsShape, body).success);
    assert.ok(!accepts(() => parseRecordsRequest(encoder.encode(JSON.stringify(body)), formats)));
  }
});

/** What the text of a time must be the schema does not say; and arrays are objects to valibot, though not to JSON Schema. */
function isRefusedByScanner(record: unknown): boolean {
  const { timestamp, key, value } = record as Record<string, unknown>;
  return (typeof timestamp === "string" && timestamp !== "2026-01-31T23:59:59Z") ||
    (Array.isArray(key) && key.length === 0) || (Array.isArray(value) && value.length === 0);
}

Deno.test("producedRecordShape and producedRecord() judge records of v3 alike", () => {
  compare(
    producedRecordShape,
    (body) => producedRecord(membersOf(body, "a record")),
    records(V3_MEMBERS),
    isRefusedByScanner,
  );
});

Deno.test("produceBatchShape has the entries of a batch, each with its id", () => {
  const taken = [[{ id: "a" }, { id: "b", value: { type: "STRING", data: "x" } }], [{ id: "x".repeat(80) }]];
  const refused = [[], [{}], [{ id: "" }], [{ id: "x".repeat(81) }], [{ id: 1 }], [{ id: "a", more: 1 }]];
  for (const entries of taken) assert.ok(safeParse(produceBatchShape, { entries }).success);
  for (const entries of refused) assert.ok(!safeParse(produceBatchShape, { entries }).success);
});
