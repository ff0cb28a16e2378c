/**
 * `GET /`: the routes there are, each with a command line to try. As JSON for programs that ask for it; browsers, who ask
 * for HTML, get the console.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import { servePage } from "./console/console_routes.ts";
import { negotiate } from "./media_types.ts";
import { json, type Route } from "./route.ts";

const routeList = v.pipe(
  v.strictObject({
    routes: v.array(
      v.strictObject({ method: v.string(), path: v.string(), summary: v.string(), example: v.string() }),
    ),
  }),
  v.title("RouteList"),
);

/** The route for the index of `routes`. */
export function indexRoute(routes: readonly Route[]): Route {
  return {
    method: "GET",
    path: "/",
    tag: "health",
    summary: "this list",
    answers: {
      200: {
        description: "The routes, each with a command line to try.",
        content: { "text/plain": undefined, "application/json": routeList },
      },
    },
    handle: (context) => showIndex(context, routes),
  };
}

function showIndex(context: Context, routes: readonly Route[]): Response | Promise<Response> {
  const accept = context.req.raw.headers.get("accept") ?? "*/*";
  const type = negotiate(accept, ["text/plain", "application/json", "text/html"]);
  if (type === "text/html") return servePage(context.req.raw);
  const host = hostOf(context.req.raw);
  const listed = routes.flatMap(({ method, path, summary, example }) =>
    example === undefined ? [] : [{
      method,
      path,
      summary,
      example: `curl ${example.replace("HOST", `http://${host}`)}`,
    }]
  );
  if (type === "application/json") return json({ routes: listed }, { headers: { vary: "accept" } });
  const width = Math.max(...listed.map(({ method, path }) => method.length + path.length + 1));
  const lines = listed.map(({ method, path, summary, example }) =>
    `${`${method} ${path}`.padEnd(width)}  ${summary}\n    ${example}\n`
  );
  return new Response(
    `Milena, a broker that speaks Kafka. Over HTTP it has these routes:\n\n${lines.join("\n")}`,
    {
      headers: { "content-type": "text/plain; charset=utf-8", vary: "accept" },
    },
  );
}

/** The address to show: what the caller came to, if it looks like one. */
export function hostOf(request: Request): string {
  const host = request.headers.get("host") ?? "";
  return /^[\w.:[\]-]{1,255}$/.test(host) ? host : "127.0.0.1:8080";
}
