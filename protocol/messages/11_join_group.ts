/**
 * JoinGroup (key 11): become a member of a group of the classic protocol, or stay one in its next generation.
 *
 * The answer comes when all members have joined, or `rebalanceTimeoutMs` are over. `metadata` is for the leader, who gets
 * that of all members under the protocol that the broker has chosen from what all support.
 *
 * Versions. Request and response have the same number.
 *  - 1: a rebalance timeout beside that of the session (KIP-62)
 *  - 2: the throttle time
 *  - 3: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 4: MEMBER_ID_REQUIRED may be answered (KIP-394)
 *  - 5: static members, by an instance id (KIP-345)
 *  - 6: flexible (KIP-482)
 *  - 7: the answer says the protocol type, and its protocol name may be null (KIP-559)
 *  - 8: why the member joins (KIP-800)
 *  - 9: the leader may be told to leave the assignment as it is (KIP-814)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const JoinGroupRequest = message({
  name: "JoinGroupRequest",
  apiKey: 11,
  type: "request",
  versions: { min: 0, max: 9 },
  flexibleFrom: 6,
}, {
  groupId: field.string(),
  sessionTimeoutMs: field.int32(),
  rebalanceTimeoutMs: field.int32({ since: 1, default: -1 }),
  memberId: field.string(),
  groupInstanceId: field.string({ since: 5, nullable: 5, default: null }),
  protocolType: field.string(),
  protocols: field.array({ of: "JoinGroupRequestProtocol" }, {
    name: field.string(),
    metadata: field.bytes(),
  }),
  reason: field.string({ since: 8, nullable: 8, default: null }),
});
export type JoinGroupRequest = MessageOf<typeof JoinGroupRequest>;

export const JoinGroupResponse = message({
  name: "JoinGroupResponse",
  apiKey: 11,
  type: "response",
  versions: { min: 0, max: 9 },
  flexibleFrom: 6,
}, {
  throttleTimeMs: field.int32({ since: 2, ignorable: true }),
  errorCode: field.int16(),
  generationId: field.int32({ default: -1 }),
  protocolType: field.string({ since: 7, nullable: 7, default: null, ignorable: true }),
  protocolName: field.string({ nullable: 7 }),
  leader: field.string(),
  skipAssignment: field.bool({ since: 9, ignorable: true }),
  memberId: field.string(),
  members: field.array({ of: "JoinGroupResponseMember" }, {
    memberId: field.string(),
    groupInstanceId: field.string({ since: 5, nullable: 5, default: null, ignorable: true }),
    metadata: field.bytes(),
  }),
});
export type JoinGroupResponse = MessageOf<typeof JoinGroupResponse>;
