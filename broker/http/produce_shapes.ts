/**
 * The shapes of what is written and answered, for the OpenAPI document. Bodies with records are read by scanners
 * (records_request.ts, v3_record.ts), which tell apart what a schema can't; a test holds both against the same examples.
 * @module
 */
import * as v from "valibot";
import { FORMATS } from "./media_types.ts";

const partition = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const timestamp = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const format = v.picklist(FORMATS);

/** A header of a record: `key` or, as v3 has it, `name`. */
const headerMembers = {
  value: v.nullish(v.string()),
  value_format: v.nullish(v.picklist(["text", "base64"])),
};
const header = v.union([
  v.strictObject({ key: v.string(), ...headerMembers }),
  v.strictObject({ name: v.string(), ...headerMembers }),
]);

/** Members of other proxies that mean something only with a schema registry. */
const schemaMembers = {
  key_schema: v.nullish(v.null()),
  key_schema_id: v.nullish(v.null()),
  value_schema: v.nullish(v.null()),
  value_schema_id: v.nullish(v.null()),
};

/** A record to be written: how key and value stand in JSON depends on the media type, unless the record says. */
export const recordShape = v.strictObject({
  key: v.optional(v.unknown()),
  value: v.optional(v.unknown()),
  key_format: v.nullish(format),
  value_format: v.nullish(format),
  partition: v.nullish(partition),
  timestamp: v.nullish(timestamp),
  headers: v.nullish(v.array(header)),
  topic: v.optional(v.unknown()),
  offset: v.optional(v.unknown()),
  ...schemaMembers,
});

export const recordsShape = v.strictObject({
  records: v.pipe(v.array(recordShape), v.minLength(1)),
  ...schemaMembers,
});

export const durabilityShape = v.picklist(["page-cache", "disk", "unknown"]);
const offset = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));

/** Of `POST /topics/{topic}`: one element for each record, in order. */
export const offsetsShape = v.strictObject({
  offsets: v.array(v.strictObject({
    partition,
    offset,
    error_code: v.nullable(v.picklist([1, 2])),
    error: v.nullable(v.string()),
  })),
  key_schema_id: v.null(),
  value_schema_id: v.null(),
  durability: durabilityShape,
});

/** Of `POST /topics/{topic}/records`. */
export const placeShape = v.strictObject({
  topic: v.string(),
  partition,
  offset,
  timestamp,
  durability: durabilityShape,
});

/** What was written of a body in lines. */
export const linesShape = v.strictObject({
  topic: v.string(),
  written: v.pipe(v.number(), v.integer(), v.minValue(0)),
  partitions: v.array(v.strictObject({
    partition,
    records: v.pipe(v.number(), v.integer(), v.minValue(1)),
    first_offset: offset,
    last_offset: offset,
  })),
  durability: durabilityShape,
});

/** What became of one line. */
export const lineReportShape = v.strictObject({
  line: v.pipe(v.number(), v.integer(), v.minValue(1)),
  partition,
  offset,
});
