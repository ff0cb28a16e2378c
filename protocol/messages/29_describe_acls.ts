/**
 * DescribeAcls (key 29): the access rules that fit a filter (KIP-140). null, and 1 for the kinds, fit all.
 *
 * Versions. Request and response have the same number.
 *  - 1: kinds of resource patterns (KIP-290)
 *  - 2: flexible (KIP-482)
 *  - 3: users as resources (KIP-373)
 *
 * 0 is gone with Kafka 4 (KIP-896).
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DescribeAclsRequest = message({
  name: "DescribeAclsRequest",
  apiKey: 29,
  type: "request",
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
}, {
  resourceTypeFilter: field.int8(),
  resourceNameFilter: field.string({ nullable: 0 }),
  patternTypeFilter: field.int8({ since: 1, default: 3 }),
  principalFilter: field.string({ nullable: 0 }),
  hostFilter: field.string({ nullable: 0 }),
  operation: field.int8(),
  permissionType: field.int8(),
});
export type DescribeAclsRequest = MessageOf<typeof DescribeAclsRequest>;

export const DescribeAclsResponse = message({
  name: "DescribeAclsResponse",
  apiKey: 29,
  type: "response",
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  errorMessage: field.string({ nullable: 0 }),
  resources: field.array({ of: "DescribeAclsResource" }, {
    resourceType: field.int8(),
    resourceName: field.string(),
    patternType: field.int8({ since: 1, default: 3 }),
    acls: field.array({ of: "AclDescription" }, {
      principal: field.string(),
      host: field.string(),
      operation: field.int8(),
      permissionType: field.int8(),
    }),
  }),
});
export type DescribeAclsResponse = MessageOf<typeof DescribeAclsResponse>;
