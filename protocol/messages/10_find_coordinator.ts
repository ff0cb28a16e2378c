/**
 * FindCoordinator (key 10): which broker looks after a group, a transactional producer, or a share partition.
 *
 * Versions. Request and response have the same number.
 *  - 1: transactional ids too, by a key type; an error message (KIP-98)
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: flexible (KIP-482)
 *  - 4: many keys of one type, an answer for each (KIP-699)
 *  - 5: TRANSACTION_ABORTABLE may be answered (KIP-890)
 *  - 6: share partitions, "group:topicId:partition" (KIP-932)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const FindCoordinatorRequest = message({
  name: "FindCoordinatorRequest",
  apiKey: 10,
  type: "request",
  versions: { min: 0, max: 6 },
  flexibleFrom: 3,
}, {
  key: field.string({ until: 3 }),
  keyType: field.int8({ since: 1, default: 0 }),
  coordinatorKeys: field.array({ of: "string", since: 4 }),
});
export type FindCoordinatorRequest = MessageOf<typeof FindCoordinatorRequest>;

export const FindCoordinatorResponse = message({
  name: "FindCoordinatorResponse",
  apiKey: 10,
  type: "response",
  versions: { min: 0, max: 6 },
  flexibleFrom: 3,
}, {
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  errorCode: field.int16({ until: 3, ignorable: true }),
  errorMessage: field.string({ since: 1, until: 3, nullable: [1, 3], ignorable: true }),
  nodeId: field.int32({ until: 3, ignorable: true }),
  host: field.string({ until: 3, ignorable: true }),
  port: field.int32({ until: 3, ignorable: true }),
  coordinators: field.array({ of: "Coordinator", since: 4, ignorable: true }, {
    key: field.string({ since: 4, ignorable: true }),
    nodeId: field.int32({ since: 4, ignorable: true }),
    host: field.string({ since: 4, ignorable: true }),
    port: field.int32({ since: 4, ignorable: true }),
    errorCode: field.int16({ since: 4, ignorable: true }),
    errorMessage: field.string({ since: 4, nullable: 4, ignorable: true }),
  }),
});
export type FindCoordinatorResponse = MessageOf<typeof FindCoordinatorResponse>;
