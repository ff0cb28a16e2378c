/**
 * Heartbeat: a member of a classic group is there. REBALANCE_IN_PROGRESS tells it to join again.
 *
 * - ILLEGAL_GENERATION: the group has gone on without it. UNKNOWN_MEMBER_ID: it is out, or there is no such group.
 * - Version 3+: FENCED_INSTANCE_ID to a static member whose place another has taken (KIP-345).
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { apiHandler } from "./api_handler.ts";

export const heartbeatHandler = apiHandler(api.Heartbeat, { from: 0, to: 4 }, (broker, body) => ({
  throttleTimeMs: 0,
  errorCode: broker.groups.classicMembersOf(body.groupId).heartbeat(body),
}));
