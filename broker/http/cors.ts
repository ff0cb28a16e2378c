/**
 * Cross-origin resource sharing, for the origins that `http.cors.allowed.origins` names: their pages may read answers and
 * send what is not a simple request. Without any nothing here runs.
 * @module
 */
import type { OriginRules } from "./origin_rules.ts";
import { ByteResponse } from "./server/byte_response.ts";

type Fetch = (request: Request) => Response | Promise<Response>;

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
const PREFLIGHT_SECONDS = "600";
/** Headers of answers that pages may read; those that every page may read are not among them. */
const EXPOSED = "*";

/** `fetch`, with the headers that allowed pages need. */
export function withCors(fetch: Fetch, rules: OriginRules): Fetch {
  if (rules.allowNone) return fetch;
  return async (request) => {
    const origin = request.headers.get("origin");
    if (origin === null || !rules.allows(origin)) {
      const response = await fetch(request);
      response.headers.append("vary", "origin");
      return response;
    }
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
      return preflight(request, origin);
    }
    const response = await fetch(request);
    response.headers.append("vary", "origin");
    response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-expose-headers", EXPOSED);
    return response;
  };
}

function preflight(request: Request, origin: string): Response {
  return new ByteResponse("", [
    ["access-control-allow-origin", origin],
    ["access-control-allow-methods", METHODS],
    ["access-control-allow-headers", request.headers.get("access-control-request-headers") ?? "content-type"],
    ["access-control-max-age", PREFLIGHT_SECONDS],
    ["vary", "origin, access-control-request-headers"],
  ], 204);
}
