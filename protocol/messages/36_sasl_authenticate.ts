/**
 * SaslAuthenticate (key 36): one step of a SASL mechanism, from either side, after SaslHandshake version 1 (KIP-152).
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: how long the broker takes this proof for good (KIP-368)
 *  - 2: flexible (KIP-482)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const SaslAuthenticateRequest = message({
  name: "SaslAuthenticateRequest",
  apiKey: 36,
  type: "request",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  authBytes: field.bytes(),
});
export type SaslAuthenticateRequest = MessageOf<typeof SaslAuthenticateRequest>;

export const SaslAuthenticateResponse = message({
  name: "SaslAuthenticateResponse",
  apiKey: 36,
  type: "response",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  errorCode: field.int16(),
  errorMessage: field.string({ nullable: 0 }),
  authBytes: field.bytes(),
  sessionLifetimeMs: field.int64({ since: 1, default: 0, ignorable: true }),
});
export type SaslAuthenticateResponse = MessageOf<typeof SaslAuthenticateResponse>;
