/**
 * LeaveGroup: members leave a classic group, which need not wait for their sessions to end.
 *
 * - Up to version 2 one member by its id, and its error is the answer's. Version 3+: many, each with an error of its own; a
 *   tool may name a static member by its instance id alone (KIP-345).
 * - `reason` (version 5+, KIP-800) is not kept.
 * - The answer comes when the group's record is kept, if the last member has left.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ApiHandler } from "./api_handler.ts";

const BATCHES_FROM_VERSION = 3;

export const leaveGroupHandler: ApiHandler = {
  api: api.LeaveGroup,
  versions: { from: 0, to: 5 },

  handle(broker, request) {
    const { groupId, memberId, members } = request.decode(api.LeaveGroup.request);
    const answer = (errorCode: number, answered: readonly { readonly memberId: string }[] = []) =>
      request.answer(api.LeaveGroup.response, { throttleTimeMs: 0, errorCode, members: answered });
    if (groupId === "") return answer(ErrorCode.INVALID_GROUP_ID);
    const isBatch = request.version >= BATCHES_FROM_VERSION;
    const leaving = isBatch ? members : [{ memberId, groupInstanceId: null }];
    broker.groups.classicMembersOf(groupId).leave(groupId, leaving, (errorCodes) => {
      if (!isBatch) return answer(errorCodes[0]!);
      answer(
        ErrorCode.NONE,
        leaving.map(({ memberId, groupInstanceId }, index) => ({
          memberId,
          groupInstanceId,
          errorCode: errorCodes[index]!,
        })),
      );
    });
  },
};
