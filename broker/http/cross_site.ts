/**
 * Keeps web pages of other sites from changing anything.
 *
 * A page anywhere can make its visitor's browser POST to http://127.0.0.1:8080, without being allowed to read the
 * answer; that is enough to write records. Browsers name the page's origin with every such request, and nothing but
 * browsers does; so whoever sends no `Origin` (curl, libraries, other servers) is unaffected.
 *
 * By DNS rebinding such a page comes to be of the same origin: its name is made to mean 127.0.0.1. Then its name is in
 * `Host`, where on a broker that only this machine reaches there is no honest name but localhost.
 * @module
 */
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { OriginRules } from "./origin_rules.ts";

const NO_EXCEPTIONS = new OriginRules();

/** Throws a 403 if a page of an origin that is not allowed made this request. For methods that change something. */
export function refuseCrossSite(request: Request, rules: OriginRules = NO_EXCEPTIONS): void {
  const origin = request.headers.get("origin");
  if (origin !== null) {
    if (rules.allows(origin)) return;
    if (!isSameHost(origin, request)) throw refusal(`a page from ${JSON.stringify(origin.slice(0, 200))}`);
    const { hostname } = new URL(origin);
    if (!rules.isOwnHost(hostname)) throw reboundRefusal(hostname);
    return;
  }
  const site = request.headers.get("sec-fetch-site");
  if (site === "cross-site" || site === "same-site") {
    throw refusal(`a page of another site (Sec-Fetch-Site: ${site})`);
  }
}

/** Whether `origin` is where `request` was sent to, by host and port; a proxy in front may have taken off the TLS. */
function isSameHost(origin: string, request: Request): boolean {
  try {
    const from = new URL(origin);
    const host = request.headers.get("host") ?? new URL(request.url).host;
    return from.host !== "" && from.host === new URL(`${from.protocol}//${host}`).host;
  } catch {
    return false; // "null" and what is no URL: a sandboxed page, a local file
  }
}

function refusal(who: string): ApiError {
  return new ApiError(
    403,
    ApiErrorCode.CROSS_SITE,
    `This request was made by ${who}, and only pages that Milena itself serves may change anything: ` +
      "send it from a server or the command line, put both behind one host name, or name its origin in " +
      "http.cors.allowed.origins.",
  );
}

function reboundRefusal(host: string): ApiError {
  return new ApiError(
    403,
    ApiErrorCode.CROSS_SITE,
    `A web page called this broker ${
      JSON.stringify(host.slice(0, 200))
    }, but it listens to this machine alone, where its ` +
      "name is localhost or an address: open the page by one of these, or name its origin in http.cors.allowed.origins.",
  );
}
