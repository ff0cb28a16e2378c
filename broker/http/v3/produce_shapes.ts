/**
 * The shapes of records and reports in the v3 API, for the OpenAPI document. What is read is held to them by
 * produced_record.ts; a test compares the two.
 * @module
 */
import * as v from "valibot";
import { durabilityShape } from "../produce_shapes.ts";

const partition = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const offset = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));
const dataType = v.picklist(["BINARY", "JSON", "STRING"]);

/** Members that mean something only with a schema registry. */
const schemaMembers = {
  subject: v.nullish(v.null()),
  subject_name_strategy: v.nullish(v.null()),
  schema: v.nullish(v.null()),
  schema_id: v.nullish(v.null()),
  schema_version: v.nullish(v.null()),
};

const datum = v.nullable(v.union([
  v.strictObject({ type: v.literal("JSON"), data: v.optional(v.unknown()), ...schemaMembers }),
  v.strictObject({ type: v.picklist(["BINARY", "STRING"]), data: v.nullish(v.string()), ...schemaMembers }),
  v.strictObject({ type: v.nullish(v.null()), data: v.nullish(v.null()), ...schemaMembers }),
]));

const members = {
  partition_id: v.nullish(partition),
  headers: v.nullish(v.array(v.strictObject({ name: v.string(), value: v.nullish(v.string()) }))),
  key: v.optional(datum),
  value: v.optional(datum),
  timestamp: v.nullish(v.string()),
};

export const producedRecordShape = v.pipe(v.strictObject(members), v.title("ProduceRequest"));

export const produceBatchShape = v.pipe(
  v.strictObject({
    entries: v.pipe(
      v.array(v.strictObject({ id: v.pipe(v.string(), v.minLength(1), v.maxLength(80)), ...members })),
      v.minLength(1),
    ),
  }),
  v.title("ProduceBatchRequest"),
);

const datumReport = v.strictObject({
  type: dataType,
  size: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

const place = {
  cluster_id: v.string(),
  topic_name: v.string(),
  partition_id: partition,
  offset,
  timestamp: v.string(),
  key: v.optional(datumReport),
  value: v.optional(datumReport),
  durability: durabilityShape,
};

const failure = { error_code: v.pipe(v.number(), v.integer()), message: v.string() };

/** One of the reports that stand one after the other in the answer. */
export const produceReportShape = v.pipe(
  v.union([v.strictObject({ error_code: v.literal(200), ...place }), v.strictObject(failure)]),
  v.title("ProduceResponse"),
);

export const produceBatchReportShape = v.pipe(
  v.strictObject({
    successes: v.array(v.strictObject({ id: v.string(), ...place })),
    failures: v.array(v.strictObject({ id: v.string(), ...failure })),
  }),
  v.title("ProduceBatchResponse"),
);
