/**
 * ListGroups (key 16): all groups that a broker coordinates.
 *
 * Versions. Request and response have the same number.
 *  - 1: the throttle time
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: flexible (KIP-482)
 *  - 4: only groups in some states; the state is told (KIP-518)
 *  - 5: only groups of some types; the type is told (KIP-848)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ListGroupsRequest = message({
  name: "ListGroupsRequest",
  apiKey: 16,
  type: "request",
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
}, {
  statesFilter: field.array({ of: "string", since: 4 }),
  typesFilter: field.array({ of: "string", since: 5 }),
});
export type ListGroupsRequest = MessageOf<typeof ListGroupsRequest>;

export const ListGroupsResponse = message({
  name: "ListGroupsResponse",
  apiKey: 16,
  type: "response",
  versions: { min: 0, max: 5 },
  flexibleFrom: 3,
}, {
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  errorCode: field.int16(),
  groups: field.array({ of: "ListedGroup" }, {
    groupId: field.string(),
    protocolType: field.string(),
    groupState: field.string({ since: 4, ignorable: true }),
    groupType: field.string({ since: 5, ignorable: true }),
  }),
});
export type ListGroupsResponse = MessageOf<typeof ListGroupsResponse>;
