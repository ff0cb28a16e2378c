/**
 * Metadata (key 3): which brokers there are, which topics, and who leads their partitions.
 *
 * `topics` null asks for all topics; an empty list asks for none (in version 0 it asks for all). A topic that is
 * missing may be created by this request if both sides allow it.
 *
 * Versions. Request and response have the same number.
 *  -  1: null for all topics; rack, controller, internal topics
 *  -  2: cluster id (KIP-78)
 *  -  3: throttle time (KIP-124)
 *  -  4: whether a missing topic may be created (KIP-204)
 *  -  5: replicas that are offline (KIP-112)
 *  -  6: a throttled answer comes at once, and the client waits (KIP-219)
 *  -  7: leader epoch (KIP-320)
 *  -  8: what the client may do, if it asks (KIP-430)
 *  -  9: flexible (KIP-482)
 *  - 10: topic ids in the answer (KIP-516)
 *  - 11: what may be done with the cluster is asked with DescribeCluster now (KIP-700)
 *  - 12: topics may be asked for by id, with a null name (KIP-516)
 *  - 13: an error for the whole answer, REBOOTSTRAP_REQUIRED (KIP-1102)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

/** "Not asked for": the set of allowed operations that nobody has computed. */
const OPERATIONS_UNKNOWN = -2147483648;

export const MetadataRequest = message({
  name: "MetadataRequest",
  apiKey: 3,
  type: "request",
  versions: { min: 0, max: 13 },
  flexibleFrom: 9,
}, {
  topics: field.array({ of: "MetadataRequestTopic", nullable: 1 }, {
    topicId: field.uuid({ since: 10, ignorable: true }),
    name: field.string({ nullable: 10 }),
  }),
  allowAutoTopicCreation: field.bool({ since: 4, default: true }),
  includeClusterAuthorizedOperations: field.bool({ since: 8, until: 10 }),
  includeTopicAuthorizedOperations: field.bool({ since: 8 }),
});
export type MetadataRequest = MessageOf<typeof MetadataRequest>;

export const MetadataResponse = message({
  name: "MetadataResponse",
  apiKey: 3,
  type: "response",
  versions: { min: 0, max: 13 },
  flexibleFrom: 9,
}, {
  throttleTimeMs: field.int32({ since: 3, ignorable: true }),
  brokers: field.array({ of: "MetadataResponseBroker" }, {
    nodeId: field.int32(),
    host: field.string(),
    port: field.int32(),
    rack: field.string({ since: 1, nullable: 1, default: null, ignorable: true }),
  }),
  clusterId: field.string({ since: 2, nullable: 2, default: null, ignorable: true }),
  controllerId: field.int32({ since: 1, default: -1, ignorable: true }),
  topics: field.array({ of: "MetadataResponseTopic" }, {
    errorCode: field.int16(),
    name: field.string({ nullable: 12 }),
    topicId: field.uuid({ since: 10, ignorable: true }),
    isInternal: field.bool({ since: 1, default: false, ignorable: true }),
    partitions: field.array({ of: "MetadataResponsePartition" }, {
      errorCode: field.int16(),
      partitionIndex: field.int32(),
      leaderId: field.int32(),
      leaderEpoch: field.int32({ since: 7, default: -1, ignorable: true }),
      replicaNodes: field.array({ of: "int32" }),
      isrNodes: field.array({ of: "int32" }),
      offlineReplicas: field.array({ of: "int32", since: 5, ignorable: true }),
    }),
    topicAuthorizedOperations: field.int32({ since: 8, default: OPERATIONS_UNKNOWN }),
  }),
  clusterAuthorizedOperations: field.int32({ since: 8, until: 10, default: OPERATIONS_UNKNOWN }),
  errorCode: field.int16({ since: 13, ignorable: true }),
});
export type MetadataResponse = MessageOf<typeof MetadataResponse>;
