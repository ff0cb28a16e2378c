/**
 * SyncGroup (key 14): the leader of a group of the classic protocol says what each member is assigned; each member is told.
 *
 * Versions. Request and response have the same number.
 *  - 1: the throttle time
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: static members, by an instance id (KIP-345)
 *  - 4: flexible (KIP-482)
 *  - 5: protocol type and name, both ways (KIP-559)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const SyncGroupRequest = message({
  name: "SyncGroupRequest",
  apiKey: 14,
  type: "request",
  versions: { min: 0, max: 5 },
  flexibleFrom: 4,
}, {
  groupId: field.string(),
  generationId: field.int32(),
  memberId: field.string(),
  groupInstanceId: field.string({ since: 3, nullable: 3, default: null }),
  protocolType: field.string({ since: 5, nullable: 5, default: null }),
  protocolName: field.string({ since: 5, nullable: 5, default: null }),
  assignments: field.array({ of: "SyncGroupRequestAssignment" }, {
    memberId: field.string(),
    assignment: field.bytes(),
  }),
});
export type SyncGroupRequest = MessageOf<typeof SyncGroupRequest>;

export const SyncGroupResponse = message({
  name: "SyncGroupResponse",
  apiKey: 14,
  type: "response",
  versions: { min: 0, max: 5 },
  flexibleFrom: 4,
}, {
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  errorCode: field.int16(),
  protocolType: field.string({ since: 5, nullable: 5, default: null, ignorable: true }),
  protocolName: field.string({ since: 5, nullable: 5, default: null, ignorable: true }),
  assignment: field.bytes(),
});
export type SyncGroupResponse = MessageOf<typeof SyncGroupResponse>;
