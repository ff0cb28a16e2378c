/**
 * Where a broker is reached: a host and port, or the path of a Unix socket.
 * @module
 */
export type BrokerAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** For messages: "127.0.0.1:9092", "[::1]:9092", "unix:/run/milena.sock". */
export function formatAddress(address: BrokerAddress): string {
  if ("path" in address) return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
