/**
 * The shape of a record that is read, for the OpenAPI document.
 * @module
 */
import * as v from "valibot";

const format = v.optional(v.picklist(["json", "text", "base64"]));

export const Record = v.object({
  topic: v.string(),
  partition: v.number(),
  offset: v.number(),
  timestamp: v.nullable(v.number()),
  key: v.unknown(),
  key_format: format,
  value: v.unknown(),
  value_format: format,
  headers: v.array(v.object({ key: v.string(), value: v.nullable(v.string()), value_format: format })),
});

export const Records = v.array(Record);
