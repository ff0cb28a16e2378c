/**
 * The HTTP interface of a broker: the app behind our own HTTP server, in front of a gateway to the broker.
 * @module
 */
import type { BrokerAddress } from "../../client/address.ts";
import type { Security } from "../../client/security/security.ts";
import type { Logger } from "../../storage/environment.ts";
import type { HostPort } from "../config.ts";
import { createApp } from "./app.ts";
import { withCors } from "./cors.ts";
import { Gateway } from "./gateway.ts";
import { BrokerMetrics, type BrokerToTell } from "./metrics/broker_metrics.ts";
import { ClusterMetrics } from "./metrics/cluster_metrics.ts";
import { HttpMetrics } from "./metrics/http_metrics.ts";
import type { MetricsSource } from "./metrics/metrics_source.ts";
import { ProcessMetrics } from "./metrics/process_metrics.ts";
import { OriginRules } from "./origin_rules.ts";
import { BodyBudget } from "./request_body.ts";
import type { Readiness } from "./route.ts";
import { HttpServer as Server } from "./server/http_server.ts";
import { defaultServerLimits, type ServerLimits } from "./server/server_limits.ts";

export interface HttpOptions {
  /** Host "" or "0.0.0.0": every address. Port 0: any free one. */
  readonly listen: HostPort;
  /** Where the broker takes the Kafka protocol; of a cluster, where to begin. */
  readonly gateway: BrokerAddress | readonly BrokerAddress[];
  /** TLS, and who the gateway is to its cluster. Default: neither. */
  readonly security?: Security;
  /** Largest body of a request; also the largest request that the broker takes. */
  readonly maxBodyBytes: number;
  /** How long records wait for others to go with (http.linger.ms). Default 0. */
  readonly lingerMs?: number;
  /** Those not given are as in `defaultServerLimits`. */
  readonly limits?: Partial<ServerLimits>;
  /** Default: only pages that are served here may change anything. */
  readonly origins?: OriginRules;
  /** Most milliseconds that shutting down waits for answers in flight. Default 3,000. */
  readonly shutdownGraceMs?: number;
  readonly nodeId: number | null;
  readonly log: Logger;
  readonly isReady: () => Readiness;
  /** The broker of this process. Default: there is none, and the cluster is asked for all there is to tell. */
  readonly broker?: BrokerToTell & { readonly isAlive: () => Promise<boolean> };
}

export interface HttpServer {
  readonly address: HostPort;
  /** Serves what comes to the Unix socket `path` as well; one that an ended process left there is replaced. */
  serveRelayed(path: string): void;
  /** Takes no more connections, ends waiting reads, and resolves when all answers are sent or the grace is over. */
  shutdown(): Promise<void>;
}

/** Bodies of the largest size that may come at the same time. */
const BODY_BUDGET_BODIES = 2;
const DEFAULT_SHUTDOWN_GRACE_MS = 3000;

/** Resolves once it listens. Throws what Deno.listen throws if it can't (Deno.errors.AddrInUse, …). */
// deno-lint-ignore require-await -- so that a port in use rejects, as everything that fails here
export async function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const gateway = new Gateway({
    address: options.gateway,
    ...options.security === undefined ? {} : { security: options.security },
    maxRequestBytes: options.maxBodyBytes,
    lingerMs: options.lingerMs ?? 0,
  });
  const limits = { ...defaultServerLimits, ...options.limits };
  const origins = options.origins ?? new OriginRules();
  const { broker } = options;
  const httpMetrics = new HttpMetrics();
  const metrics: MetricsSource[] = [new ProcessMetrics(), httpMetrics];
  metrics.push(broker === undefined ? new ClusterMetrics(gateway.cluster) : new BrokerMetrics(broker));
  const app = createApp({
    metrics,
    httpMetrics,
    ...broker === undefined ? {} : { isAlive: broker.isAlive },
    gateway,
    body: {
      maxBytes: options.maxBodyBytes,
      deadlineMs: limits.bodyMs,
      budget: new BodyBudget(BODY_BUDGET_BODIES * options.maxBodyBytes),
    },
    nodeId: options.nodeId,
    isReady: options.isReady,
    origins,
  }, options.log);
  const listener = Deno.listen({
    hostname: options.listen.host === "" ? "0.0.0.0" : options.listen.host,
    port: options.listen.port,
  });
  const server = new Server({
    limits,
    handle: withCors(app.fetch, origins),
    log: options.log,
  });
  httpMetrics.connectionCount = () => server.connectionCount;
  httpMetrics.streamCount = () => gateway.tails.streams.open;
  server.serve(listener);
  return {
    address: { host: listener.addr.hostname, port: listener.addr.port },
    serveRelayed: (path) => server.serve(listenUnix(path)),
    async shutdown() {
      const finished = Promise.all([server.shutdown(), gateway.endReads()]);
      // A half-sent request has its deadlines, which are longer than anybody waits for a broker to stop.
      const grace = Promise.withResolvers<void>();
      const timer = setTimeout(grace.resolve, options.shutdownGraceMs ?? DEFAULT_SHUTDOWN_GRACE_MS);
      await Promise.race([finished, grace.promise]);
      clearTimeout(timer);
      server.close();
      gateway.close();
    },
  };
}

/** A socket of an ended process may be in its place. */
function listenUnix(path: string): Deno.UnixListener {
  try {
    if (Deno.lstatSync(path).isSocket) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return Deno.listen({ transport: "unix", path });
}
