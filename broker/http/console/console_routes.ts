/**
 * The console: a page for people who come with a browser, and its files.
 *
 * What must be true: the page takes nothing from another origin, runs no script but its own files, and stands in nobody's
 * frame, whatever a record that it shows has in it. The server says so to the browser (Content-Security-Policy), which
 * enforces it.
 * @module
 */
import type { Context } from "hono";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import type { Route } from "../route.ts";
import { type Asset, consoleAssets } from "./assets.ts";

const SECURITY = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** The files have the version in their address; the page must always be asked for. */
const FOR_EVER = "public, max-age=31536000, immutable";
const ALWAYS_ASK = "no-cache";

/** They are no part of the API: neither its index nor its document shows them. */
export const consoleRoutes: readonly Route[] = [{
  method: "GET",
  path: "/console/{version}/{file}",
  tag: "health",
  summary: "a file of the console",
  handle: serveFile,
}];

/** The page. */
export async function servePage(request: Request): Promise<Response> {
  const { version, page } = await consoleAssets();
  return serve(request, page, version, ALWAYS_ASK);
}

async function serveFile(context: Context): Promise<Response> {
  const { version, files } = await consoleAssets();
  const file = files.get(context.req.param("file") ?? "");
  // A page of another version that is still open would mix files of two.
  if (file === undefined || context.req.param("version") !== version) {
    throw new ApiError(
      404,
      ApiErrorCode.NO_SUCH_ROUTE,
      "The console that is served here has no such file: load the page at / again.",
    );
  }
  return serve(context.req.raw, file, version, FOR_EVER);
}

function serve(
  { headers }: Request,
  { type, bytes, zipped }: Asset,
  version: string,
  caching: string,
): Response {
  const tag = `"${version}"`;
  const common = { ...SECURITY, etag: tag, vary: "accept, accept-encoding", "cache-control": caching };
  if (headers.get("if-none-match")?.includes(tag)) {
    return new Response(null, { status: 304, headers: common });
  }
  const zips = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(headers.get("accept-encoding") ?? "");
  return new Response(zips ? zipped : bytes, {
    headers: { ...common, "content-type": type, ...(zips ? { "content-encoding": "gzip" } : {}) },
  });
}
