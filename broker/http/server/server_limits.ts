/**
 * How much and how long the HTTP server waits, in numbers. All are finite.
 * @module
 */
import type { HttpConfig } from "../../config.ts";

export type ServerLimits = Omit<HttpConfig, "allowedOrigins">;

export const defaultServerLimits: ServerLimits = {
  headBytes: 16 * 1024,
  headMs: 10_000,
  bodyMs: 20_000,
  idleMs: 60_000,
  writeMs: 30_000,
  connections: 10_000,
  connectionsPerAddress: 5000,
  requestsInFlight: 4096,
};
