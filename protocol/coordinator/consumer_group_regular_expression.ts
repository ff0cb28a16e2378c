/**
 * The record of a regular expression that members of a consumer group subscribe to (key version 16): the topics it was found to
 * match, when, and in which version of the metadata.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const CONSUMER_GROUP_REGULAR_EXPRESSION = 16;

export const ConsumerGroupRegularExpressionKey = message({
  name: "ConsumerGroupRegularExpressionKey",
  apiKey: -1,
  type: "data",
  versions: { min: CONSUMER_GROUP_REGULAR_EXPRESSION, max: CONSUMER_GROUP_REGULAR_EXPRESSION },
  flexibleFrom: Infinity,
}, {
  groupId: field.string(),
  regularExpression: field.string(),
});

export const ConsumerGroupRegularExpressionValue = message({
  name: "ConsumerGroupRegularExpressionValue",
  apiKey: -1,
  type: "data",
  versions: { min: 0, max: 0 },
  flexibleFrom: 0,
}, {
  topics: field.array({ of: "string" }),
  version: field.int64(),
  timestamp: field.int64(),
});
export type ConsumerGroupRegularExpressionValue = MessageOf<typeof ConsumerGroupRegularExpressionValue>;
