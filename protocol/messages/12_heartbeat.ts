/**
 * Heartbeat (key 12): a member of a group of the classic protocol is there.
 *
 * Versions. Request and response have the same number.
 *  - 1: the throttle time
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: static members, by an instance id (KIP-345)
 *  - 4: flexible (KIP-482)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const HeartbeatRequest = message({
  name: "HeartbeatRequest",
  apiKey: 12,
  type: "request",
  versions: { min: 0, max: 4 },
  flexibleFrom: 4,
}, {
  groupId: field.string(),
  generationId: field.int32(),
  memberId: field.string(),
  groupInstanceId: field.string({ since: 3, nullable: 3, default: null }),
});
export type HeartbeatRequest = MessageOf<typeof HeartbeatRequest>;

export const HeartbeatResponse = message({
  name: "HeartbeatResponse",
  apiKey: 12,
  type: "response",
  versions: { min: 0, max: 4 },
  flexibleFrom: 4,
}, {
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  errorCode: field.int16(),
});
export type HeartbeatResponse = MessageOf<typeof HeartbeatResponse>;
