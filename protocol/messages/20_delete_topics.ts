/**
 * DeleteTopics (key 20): delete topics with all they hold.
 *
 * Versions. Request and response have the same number.
 *  - 1: throttle time in the answer (KIP-124; 0 is refused by Kafka 4, KIP-896)
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: TOPIC_DELETION_DISABLED may be answered (KIP-322)
 *  - 4: flexible (KIP-482)
 *  - 5: an error message; THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599)
 *  - 6: `topics`, by name or by id, takes the place of `topicNames`; answers tell the id (KIP-516)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DeleteTopicsRequest = message({
  name: "DeleteTopicsRequest",
  apiKey: 20,
  type: "request",
  versions: { min: 1, max: 6 },
  flexibleFrom: 4,
}, {
  topics: field.array({ of: "DeleteTopicState", since: 6 }, {
    name: field.string({ since: 6, nullable: 6, default: null }),
    topicId: field.uuid({ since: 6 }),
  }),
  topicNames: field.array({ of: "string", until: 5, ignorable: true }),
  timeoutMs: field.int32(),
});
export type DeleteTopicsRequest = MessageOf<typeof DeleteTopicsRequest>;

export const DeleteTopicsResponse = message({
  name: "DeleteTopicsResponse",
  apiKey: 20,
  type: "response",
  versions: { min: 1, max: 6 },
  flexibleFrom: 4,
}, {
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  responses: field.array({ of: "DeletableTopicResult" }, {
    name: field.string({ nullable: 6 }),
    topicId: field.uuid({ since: 6, ignorable: true }),
    errorCode: field.int16(),
    errorMessage: field.string({ since: 5, nullable: 5, default: null, ignorable: true }),
  }),
});
export type DeleteTopicsResponse = MessageOf<typeof DeleteTopicsResponse>;
