/**
 * Sockets of Deno. Its connections are what the port wants, as they are.
 *
 * TCP_NODELAY can be set only before TLS begins, and a certificate of this side be shown only by the call that does both
 * in one. So with a certificate Nagle's algorithm stays on: a request behind another may wait for the broker's next
 * acknowledgement. And what was given up in the middle of the handshake Deno closes only when the other side does.
 * @module
 */
import type { BrokerAddress } from "../address.ts";
import type { OpeningOptions, Socket, TlsOptions } from "./socket.ts";

export async function openDenoSocket(
  address: BrokerAddress,
  { tls, signal }: OpeningOptions,
): Promise<Socket> {
  if ("path" in address) {
    return await unlessAborted(Deno.connect({ transport: "unix", path: address.path }), signal);
  }
  const { host: hostname, port } = address;
  const certified = certifiedBy(tls);
  if (certified !== undefined) {
    return await shaken(Deno.connectTls({ hostname, port, ...authoritiesOf(tls), ...certified }), signal);
  }
  const socket = await unlessAborted(Deno.connect({ hostname, port }), signal);
  socket.setNoDelay(true);
  return tls === undefined
    ? socket
    : await shaken(Deno.startTls(socket, { hostname, ...authoritiesOf(tls) }), signal);
}

function authoritiesOf(tls: TlsOptions | undefined): { readonly caCerts?: string[] } {
  return tls?.ca === undefined ? {} : { caCerts: [tls.ca] };
}

function certifiedBy(
  tls: TlsOptions | undefined,
): { readonly cert: string; readonly key: string } | undefined {
  return tls?.cert === undefined || tls.key === undefined ? undefined : { cert: tls.cert, key: tls.key };
}

async function shaken(opening: Promise<Deno.TlsConn>, signal: AbortSignal): Promise<Socket> {
  const socket = await unlessAborted(opening, signal);
  const close = () => socket.close();
  signal.addEventListener("abort", close);
  try {
    await socket.handshake();
    return socket;
  } catch (error) {
    if (!signal.aborted) close();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
  }
}

/** Should it still be opened after `signal` was aborted, it is closed. */
function unlessAborted<T extends Deno.Conn>(opening: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      opening.then((unwanted) => unwanted.close(), () => {});
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort);
    opening.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
