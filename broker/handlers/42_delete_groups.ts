/**
 * DeleteGroups: forgets groups without members, and all they committed (KIP-229).
 *
 * - NON_EMPTY_GROUP while there are members; GROUP_ID_NOT_FOUND where there is no such group.
 * - A group that is named twice is deleted once and answered once.
 * - The answer comes when the records are kept that say so.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { ApiHandler } from "./api_handler.ts";

export const deleteGroupsHandler: ApiHandler = {
  api: api.DeleteGroups,
  versions: { from: 0, to: 2 },

  handle(broker, request) {
    const ids = [...new Set(request.decode(api.DeleteGroups.request).groupsNames)];
    broker.groups.deleteGroups(ids, (errorCodes) => {
      const results = ids.map((groupId, index) => ({ groupId, errorCode: errorCodes[index]! }));
      request.answer(api.DeleteGroups.response, { throttleTimeMs: 0, results });
    });
  },
};
