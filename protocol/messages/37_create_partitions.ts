/**
 * CreatePartitions (key 37): adds partitions to topics (KIP-195). `count` is how many there are to be in the end;
 * `assignments` has one entry for each that is added, or is null.
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: flexible (KIP-482)
 *  - 3: THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599)
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
