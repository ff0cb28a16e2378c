/**
 * OffsetDelete (key 47): forget how far a consumer group has come in partitions (KIP-496).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const OffsetDeleteRequest = message({
  name: "OffsetDeleteRequest",
  apiKey: 47,
  type: "request",
  versions: { min: 0, max: 0 },
  flexibleFrom: Infinity,
}, {
  groupId: field.string(),
  topics: field.array({ of: "OffsetDeleteRequestTopic" }, {
    name: field.string(),
    partitions: field.array({ of: "OffsetDeleteRequestPartition" }, {
      partitionIndex: field.int32(),
    }),
  }),
});
export type OffsetDeleteRequest = MessageOf<typeof OffsetDeleteRequest>;

export const OffsetDeleteResponse = message({
  name: "OffsetDeleteResponse",
  apiKey: 47,
  type: "response",
  versions: { min: 0, max: 0 },
  flexibleFrom: Infinity,
}, {
  errorCode: field.int16(),
  throttleTimeMs: field.int32(),
  topics: field.array({ of: "OffsetDeleteResponseTopic" }, {
    name: field.string(),
    partitions: field.array({ of: "OffsetDeleteResponsePartition" }, {
      partitionIndex: field.int32(),
      errorCode: field.int16(),
    }),
  }),
});
export type OffsetDeleteResponse = MessageOf<typeof OffsetDeleteResponse>;
