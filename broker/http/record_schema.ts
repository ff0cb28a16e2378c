/**
 * The shape of a record that is read, for the OpenAPI document.
 * @module
 */
import * as v from "valibot";
import { FORMATS } from "./media_types.ts";

const whole = v.pipe(v.number(), v.integer());
const format = v.optional(v.picklist(FORMATS));

/** The formats stand beside what is not in the one that the media type has. */
export const Record = v.pipe(
  v.strictObject({
    topic: v.string(),
    key: v.unknown(),
    key_format: format,
    value: v.unknown(),
    value_format: format,
    partition: v.pipe(whole, v.minValue(0)),
    offset: v.pipe(whole, v.minValue(0)),
    timestamp: v.nullable(whole),
    headers: v.array(v.strictObject({
      key: v.string(),
      value: v.nullable(v.string()),
      value_format: format,
    })),
  }),
  v.title("Record"),
);

/** A line of a stream: a record, or what else it has to say. */
export const StreamLine = v.union([
  Record,
  v.strictObject({ gap: v.strictObject({ partition: whole, from: whole, to: whole }) }),
  v.strictObject({ end: v.strictObject({ scanned_records: whole, matched_records: whole }) }),
  v.strictObject({ error: v.strictObject({ error_code: whole, message: v.string() }) }),
  v.strictObject({
    progress: v.strictObject({
      partitions: v.array(v.strictObject({ partition: whole, offset: whole, end_offset: whole })),
      scanned_records: whole,
      matched_records: whole,
    }),
  }),
]);

export const Records = v.array(Record);
