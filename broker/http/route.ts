/**
 * What a route is, and what routes are given to work with. The app, the index page, the answers to unknown paths and
 * methods are all made from the same list of routes.
 * @module
 */
import type { Context } from "hono";
import type { Gateway } from "./gateway.ts";
import type { BodyLimits } from "./request_body.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

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
  readonly durability: Durability;
  readonly nodeId: number;
  readonly isReady: () => Readiness;
}

export interface Route {
  readonly method: Method;
  /** As hono has it: "/topics/:topic". */
  readonly path: string;
  readonly summary: string;
  /** Of curl's command line, what follows `curl`; HOST stands for the address. Undefined: not in the index. */
  readonly example?: string;
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
