/**
 * Starts the HTTP interface as the settings have it: in front of the broker of this process, or of a cluster.
 * @module
 */
import type { BrokerConfig } from "../broker/config.ts";
import { isLoopback, OriginRules } from "../broker/http/origin_rules.ts";
import type { HttpOptions, HttpServer } from "../broker/http/serve_http.ts";
import { CommandFailure } from "./command.ts";
import { listenFailure } from "./listen_failure.ts";

/** What is served, beyond what the settings say. */
export interface HttpStart
  extends Pick<HttpOptions, "gateway" | "security" | "nodeId" | "log" | "isReady" | "broker"> {
  /** True if HTTP comes by the Kafka listeners, too. */
  readonly isOnKafkaPorts: boolean;
}

/** undefined: the settings have no HTTP. Throws {@link CommandFailure} if it can't listen. */
export async function startHttp(
  config: BrokerConfig,
  { isOnKafkaPorts, ...start }: HttpStart,
): Promise<HttpServer | undefined> {
  const { http, httpLingerMs: lingerMs, httpServer, limits, listeners } = config;
  if (http === undefined) return undefined;
  const { serveHttp } = await import("../broker/http/serve_http.ts");
  const listening = isOnKafkaPorts ? [...listeners, http] : [http];
  try {
    return await serveHttp({
      ...start,
      listen: http,
      lingerMs,
      maxBodyBytes: limits.requestBytes,
      limits: httpServer,
      origins: new OriginRules({
        allowed: httpServer.allowedOrigins,
        isLocalOnly: listening.every(({ host }) => isLoopback(host)),
      }),
    });
  } catch (error) {
    throw new CommandFailure(listenFailure(error, http, "HTTP"));
  }
}
