/**
 * ListGroups: all groups, of either protocol.
 *
 * - Version 4+ may ask for states, version 5+ for types: "classic", "consumer". Upper and lower case are alike; what is not
 *   known matches no group.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { apiHandler } from "./api_handler.ts";

export const listGroupsHandler = apiHandler(api.ListGroups, { from: 0, to: 5 }, (broker, body) => {
  const isWantedState = filter(body.statesFilter);
  const isWantedType = filter(body.typesFilter);
  const groups = [];
  for (const { id, type, state, protocolType } of broker.groups.groups()) {
    if (!isWantedState(state) || !isWantedType(type)) continue;
    groups.push({ groupId: id, protocolType, groupState: state, groupType: type });
  }
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, groups };
});

/** No names: all are wanted. */
function filter(names: readonly string[]): (name: string) => boolean {
  const wanted = new Set(names.map((name) => name.trim().toLowerCase()));
  return (name) => wanted.size === 0 || wanted.has(name.toLowerCase());
}
