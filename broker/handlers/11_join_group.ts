/**
 * JoinGroup: become a member of a group of the classic protocol, or stay one in its next generation.
 *
 * - Waits until all members have joined, at most the longest `rebalance_timeout_ms` of them (in version 0: the session
 *   timeout); in a group that was empty, `group.initial.rebalance.delay.ms` for more to come. The leader's answer lists the
 *   members and what each said under the protocol that was chosen.
 * - Version 4+: a member without an id is given one with MEMBER_ID_REQUIRED and has to come again (KIP-394), but for static
 *   members, who say a `group_instance_id` (version 5+, KIP-345). Older clients would not understand it and never get it.
 * - A static member that comes back without its id takes the place of the one before, whose id is fenced from then on. No
 *   rebalance follows if the protocol stays the same; version 9+ tells the leader to leave the assignment as it is (KIP-814).
 * - `session_timeout_ms` is within group.min.session.timeout.ms and group.max.session.timeout.ms, or INVALID_SESSION_TIMEOUT.
 * - The protocol name is null from version 7 on where there is none, and empty before.
 * - `reason` (version 8+, KIP-800) is not kept.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { ApiHandler } from "./api_handler.ts";
import { joiningClient } from "./group_client.ts";

const NULL_PROTOCOL_FROM_VERSION = 7;

export const joinGroupHandler: ApiHandler = {
  api: api.JoinGroup,
  versions: { from: 0, to: 9 },
  mayPark: true,

  handle(broker, request) {
    const asked = request.decode(api.JoinGroup.request);
    broker.groups.classicMembersOf(asked.groupId).join(asked, joiningClient(broker, request), (answer) => {
      const protocolName = request.version < NULL_PROTOCOL_FROM_VERSION
        ? answer.protocolName ?? ""
        : answer.protocolName;
      request.answer(api.JoinGroup.response, { throttleTimeMs: 0, ...answer, protocolName });
    });
  },
};
