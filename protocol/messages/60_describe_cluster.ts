/**
 * DescribeCluster (key 60): the cluster's id, its controller and its brokers (KIP-700).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning, flexible
 *  - 1: brokers (1) or controllers (2) may be asked for (KIP-919)
 *  - 2: brokers that are registered but fenced may be included (KIP-1073)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

/** "Not asked for": the set of allowed operations that nobody has computed. */
const OPERATIONS_UNKNOWN = -2147483648;

export const DescribeClusterRequest = message({
  name: "DescribeClusterRequest",
  apiKey: 60,
  type: "request",
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
}, {
  includeClusterAuthorizedOperations: field.bool(),
  endpointType: field.int8({ since: 1, default: 1 }),
  includeFencedBrokers: field.bool({ since: 2 }),
});
export type DescribeClusterRequest = MessageOf<typeof DescribeClusterRequest>;

export const DescribeClusterResponse = message({
  name: "DescribeClusterResponse",
  apiKey: 60,
  type: "response",
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  errorMessage: field.string({ nullable: 0, default: null }),
  endpointType: field.int8({ since: 1, default: 1 }),
  clusterId: field.string(),
  controllerId: field.int32({ default: -1 }),
  brokers: field.array({ of: "DescribeClusterBroker" }, {
    brokerId: field.int32(),
    host: field.string(),
    port: field.int32(),
    rack: field.string({ nullable: 0, default: null }),
    isFenced: field.bool({ since: 2 }),
  }),
  clusterAuthorizedOperations: field.int32({ default: OPERATIONS_UNKNOWN }),
});
export type DescribeClusterResponse = MessageOf<typeof DescribeClusterResponse>;
