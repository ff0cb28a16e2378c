/**
 * LeaveGroup (key 13): members leave a group of the classic protocol.
 *
 * Versions. Request and response have the same number.
 *  - 1: the throttle time
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: many members at once, also by instance id, with an error for each (KIP-345)
 *  - 4: flexible (KIP-482)
 *  - 5: why a member leaves (KIP-800)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const LeaveGroupRequest = message({
  name: "LeaveGroupRequest",
  apiKey: 13,
  type: "request",
  versions: { min: 0, max: 5 },
  flexibleFrom: 4,
}, {
  groupId: field.string(),
  memberId: field.string({ until: 2 }),
  members: field.array({ of: "MemberIdentity", since: 3 }, {
    memberId: field.string({ since: 3 }),
    groupInstanceId: field.string({ since: 3, nullable: 3, default: null }),
    reason: field.string({ since: 5, nullable: 5, default: null }),
  }),
});
export type LeaveGroupRequest = MessageOf<typeof LeaveGroupRequest>;

export const LeaveGroupResponse = message({
  name: "LeaveGroupResponse",
  apiKey: 13,
  type: "response",
  versions: { min: 0, max: 5 },
  flexibleFrom: 4,
}, {
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  errorCode: field.int16(),
  members: field.array({ of: "MemberResponse", since: 3, ignorable: true }, {
    memberId: field.string({ since: 3, ignorable: true }),
    groupInstanceId: field.string({ since: 3, nullable: 3, ignorable: true }),
    errorCode: field.int16({ since: 3, ignorable: true }),
  }),
});
export type LeaveGroupResponse = MessageOf<typeof LeaveGroupResponse>;
