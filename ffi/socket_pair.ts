/**
 * Two connected Unix sockets of one process: for tests and benchmarks.
 * @module
 */
import type { SocketAddress } from "../broker/transport.ts";
import { CLOEXEC, NONBLOCK } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { NativeSocket } from "./native_socket.ts";
import { AF_UNIX } from "./socket_address.ts";
import { lastError } from "./system_error.ts";

const SOCK_STREAM = 1;

/** Both ends are non-blocking; each is the other's peer. */
export function socketPair(): [NativeSocket, NativeSocket] {
  const descriptors = new Int32Array(2);
  if (libc().socketpair(AF_UNIX, SOCK_STREAM | NONBLOCK | CLOEXEC, 0, descriptors) !== 0) {
    throw lastError("socketpair");
  }
  const [left, right] = descriptors as unknown as [number, number];
  const unnamed: SocketAddress = { family: "unix", host: "", port: 0 };
  return [new NativeSocket(left, unnamed, unnamed), new NativeSocket(right, unnamed, unnamed)];
}
