/**
 * DeleteGroups (key 42): forget groups without members, and what they committed (KIP-229).
 *
 * Versions. Request and response have the same number.
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: flexible (KIP-482)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DeleteGroupsRequest = message({
  name: "DeleteGroupsRequest",
  apiKey: 42,
  type: "request",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  groupsNames: field.array({ of: "string" }),
});
export type DeleteGroupsRequest = MessageOf<typeof DeleteGroupsRequest>;

export const DeleteGroupsResponse = message({
  name: "DeleteGroupsResponse",
  apiKey: 42,
  type: "response",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  results: field.array({ of: "DeletableGroupResult" }, {
    groupId: field.string(),
    errorCode: field.int16(),
  }),
});
export type DeleteGroupsResponse = MessageOf<typeof DeleteGroupsResponse>;
