/**
 * Health.
 * @module
 */
import type { Example } from "./example.ts";

export const healthExamples: readonly Example[] = [
  "/livez",
  "/healthz",
  "/healthy",
  "/readyz",
  "/ready",
  "/status/ready",
  "/metrics",
].map((path) => ({ route: `GET ${path}`, status: 200 }));
