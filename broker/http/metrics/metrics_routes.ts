/**
 * `GET /metrics`, for Prometheus.
 * @module
 */
import type { Route, Services } from "../route.ts";
import { ByteResponse } from "../server/byte_response.ts";
import { CONTENT_TYPE, Exposition } from "./exposition.ts";

export const metricsRoutes: readonly Route[] = [{
  method: "GET",
  path: "/metrics",
  tag: "health",
  summary: "metrics for Prometheus: Milena's own, and those of kafka_exporter",
  description:
    "docs/metrics.md has all of them. Asking costs the broker's loop nothing: it writes them to shared memory.",
  example: "HOST/metrics",
  answers: {
    200: { description: "Prometheus' text format 0.0.4.", content: { "text/plain": undefined } },
  },
  handle: (_, services) => showMetrics(services),
}];

const encoder = new TextEncoder();

async function showMetrics({ isReady, metrics = [] }: Services): Promise<Response> {
  const exposition = new Exposition();
  exposition.sample("milena_ready", isReady().ready ? 1 : 0);
  for (const source of metrics) await source.write(exposition);
  const pieces = exposition.pieces();
  const first = pieces.next().value ?? "";
  const second = pieces.next();
  const headers: [string, string][] = [["content-type", CONTENT_TYPE], ["cache-control", "no-store"]];
  if (second.done) return new ByteResponse(first, headers);
  const begun = [first, second.value];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const piece = begun.shift() ?? pieces.next().value;
      if (piece === undefined) controller.close();
      else controller.enqueue(encoder.encode(piece));
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers });
}
