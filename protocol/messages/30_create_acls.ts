/**
 * CreateAcls (key 30): adds access rules, each for itself (KIP-140).
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

export const CreateAclsRequest = message({
  name: "CreateAclsRequest",
  apiKey: 30,
  type: "request",
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
}, {
  creations: field.array({ of: "AclCreation" }, {
    resourceType: field.int8(),
    resourceName: field.string(),
    resourcePatternType: field.int8({ since: 1, default: 3 }),
    principal: field.string(),
    host: field.string(),
    operation: field.int8(),
    permissionType: field.int8(),
  }),
});
export type CreateAclsRequest = MessageOf<typeof CreateAclsRequest>;

export const CreateAclsResponse = message({
  name: "CreateAclsResponse",
  apiKey: 30,
  type: "response",
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  results: field.array({ of: "AclCreationResult" }, {
    errorCode: field.int16(),
    errorMessage: field.string({ nullable: 0 }),
  }),
});
export type CreateAclsResponse = MessageOf<typeof CreateAclsResponse>;
