/**
 * From a response frame to its body.
 * @module
 */
import { api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { decodeResponseHeader } from "../protocol/header.ts";
import { Reader } from "../protocol/primitives.ts";
import type { AskedApi } from "./connection.ts";
import { ConnectionError } from "./connection_error.ts";

/** The body of a response frame. Throws a ConnectionError if it can't be one. */
export function decodeResponse<Answer>(
  asked: AskedApi<never, Answer>,
  version: number,
  frame: Uint8Array,
): Answer {
  // KIP-511: the answer to an ApiVersions that the broker does not know is in version 0.
  if (asked.key === api.ApiVersions.key && errorAfterOldHeader(frame) === ErrorCode.UNSUPPORTED_VERSION) {
    version = 0;
  }
  const reader = new Reader(frame);
  decodeResponseHeader(reader, asked.responseHeaderVersion(version));
  const answer = asked.response.decode(reader, version);
  if (reader.failed) {
    throw new ConnectionError(
      "protocol",
      `a response of ${frame.length} bytes to ${asked.name} version ${version} is cut short or malformed`,
      true,
    );
  }
  return answer;
}

function errorAfterOldHeader(frame: Uint8Array): number {
  const reader = new Reader(frame, 4);
  return reader.int16();
}
