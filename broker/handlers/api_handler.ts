/**
 * What a file in this folder declares: an API, the versions it serves, and the function. The answer to ApiVersions,
 * docs/protocol.md and the dispatcher all follow from it.
 * @module
 */
import type { AnyApi, Api } from "../../protocol/apis.ts";
import type { Broker } from "../broker.ts";
import type { Request } from "../request.ts";

export interface ServedVersions {
  readonly from: number;
  readonly to: number;
  /** Lowest version told to clients, where that differs from the lowest that is served. */
  readonly listedFrom?: number;
}

export interface ApiHandler {
  readonly api: AnyApi;
  readonly versions: ServedVersions;
  /** Its requests may wait for what other clients do: that time is measured by itself. */
  readonly mayPark?: boolean;
  /** Answers now or later; throws `ProtocolViolation` to close the connection. */
  handle(broker: Broker, request: Request): void;
}

/** A handler whose answer is there when the function returns. */
export function apiHandler<Asked, AskedInput, Answered, Answer>(
  api: Api<Asked, AskedInput, Answered, Answer>,
  versions: ServedVersions,
  respond: (broker: Broker, body: Asked, request: Request) => Answer,
): ApiHandler {
  return {
    api,
    versions,
    handle(broker, request) {
      request.answer(api.response, respond(broker, request.decode(api.request), request));
    },
  };
}
