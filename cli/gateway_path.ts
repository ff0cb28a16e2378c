/**
 * The Unix sockets between HTTP and the reactor: one by which HTTP reaches it as a Kafka client, and one by which it hands
 * on the HTTP that comes to the Kafka port.
 * @module
 */
import { dirname } from "node:path";

/** sun_path of unix(7) has 108 bytes, the last one 0. */
const MAX_SOCKET_PATH_BYTES = 107;
const GATEWAY = "milena.sock";
const RELAY = "milena-http.sock";

/** In the data directory, whose lock the reactor holds when it listens; elsewhere if a path would be too long for a socket. */
export function gatewayPath(dataDirectory: string): string {
  const { length } = new TextEncoder().encode(`${dataDirectory}/${RELAY}`);
  const directory = length <= MAX_SOCKET_PATH_BYTES
    ? dataDirectory
    : Deno.makeTempDirSync({ prefix: "milena-" });
  return `${directory}/${GATEWAY}`;
}

/** The other socket, beside `gatewayPath`. To be listened at only once the reactor is ready, and has the directory's lock. */
export function relayPath(gatewayPath: string): string {
  return `${dirname(gatewayPath)}/${RELAY}`;
}
