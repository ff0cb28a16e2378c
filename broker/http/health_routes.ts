/**
 * Health, under the names that orchestrators and other proxies use: `/livez` says that the broker's loop turns, `/readyz`
 * that the broker has recovered its logs and serves, or that the cluster behind a gateway answers.
 * @module
 */
import * as v from "valibot";
import { json, type Route, type Services } from "./route.ts";

const id = v.pipe(v.number(), v.integer());
const alive = v.pipe(v.strictObject({ status: v.literal("alive"), node_id: id }), v.title("Alive"));
const notAlive = v.pipe(
  v.strictObject({ status: v.literal("not alive"), node_id: id }),
  v.title("NotAlive"),
);
const ready = v.pipe(
  v.strictObject({ status: v.literal("ready"), node_id: id, troubles: v.optional(v.array(v.string())) }),
  v.title("Ready"),
);
const notReady = v.pipe(
  v.strictObject({
    status: v.literal("not ready"),
    node_id: id,
    reason: v.string(),
    /** Of what is to be done before; null: nobody knows. */
    progress: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  }),
  v.title("NotReady"),
);

export const healthRoutes: readonly Route[] = [
  ...["/livez", "/healthz", "/healthy"].map((path): Route => ({
    method: "GET",
    path,
    tag: "health",
    summary: "does the broker's loop turn?",
    ...(path === "/livez" ? { example: "HOST/livez" } : {}),
    answers: {
      200: {
        description: "It does, or has not stood still for long.",
        content: { "application/json": alive },
      },
      503: {
        description: "It has stood still for 10 s at least: restart the broker.",
        content: { "application/json": notAlive },
      },
    },
    handle: (_, services) => showLiveness(services),
  })),
  ...["/readyz", "/ready", "/status/ready"].map((path): Route => ({
    method: "GET",
    path,
    tag: "health",
    summary: "may requests be sent to it?",
    ...(path === "/readyz" ? { example: "HOST/readyz" } : {}),
    answers: {
      200: { description: "They may.", content: { "application/json": ready } },
      503: {
        description: "Not yet, or not any more.",
        content: { "application/json": notReady },
        headers: { "Retry-After": "seconds" },
      },
    },
    handle: (_, services) => showReadiness(services),
  })),
];

async function showLiveness({ nodeId, isAlive }: Services): Promise<Response> {
  if (isAlive === undefined || await isAlive()) return json({ status: "alive", node_id: nodeId });
  return json({ status: "not alive", node_id: nodeId }, { status: 503 });
}

function showReadiness({ isReady, nodeId }: Services): Response {
  const { ready, reason, progress, troubles = [] } = isReady();
  if (ready) {
    return json({ status: "ready", node_id: nodeId, ...troubles.length === 0 ? {} : { troubles } });
  }
  return json({
    status: "not ready",
    node_id: nodeId,
    reason: reason ?? "The broker is starting.",
    progress: progress ?? null,
  }, { status: 503, headers: { "retry-after": "1" } });
}
