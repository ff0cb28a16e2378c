/**
 * How much and how long the HTTP server waits, in numbers. All are finite.
 * @module
 */
export interface ServerLimits {
  /** Largest head of a request. */
  readonly headBytes: number;
  /** From the first byte of a head to its last. */
  readonly headMs: number;
  /** Without a byte of a body that is being waited for; what time a whole body has is said in request_body.ts. */
  readonly bodyMs: number;
  /** From one request's answer to the next request's first byte; also from a connection's beginning to that. */
  readonly idleMs: number;
  /** Without a byte of a finished answer being taken. */
  readonly writeMs: number;
  /** Connections at once. */
  readonly connections: number;
  /** Connections at once from one address; those over a Unix socket are not counted. */
  readonly connectionsPerAddress: number;
  /** Requests at once that have not been answered in full. */
  readonly requestsInFlight: number;
}

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
