/**
 * CreateTopics (key 19): make topics, or with `validateOnly` say whether they could be made.
 *
 * `numPartitions` and `replicationFactor` of -1 ask for the broker's defaults (from version 4 on), and must be -1
 * where `assignments` say which broker gets which replica.
 *
 * Versions. Request and response have the same number.
 *  - 2: throttle time in the answer (0 and 1 are refused by Kafka 4, KIP-896)
 *  - 3: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 4: the broker's defaults may be asked for (KIP-464)
 *  - 5: flexible (KIP-482); answers tell partitions, replicas and settings of the new topic (KIP-525)
 *  - 6: THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599)
 *  - 7: answers tell the topic's id (KIP-516)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const CreateTopicsRequest = message({
  name: "CreateTopicsRequest",
  apiKey: 19,
  type: "request",
  versions: { min: 2, max: 7 },
  flexibleFrom: 5,
}, {
  topics: field.array({ of: "CreatableTopic" }, {
    name: field.string(),
    numPartitions: field.int32(),
    replicationFactor: field.int16(),
    assignments: field.array({ of: "CreatableReplicaAssignment" }, {
      partitionIndex: field.int32(),
      brokerIds: field.array({ of: "int32" }),
    }),
    configs: field.array({ of: "CreatableTopicConfig" }, {
      name: field.string(),
      value: field.string({ nullable: 0 }),
    }),
  }),
  timeoutMs: field.int32({ default: 60_000 }),
  validateOnly: field.bool({ since: 1, default: false }),
});
export type CreateTopicsRequest = MessageOf<typeof CreateTopicsRequest>;

export const CreateTopicsResponse = message({
  name: "CreateTopicsResponse",
  apiKey: 19,
  type: "response",
  versions: { min: 2, max: 7 },
  flexibleFrom: 5,
}, {
  throttleTimeMs: field.int32({ since: 2, ignorable: true }),
  topics: field.array({ of: "CreatableTopicResult" }, {
    name: field.string(),
    topicId: field.uuid({ since: 7, ignorable: true }),
    errorCode: field.int16(),
    errorMessage: field.string({ since: 1, nullable: 0, ignorable: true }),
    topicConfigErrorCode: field.int16({ since: 5, tag: 0, ignorable: true }),
    numPartitions: field.int32({ since: 5, default: -1, ignorable: true }),
    replicationFactor: field.int16({ since: 5, default: -1, ignorable: true }),
    configs: field.array({ of: "CreatableTopicConfigs", since: 5, nullable: 5, ignorable: true }, {
      name: field.string({ since: 5 }),
      value: field.string({ since: 5, nullable: 5 }),
      readOnly: field.bool({ since: 5 }),
      configSource: field.int8({ since: 5, default: -1, ignorable: true }),
      isSensitive: field.bool({ since: 5 }),
    }),
  }),
});
export type CreateTopicsResponse = MessageOf<typeof CreateTopicsResponse>;
