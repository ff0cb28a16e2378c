/**
 * Starts the HTTP interface as the settings have it: in front of the broker of this process, or of a cluster.
 * @module
 */
import type { BrokerConfig } from "../broker/config.ts";
import type { HttpOptions, HttpServer } from "../broker/http/serve_http.ts";
import { CommandFailure } from "./command.ts";
import { listenFailure } from "./listen_failure.ts";

/** What is served, beyond what the settings say. */
export type HttpStart = Pick<HttpOptions, "gateway" | "durability" | "nodeId" | "log" | "isReady">;

/** undefined: the settings have no HTTP. Throws {@link CommandFailure} if it can't listen. */
export async function startHttp(
  { http, httpLingerMs: lingerMs, limits }: BrokerConfig,
  start: HttpStart,
): Promise<HttpServer | undefined> {
  const { serveHttp } = await import("../broker/http/serve_http.ts");
  if (http === undefined) return undefined;
  try {
    return await serveHttp({ ...start, listen: http, lingerMs, maxBodyBytes: limits.requestBytes });
  } catch (error) {
    throw new CommandFailure(listenFailure(error, http, "HTTP"));
  }
}
