/**
 * The Unix socket by which HTTP reaches the reactor.
 * @module
 */

/** sun_path of unix(7) has 108 bytes, the last one 0. */
const MAX_SOCKET_PATH_BYTES = 107;

/** In the data directory, whose lock the reactor holds when it listens; elsewhere if the path would be too long for a socket. */
export function gatewayPath(dataDirectory: string): string {
  const path = `${dataDirectory}/milena.sock`;
  const { length } = new TextEncoder().encode(path);
  return length <= MAX_SOCKET_PATH_BYTES
    ? path
    : `${Deno.makeTempDirSync({ prefix: "milena-" })}/milena.sock`;
}
