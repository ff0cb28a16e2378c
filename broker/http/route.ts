/**
 * What a route is, and what routes are given to work with. The app, the index page, the OpenAPI document, the answers to
 * unknown paths and methods are all made from the same list of routes.
 * @module
 */
import type { Context } from "hono";
import type { GenericSchema } from "valibot";
import type { Gateway } from "./gateway.ts";
import type { HttpMetrics } from "./metrics/http_metrics.ts";
import type { MetricsSource } from "./metrics/metrics_source.ts";
import type { OriginRules } from "./origin_rules.ts";
import type { Parameters } from "./parameter.ts";
import type { BodyLimits } from "./request_body.ts";
import { ByteResponse } from "./server/byte_response.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Readiness {
  readonly ready: boolean;
  /** Why not, in a sentence. */
  readonly reason?: string;
  /** Of what is to be done before: 0 to 1. */
  readonly progress?: number;
  /** What is wrong with a broker that is ready for the rest, in a sentence each. */
  readonly troubles?: readonly string[];
}

/** What routes work with. */
export interface Services {
  readonly gateway: Gateway;
  readonly body: BodyLimits;
  /** null: this is a gateway, and no broker. */
  readonly nodeId: number | null;
  readonly isReady: () => Readiness;
  /** What GET /metrics has to tell. Default: nothing. */
  readonly metrics?: readonly MetricsSource[];
  /** Counts what the app does. */
  readonly httpMetrics?: HttpMetrics;
  /** Whether the broker's loop turns. Default: there is none in this process. */
  readonly isAlive?: () => Promise<boolean>;
  /** Which web pages may do what. Default: those served here. */
  readonly origins?: OriginRules;
}

/** The parts of the API, in the order in which they are shown. */
export const tags = {
  write: "Writing records",
  read: "Reading records",
  stream: "Live streams",
  groups: "Consumer groups",
  topics: "Topics",
  cluster: "Cluster and brokers",
  health: "Health and metrics",
  docs: "Documentation",
} as const;

export type Tag = keyof typeof tags;

/** What a body may be: its media types, each with the schema of its JSON or `undefined` where it is any bytes. */
export type Content = { readonly [mediaType: string]: GenericSchema | undefined };

/** The body of a request. */
export interface RequestBody {
  readonly description: string;
  /** Default true. */
  readonly isRequired?: boolean;
  readonly content: Content;
  /** Of a body in JSON. */
  readonly example?: unknown;
}

export interface Answer {
  readonly description: string;
  /** Left out: it has no body. */
  readonly content?: Content;
  /** Its own headers: what each says. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: Method;
  /** As OpenAPI has it: "/topics/{topic}/records:batch". */
  readonly path: string;
  /** Another path under which the same is served, with the same parameters. */
  readonly alias?: string;
  readonly tag: Tag;
  /** A clause, for lists. */
  readonly summary: string;
  /** Whole sentences: what else is to be known. */
  readonly description?: string;
  /** Of curl's command line, what follows `curl`; HOST stands for the address. Undefined: not in the index. */
  readonly example?: string;
  /** The table that the handler reads its query with. Left out: it takes none. */
  readonly query?: Parameters;
  /** Request headers with a meaning of their own: what each is. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** Answers that are no errors, by status; errors are alike everywhere. */
  readonly answers?: Readonly<Record<number, Answer>>;
  readonly handle: (context: Context, services: Services) => Response | Promise<Response>;
}

/** An answer in JSON; the line break at its end is for people at a terminal. */
export function json(
  body: unknown,
  options: { readonly status?: number; readonly type?: string; readonly headers?: Record<string, string> } =
    {},
): Response {
  const headers = {
    "content-type": options.type ?? "application/json",
    "cache-control": "no-store",
    ...options.headers,
  };
  return new ByteResponse(JSON.stringify(body) + "\n", Object.entries(headers), options.status);
}
