/**
 * What went wrong with a connection rather than with a request: nobody there, closed, too slow, not Kafka.
 * @module
 */

export type ConnectionFailure =
  /** Nobody answered at the address, or not in time. */
  | "unreachable"
  /** The connection ended, by the other side or by `close()`. */
  | "closed"
  /** An answer did not come in time; the connection was given up, since answers come in order. */
  | "timeout"
  /** What came is no answer of the Kafka protocol, or none to the request it should be for. */
  | "protocol"
  /** An answer is larger than the limit. */
  | "too-large"
  /** The broker offers no version of this request that we know. */
  | "unsupported"
  /** TLS can't be agreed on, or one side does not believe the other's certificate. */
  | "tls"
  /** The broker does not believe that we are who we say, or is itself not to be believed. */
  | "authentication";

export class ConnectionError extends Error {
  override name = "ConnectionError";

  /** `sent`: the request had been handed to the socket, so it may have been carried out. */
  constructor(
    readonly failure: ConnectionFailure,
    message: string,
    readonly sent: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Whether the same request may succeed over a new connection. */
  get retriable(): boolean {
    return this.failure === "unreachable" || this.failure === "closed" || this.failure === "timeout";
  }
}

/** No broker of the cluster could be reached: there is nobody to ask where to go instead. */
export class ClusterAwayError extends ConnectionError {
  override name = "ClusterAwayError";

  /** `last`: what was tried last came to. */
  constructor(last: ConnectionError) {
    super(last.failure, last.message, last.sent, { cause: last });
  }
}
