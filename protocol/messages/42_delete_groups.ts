/**
 * DeleteGroups (key 42).
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
