/**
 * How many HTTP requests came to which route, how they ended, and how long they took.
 * @module
 */
import { HISTOGRAM_CELLS, observe, readHistogram } from "../../metrics/histogram.ts";
import type { Exposition } from "./exposition.ts";
import type { MetricsSource } from "./metrics_source.ts";

/** Counts the requests of one route. */
export class RouteMetrics {
  readonly method: string;
  readonly path: string;
  readonly #durations = new Float64Array(HISTOGRAM_CELLS);
  readonly #byStatus = new Map<number, number>();

  constructor(method: string, path: string) {
    this.method = method;
    this.path = path;
  }

  answered(status: number, seconds: number): void {
    observe(this.#durations, 0, seconds);
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1);
  }

  write(exposition: Exposition): void {
    for (const [status, count] of this.#byStatus) {
      exposition.sample("milena_http_requests_total", count, [this.path, this.method, status]);
    }
    exposition.histogram("milena_http_request_duration_seconds", readHistogram(this.#durations, 0), [
      this.path,
      this.method,
    ]);
  }
}

export class HttpMetrics implements MetricsSource {
  /** Told by the server, once there is one. */
  connectionCount: () => number = () => 0;
  streamCount: () => number = () => 0;
  readonly #routes: RouteMetrics[] = [];
  /** Requests for what there is not: their paths are the callers', and no label. */
  readonly unknown: RouteMetrics = this.route("*", "(none)");

  route(method: string, path: string): RouteMetrics {
    const route = new RouteMetrics(method, path);
    this.#routes.push(route);
    return route;
  }

  write(exposition: Exposition): void {
    for (const route of this.#routes) route.write(exposition);
    exposition.sample("milena_http_connections", this.connectionCount());
    exposition.sample("milena_http_streams", this.streamCount());
  }
}
