/**
 * Opens sockets by what the program runs on: Deno's own, or those of node:net and node:tls. The other is never loaded.
 * @module
 */
import { type BrokerAddress, formatAddress } from "../address.ts";
import { ConnectionError } from "../connection_error.ts";
import type { OpeningOptions, Socket, TlsOptions } from "./socket.ts";
import { isCutHandshake, tlsAdvice } from "./tls_failure.ts";

export interface OpenSocketOptions {
  /** Most milliseconds until it is open, TLS and all. */
  readonly timeoutMs: number;
  /** Without: bytes go as they are. */
  readonly tls?: TlsOptions | undefined;
}

/** Throws a ConnectionError that says what to do, as far as that can be told. */
export async function openSocket(address: BrokerAddress, options: OpenSocketOptions): Promise<Socket> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer within ${Math.round(options.timeoutMs)} ms`)),
    options.timeoutMs,
  );
  try {
    return await open(address, { tls: options.tls, signal: late.signal });
  } catch (error) {
    const cause = late.signal.aborted ? late.signal.reason : error;
    throw unopened(address, options, cause);
  } finally {
    clearTimeout(timer);
  }
}

async function open(address: BrokerAddress, options: OpeningOptions): Promise<Socket> {
  if ("Deno" in globalThis) return await (await import("./deno_socket.ts")).openDenoSocket(address, options);
  return await (await import("./node_socket.ts")).openNodeSocket(address, options);
}

function unopened(address: BrokerAddress, { tls }: OpenSocketOptions, cause: unknown): ConnectionError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const where = formatAddress(address);
  const advice = tls === undefined ? undefined : tlsAdvice(cause);
  if (advice !== undefined) {
    return new ConnectionError("tls", `no TLS with the broker at ${where}: ${advice} (${said})`, false, {
      cause,
    });
  }
  const guess = tls !== undefined && isCutHandshake(cause)
    ? "; it closed the connection in the middle of the TLS handshake, as a port does that does not speak TLS: is " +
      "security.protocol right?"
    : "";
  return new ConnectionError("unreachable", `no connection to a broker at ${where}: ${said}${guess}`, false, {
    cause,
  });
}
