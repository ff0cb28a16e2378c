/**
 * The headers before every request and response body.
 *
 * Request header versions:
 *  - 1: key, version, correlation id, client id. (0, without client id, was used by one broker-to-broker request only.)
 *  - 2: tagged fields at the end (KIP-482); the client id keeps its old encoding, so that a broker can read it before
 *    it knows whether it knows the version.
 *
 * Response header versions:
 *  - 0: the correlation id.
 *  - 1: tagged fields at the end (KIP-482).
 *
 * `apis.ts` tells which header goes with which version of a message, `header.ts` reads and writes them by hand for
 * speed; a test holds both equal.
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const RequestHeader = message({
  name: "RequestHeader",
  apiKey: -1,
  type: "header",
  versions: { min: 1, max: 2 },
  flexibleFrom: 2,
}, {
  requestApiKey: field.int16(),
  requestApiVersion: field.int16(),
  correlationId: field.int32(),
  clientId: field.string({ since: 1, nullable: 1, flexible: false }),
});
export type RequestHeader = MessageOf<typeof RequestHeader>;

export const ResponseHeader = message({
  name: "ResponseHeader",
  apiKey: -1,
  type: "header",
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
}, {
  correlationId: field.int32(),
});
export type ResponseHeader = MessageOf<typeof ResponseHeader>;
