/**
 * DescribeGroups (key 15): state and members of groups of the classic protocol.
 *
 * Versions. Request and response have the same number.
 *  - 1: the throttle time
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: the operations that the client may do, if it asks for them (KIP-430)
 *  - 4: instance ids of static members (KIP-345)
 *  - 5: flexible (KIP-482)
 *  - 6: GROUP_ID_NOT_FOUND with a message instead of a group in state Dead (KIP-1043)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DescribeGroupsRequest = message({
  name: "DescribeGroupsRequest",
  apiKey: 15,
  type: "request",
  versions: { min: 0, max: 6 },
  flexibleFrom: 5,
}, {
  groups: field.array({ of: "string" }),
  includeAuthorizedOperations: field.bool({ since: 3 }),
});
export type DescribeGroupsRequest = MessageOf<typeof DescribeGroupsRequest>;

export const DescribeGroupsResponse = message({
  name: "DescribeGroupsResponse",
  apiKey: 15,
  type: "response",
  versions: { min: 0, max: 6 },
  flexibleFrom: 5,
}, {
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  groups: field.array({ of: "DescribedGroup" }, {
    errorCode: field.int16(),
    errorMessage: field.string({ since: 6, nullable: 6, default: null, ignorable: true }),
    groupId: field.string(),
    groupState: field.string(),
    protocolType: field.string(),
    protocolData: field.string(),
    members: field.array({ of: "DescribedGroupMember" }, {
      memberId: field.string(),
      groupInstanceId: field.string({ since: 4, nullable: 4, default: null, ignorable: true }),
      clientId: field.string(),
      clientHost: field.string(),
      memberMetadata: field.bytes(),
      memberAssignment: field.bytes(),
    }),
    authorizedOperations: field.int32({ since: 3, default: -2147483648, ignorable: true }),
  }),
});
export type DescribeGroupsResponse = MessageOf<typeof DescribeGroupsResponse>;
