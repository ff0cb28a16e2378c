/**
 * ElectLeaders (key 43): asks for an election of partitions' leaders (KIP-183). null: of all partitions.
 *
 * Versions. Request and response have the same number.
 *  - 0: the preferred replica
 *  - 1: `electionType` 0 is the preferred replica, 1 an unclean election (KIP-460); an error for the whole answer
 *  - 2: flexible (KIP-482)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ElectLeadersRequest = message({
  name: "ElectLeadersRequest",
  apiKey: 43,
  type: "request",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  electionType: field.int8({ since: 1 }),
  topicPartitions: field.array({ of: "TopicPartitions", nullable: 0 }, {
    topic: field.string(),
    partitions: field.array({ of: "int32" }),
  }),
  timeoutMs: field.int32({ default: 60000 }),
});
export type ElectLeadersRequest = MessageOf<typeof ElectLeadersRequest>;

export const ElectLeadersResponse = message({
  name: "ElectLeadersResponse",
  apiKey: 43,
  type: "response",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16({ since: 1, ignorable: true }),
  replicaElectionResults: field.array({ of: "ReplicaElectionResult" }, {
    topic: field.string(),
    partitionResult: field.array({ of: "PartitionResult" }, {
      partitionId: field.int32(),
      errorCode: field.int16(),
      errorMessage: field.string({ nullable: 0 }),
    }),
  }),
});
export type ElectLeadersResponse = MessageOf<typeof ElectLeadersResponse>;
