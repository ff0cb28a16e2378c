/**
 * A route of the v3 API: below one cluster, and served under both prefixes.
 * @module
 */
import type { Context } from "hono";
import type { GenericSchema } from "valibot";
import type { Answer, RequestBody, Route, Services } from "../route.ts";
import { type Scope, scopeOf, V3, V3_ALIAS } from "./scope.ts";

const JSON_TYPE = "application/json";

export interface V3Route extends Omit<Route, "handle" | "alias"> {
  readonly handle: (scope: Scope, context: Context, services: Services) => Promise<Response>;
}

/** `path` is what follows the cluster's. */
export function v3Route({ path, handle, ...route }: V3Route): Route {
  const below = `/clusters/{cluster_id}${path}`;
  return {
    ...route,
    path: V3 + below,
    alias: V3_ALIAS + below,
    handle: async (context, services) => await handle(await scopeOf(context, services), context, services),
  };
}

/** An answer in JSON. */
export function answered(description: string, schema: GenericSchema): Answer {
  return { description, content: { [JSON_TYPE]: schema } };
}

export const NO_CONTENT: Answer = { description: "It is done." };

/** A body in JSON, with an example of it. */
export function jsonBody(schema: GenericSchema, description: string, example: unknown): RequestBody {
  return { description, content: { [JSON_TYPE]: schema }, example };
}
