/**
 * The HTTP listener: the app on Deno.serve, in front of a gateway to the broker.
 *
 * `Deno.serve` has deadlines neither for headers nor for idle connections (a body must be complete within
 * `bodyTimeoutMs`, which is ours). Before a port is open to the world, put a proxy in front; docs/http.md says so.
 * @module
 */
import type { BrokerAddress } from "../../client/address.ts";
import type { Logger } from "../../storage/environment.ts";
import type { HostPort } from "../config.ts";
import { createApp } from "./app.ts";
import { Gateway } from "./gateway.ts";
import { BodyBudget } from "./request_body.ts";
import { StreamCount } from "./stream/stream_count.ts";
import type { Durability, Readiness } from "./route.ts";

export interface HttpOptions {
  /** Host "" or "0.0.0.0": every address. Port 0: any free one. */
  readonly listen: HostPort;
  /** Where the broker takes the Kafka protocol. */
  readonly gateway: BrokerAddress;
  /** Largest body of a request; also the largest request that the broker takes. */
  readonly maxBodyBytes: number;
  /** Most milliseconds for a body to come. Default 30,000. */
  readonly bodyTimeoutMs?: number;
  /** Most milliseconds that shutting down waits for answers in flight. Default 3,000. */
  readonly shutdownGraceMs?: number;
  /** Where a record is when the broker acknowledges it. */
  readonly durability: Durability;
  readonly nodeId: number;
  readonly log: Logger;
  readonly isReady: () => Readiness;
}

export interface HttpServer {
  readonly address: HostPort;
  /** Takes no more connections, ends waiting reads, and resolves when all answers are sent or the grace is over. */
  shutdown(): Promise<void>;
}

const DEFAULT_BODY_TIMEOUT_MS = 30_000;
/** Bodies of the largest size that may come at the same time. */
const BODY_BUDGET_BODIES = 2;
const DEFAULT_SHUTDOWN_GRACE_MS = 3000;

/** Resolves once it listens. Throws what Deno.serve throws if it can't (Deno.errors.AddrInUse, …). */
// deno-lint-ignore require-await -- so that a port in use rejects, as everything that fails here
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const gateway = new Gateway({ address: options.gateway, maxRequestBytes: options.maxBodyBytes });
  const app = createApp({
    gateway,
    body: {
      maxBytes: options.maxBodyBytes,
      deadlineMs: options.bodyTimeoutMs ?? DEFAULT_BODY_TIMEOUT_MS,
      budget: new BodyBudget(BODY_BUDGET_BODIES * options.maxBodyBytes),
    },
    streams: new StreamCount(),
    durability: options.durability,
    nodeId: options.nodeId,
    isReady: options.isReady,
  }, options.log);
  const server = Deno.serve({
    hostname: options.listen.host === "" ? "0.0.0.0" : options.listen.host,
    port: options.listen.port,
    onListen: () => {},
    onError: (error) => {
      options.log("error", `HTTP: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
      return new Response(null, { status: 500 });
    },
  }, app.fetch);
  return {
    address: { host: server.addr.hostname, port: server.addr.port },
    async shutdown() {
      const finished = server.shutdown();
      gateway.endReads();
      // A half-sent request would hold it up for ever: Deno's server has no deadline for it.
      const grace = Promise.withResolvers<void>();
      const timer = setTimeout(grace.resolve, options.shutdownGraceMs ?? DEFAULT_SHUTDOWN_GRACE_MS);
      await Promise.race([finished, grace.promise]);
      clearTimeout(timer);
      gateway.close();
    },
  };
}
