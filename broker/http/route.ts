/**
 * What a route is, and what routes are given to work with. The app, the index page, the OpenAPI document, the answers to
 * unknown paths and methods are all made from the same list of routes.
 * @module
 */
import type { Context } from "hono";
import type { GenericSchema } from "valibot";
import type { Gateway } from "./gateway.ts";
import type { Parameters } from "./parameter.ts";
import type { BodyLimits } from "./request_body.ts";
import type { StreamCount } from "./stream/stream_count.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Where a record is when it is acknowledged: what a killed process, or a power cut, leaves of it. */
export type Durability = "page-cache" | "disk";

export interface Readiness {
  readonly ready: boolean;
  /** Why not, in a sentence. */
  readonly reason?: string;
  /** Of what is to be done before: 0 to 1. */
  readonly progress?: number;
}

/** What routes work with. */
export interface Services {
  readonly gateway: Gateway;
  readonly body: BodyLimits;
  readonly streams: StreamCount;
  readonly durability: Durability;
  readonly nodeId: number;
  readonly isReady: () => Readiness;
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
  return new Response(JSON.stringify(body) + "\n", {
    status: options.status ?? 200,
    headers: {
      "content-type": options.type ?? "application/json",
      "cache-control": "no-store",
      ...options.headers,
    },
  });
}
