/**
 * DeleteAcls (key 31): removes the access rules that fit filters, and tells which they were (KIP-140).
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

export const DeleteAclsRequest = message({
  name: "DeleteAclsRequest",
  apiKey: 31,
  type: "request",
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
}, {
  filters: field.array({ of: "DeleteAclsFilter" }, {
    resourceTypeFilter: field.int8(),
    resourceNameFilter: field.string({ nullable: 0 }),
    patternTypeFilter: field.int8({ since: 1, default: 3 }),
    principalFilter: field.string({ nullable: 0 }),
    hostFilter: field.string({ nullable: 0 }),
    operation: field.int8(),
    permissionType: field.int8(),
  }),
});
export type DeleteAclsRequest = MessageOf<typeof DeleteAclsRequest>;

export const DeleteAclsResponse = message({
  name: "DeleteAclsResponse",
  apiKey: 31,
  type: "response",
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  filterResults: field.array({ of: "DeleteAclsFilterResult" }, {
    errorCode: field.int16(),
    errorMessage: field.string({ nullable: 0 }),
    matchingAcls: field.array({ of: "DeleteAclsMatchingAcl" }, {
      errorCode: field.int16(),
      errorMessage: field.string({ nullable: 0 }),
      resourceType: field.int8(),
      resourceName: field.string(),
      patternType: field.int8({ since: 1, default: 3 }),
      principal: field.string(),
      host: field.string(),
      operation: field.int8(),
      permissionType: field.int8(),
    }),
  }),
});
export type DeleteAclsResponse = MessageOf<typeof DeleteAclsResponse>;
