/**
 * CreatePartitions (key 37).
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const CreatePartitionsRequest = message({
  name: "CreatePartitionsRequest",
  apiKey: 37,
  type: "request",
  versions: { min: 0, max: 3 },
  flexibleFrom: 2,
}, {
  topics: field.array({ of: "CreatePartitionsTopic" }, {
    name: field.string(),
    count: field.int32(),
    assignments: field.array({ of: "CreatePartitionsAssignment", nullable: 0 }, {
      brokerIds: field.array({ of: "int32" }),
    }),
  }),
  timeoutMs: field.int32(),
  validateOnly: field.bool(),
});
export type CreatePartitionsRequest = MessageOf<typeof CreatePartitionsRequest>;

export const CreatePartitionsResponse = message({
  name: "CreatePartitionsResponse",
  apiKey: 37,
  type: "response",
  versions: { min: 0, max: 3 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  results: field.array({ of: "CreatePartitionsTopicResult" }, {
    name: field.string(),
    errorCode: field.int16(),
    errorMessage: field.string({ nullable: 0, default: null }),
  }),
});
export type CreatePartitionsResponse = MessageOf<typeof CreatePartitionsResponse>;
