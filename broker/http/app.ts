/**
 * The HTTP API as a hono app: the list of routes, and what all of them share.
 *
 * What must be true: every error leaves as `{"error_code","message"}`, and none of our own is shown to the caller, only
 * logged; and no request that a page of another site made changes anything. What is shared is a wrapper around each
 * handler and no middleware of hono's, which would cost each request a chain of promises.
 * @module
 */
import { type Context, Hono } from "hono";
import { ConnectionError } from "../../client/connection_error.ts";
import type { Logger } from "../../storage/environment.ts";
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { consoleRoutes } from "./console/console_routes.ts";
import { consumerRoutes } from "./consumers/consumer_routes.ts";
import { positionRoutes } from "./consumers/position_routes.ts";
import { refuseCrossSite } from "./cross_site.ts";
import { fetchRoutes } from "./fetch_routes.ts";
import { healthRoutes } from "./health_routes.ts";
import { indexRoute } from "./index_page.ts";
import { documentRoutes } from "./documents/document_routes.ts";
import { failureOf } from "./kafka_failures.ts";
import { leaseRoutes } from "./leases/lease_routes.ts";
import { readQuery } from "./parameter.ts";
import { HttpMetrics } from "./metrics/http_metrics.ts";
import { metricsRoutes } from "./metrics/metrics_routes.ts";
import { honoPath, pathMatches, segmentsOf } from "./path_pattern.ts";
import { produceRoutes } from "./produce_routes.ts";
import type { Method, Route, Services } from "./route.ts";
import { streamRoutes } from "./stream/stream_routes.ts";
import { topicRoutes } from "./topic_routes.ts";
import { adminRoutes } from "./v3/routes.ts";
import { v3ProduceRoutes } from "./v3/produce_routes.ts";

const LOG_INTERVAL_MS = 1000;
const NO_PARAMETERS = {};

/** The routes of the API, but the index of them. */
export const apiRoutes: readonly Route[] = [
  ...produceRoutes,
  ...v3ProduceRoutes,
  ...fetchRoutes,
  ...streamRoutes,
  ...leaseRoutes,
  ...consumerRoutes,
  ...positionRoutes,
  ...topicRoutes,
  ...adminRoutes,
  ...healthRoutes,
  ...metricsRoutes,
  ...documentRoutes(() => [...apiRoutes, indexRoute(apiRoutes)]),
];

/** The app that serves `services`; its `fetch` takes requests. */
export function createApp(services: Services, log: Logger): Hono {
  const routes = [indexRoute(apiRoutes), ...apiRoutes, ...consoleRoutes];
  const logSeldom = seldom(log);
  const { httpMetrics = new HttpMetrics() } = services;
  const app = new Hono({ strict: false });

  function errorResponse(error: unknown, context: Context): Response {
    const topic = context.req.param("topic") ?? "";
    const failure = failureOf(error, topic);
    if (failure === undefined) {
      logSeldom(
        `HTTP: ${context.req.method} ${context.req.path} failed for a reason of our own: ${describe(error)}`,
      );
      return new ApiError(
        500,
        ApiErrorCode.INTERNAL,
        "Something went wrong inside the gateway; its log tells what. Trying again may help.",
      ).toResponse();
    }
    if (error instanceof ConnectionError) {
      logSeldom(`HTTP: ${error.message}`);
      const { ready, reason } = services.isReady();
      if (!ready) {
        return new ApiError(
          503,
          ApiErrorCode.KAFKA_RETRIABLE,
          `The broker is not ready: ${reason ?? "it is starting."} GET /readyz tells when it is.`,
          { "retry-after": "1" },
        ).toResponse();
      }
    }
    return failure.toResponse();
  }

  for (const route of routes) {
    const changes = route.method !== "GET";
    const counts = httpMetrics.route(route.method, route.path);
    app.on(route.method, pathsOf(route).map(honoPath), async (context) => {
      const startMs = performance.now();
      let response: Response;
      try {
        if (changes) refuseCrossSite(context.req.raw, services.origins);
        if (route.query === undefined) readQuery(context.req.raw.url, NO_PARAMETERS);
        response = await route.handle(context, services);
      } catch (error) {
        response = errorResponse(error, context);
      }
      counts.answered(response.status, (performance.now() - startMs) / 1000);
      return response;
    });
  }
  app.notFound((context) => {
    const error = unknownRoute(context.req.method, context.req.path, routes);
    httpMetrics.unknown.answered(error.status, 0);
    return error.toResponse();
  });
  app.onError(errorResponse);
  return app;
}

/** 405 with the methods there are if the path is known, else 404 with the paths that begin alike. */
export function unknownRoute(method: string, path: string, routes: readonly Route[]): ApiError {
  const methods = routes
    .filter((route) => pathsOf(route).some((one) => pathMatches(one, path)))
    .map((route) => route.method);
  const shown = path.length > 200 ? path.slice(0, 200) + "…" : path;
  // A path with an empty segment is no route's, though it looks like one.
  if (methods.length > 0 && !methods.includes(method as Method)) {
    const allowed = [...new Set(methods)].flatMap((one) => one === "GET" ? ["GET", "HEAD"] : [one]);
    return new ApiError(
      405,
      ApiErrorCode.METHOD_NOT_ALLOWED,
      `${method.slice(0, 20)} is not possible on ${shown}: use ${allowed.join(", ")}.`,
      { allow: allowed.join(", ") },
    );
  }
  const near = routes.filter((route) =>
    route.path !== "/" && segmentsOf(route.path)[0] === segmentsOf(path)[0]
  );
  const paths = [...new Set(near.map((route) => route.path))];
  return new ApiError(
    404,
    ApiErrorCode.NO_SUCH_ROUTE,
    `There is nothing at ${shown}. ` +
      (paths.length > 0 ? `Near it there are ${paths.join(", ")}. ` : "") +
      "GET / lists all routes with examples.",
  );
}

function pathsOf({ path, alias }: Route): string[] {
  return alias === undefined ? [path] : [path, alias];
}

/** A log that says no more than one line a second, and how many it left out: a broker that is away fails every request. */
function seldom(log: Logger): (message: string) => void {
  let last = -Infinity;
  let leftOut = 0;
  return (message) => {
    const now = performance.now();
    if (now - last < LOG_INTERVAL_MS) {
      leftOut++;
      return;
    }
    log("warn", leftOut === 0 ? message : `${message} (${leftOut} more like this before)`);
    last = now;
    leftOut = 0;
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
