/**
 * Health, under the names that orchestrators and other proxies use: `/livez` says that this process answers, `/readyz`
 * that the broker has recovered its logs and serves, or that the cluster behind a gateway answers.
 * @module
 */
import { json, type Route, type Services } from "./route.ts";

export const healthRoutes: readonly Route[] = [
  ...["/livez", "/healthz", "/healthy"].map((path): Route => ({
    method: "GET",
    path,
    tag: "health",
    summary: "is the process alive?",
    ...(path === "/livez" ? { example: "HOST/livez" } : {}),
    handle: (_, { nodeId }) => json({ status: "alive", node_id: nodeId }),
  })),
  ...["/readyz", "/ready", "/status/ready"].map((path): Route => ({
    method: "GET",
    path,
    tag: "health",
    summary: "may requests be sent to it?",
    ...(path === "/readyz" ? { example: "HOST/readyz" } : {}),
    handle: (_, services) => showReadiness(services),
  })),
];

function showReadiness({ isReady, nodeId }: Services): Response {
  const { ready, reason, progress } = isReady();
  if (ready) return json({ status: "ready", node_id: nodeId });
  return json({
    status: "not ready",
    node_id: nodeId,
    reason: reason ?? "The broker is starting.",
    progress: progress ?? null,
  }, { status: 503, headers: { "retry-after": "1" } });
}
