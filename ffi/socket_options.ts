/**
 * Options of sockets, by setsockopt.
 * @module
 */
import { libc } from "./libc.ts";
import { lastError } from "./system_error.ts";

interface SocketOption {
  readonly name: string;
  readonly level: number;
  readonly option: number;
}

/** A restarted server takes its port at once, though old connections linger in TIME_WAIT. */
export const SO_REUSEADDR: SocketOption = { name: "SO_REUSEADDR", level: 1, option: 2 };
/** Several listeners on one port; the kernel spreads the connections. */
export const SO_REUSEPORT: SocketOption = { name: "SO_REUSEPORT", level: 1, option: 15 };
export const SO_SNDBUF: SocketOption = { name: "SO_SNDBUF", level: 1, option: 7 };
export const SO_RCVBUF: SocketOption = { name: "SO_RCVBUF", level: 1, option: 8 };
/** Small answers leave at once; what belongs together is held together by MSG_MORE. */
export const TCP_NODELAY: SocketOption = { name: "TCP_NODELAY", level: 6, option: 1 };
/** 0: an IPv6 listener takes IPv4 connections too. */
export const IPV6_V6ONLY: SocketOption = { name: "IPV6_V6ONLY", level: 41, option: 26 };

export function setSocketOption(
  descriptor: number,
  option: SocketOption,
  value: number,
  path?: string,
): void {
  const bytes = new Int32Array([value]);
  if (libc().setsockopt(descriptor, option.level, option.option, bytes, bytes.byteLength) !== 0) {
    throw lastError(`setsockopt ${option.name}`, path);
  }
}
