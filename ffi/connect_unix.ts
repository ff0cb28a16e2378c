/**
 * Connecting to a Unix socket, which never waits: the listener has room for one more, or it has not.
 * @module
 */
import { CLOEXEC, closeDescriptor, NONBLOCK } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { NativeSocket } from "./native_socket.ts";
import { AF_UNIX, encodeUnixAddress } from "./socket_address.ts";
import { lastError } from "./system_error.ts";

const SOCK_STREAM = 1;

/** Throws with code "ENOENT" or "ECONNREFUSED" if nobody listens at `path`, "EAGAIN" if too many wait there already. */
export function connectUnix(path: string): NativeSocket {
  const address = encodeUnixAddress(path);
  const descriptor = libc().socket(AF_UNIX, SOCK_STREAM | NONBLOCK | CLOEXEC, 0);
  if (descriptor < 0) throw lastError("socket", path);
  if (libc().connect(descriptor, address, address.length) !== 0) {
    const error = lastError("connect", path);
    closeDescriptor(descriptor, path);
    throw error;
  }
  return new NativeSocket(descriptor, { family: "unix", host: "", port: 0 }, {
    family: "unix",
    host: path,
    port: 0,
  });
}
