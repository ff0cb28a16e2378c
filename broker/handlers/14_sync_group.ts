/**
 * SyncGroup: the leader of a classic group says what each member gets, and each member gets it.
 *
 * - Waits for the leader's, and for that to be kept. In a stable group the assignment is answered at once.
 * - REBALANCE_IN_PROGRESS: something has changed meanwhile, join again.
 * - Version 5+ says protocol type and name, which must be the group's, or INCONSISTENT_GROUP_PROTOCOL (KIP-559).
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { syncRefusal } from "../coordinator/classic/classic_events.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ApiHandler } from "./api_handler.ts";

const PROTOCOL_FROM_VERSION = 5;

export const syncGroupHandler: ApiHandler = {
  api: api.SyncGroup,
  versions: { from: 0, to: 5 },
  mayPark: true,

  handle(broker, request) {
    const asked = request.decode(api.SyncGroup.request);
    const answer = (fields: ReturnType<typeof syncRefusal>) =>
      request.answer(api.SyncGroup.response, { throttleTimeMs: 0, ...fields });
    const isIncomplete = request.version >= PROTOCOL_FROM_VERSION &&
      (asked.protocolType === null || asked.protocolName === null);
    if (isIncomplete) return answer(syncRefusal(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
    broker.groups.classicMembersOf(asked.groupId).sync(asked, answer);
  },
};
