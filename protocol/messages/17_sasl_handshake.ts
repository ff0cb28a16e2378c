/**
 * SaslHandshake (key 17): the mechanism by which a client wants to prove who it is; the answer names those that the broker
 * has. What the mechanism itself says follows in SaslAuthenticate.
 *
 * Versions. Request and response have the same number, and none is flexible.
 *  - 0: what follows are bare bytes instead, each with a length before it
 *  - 1: what follows are SaslAuthenticate requests (KIP-152)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const SaslHandshakeRequest = message({
  name: "SaslHandshakeRequest",
  apiKey: 17,
  type: "request",
  versions: { min: 0, max: 1 },
  flexibleFrom: Infinity,
}, {
  mechanism: field.string(),
});
export type SaslHandshakeRequest = MessageOf<typeof SaslHandshakeRequest>;

export const SaslHandshakeResponse = message({
  name: "SaslHandshakeResponse",
  apiKey: 17,
  type: "response",
  versions: { min: 0, max: 1 },
  flexibleFrom: Infinity,
}, {
  errorCode: field.int16(),
  mechanisms: field.array({ of: "string" }),
});
export type SaslHandshakeResponse = MessageOf<typeof SaslHandshakeResponse>;
