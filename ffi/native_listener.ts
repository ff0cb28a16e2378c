/**
 * Listening sockets: the port `Listener` for IPv4, IPv6 and Unix sockets.
 * @module
 */
import type { Listener, Socket, SocketAddress } from "../broker/transport.ts";
import { cString } from "./c_string.ts";
import { CLOEXEC, CLOSED, closeDescriptor, NONBLOCK } from "./descriptor.ts";
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { NativeSocket } from "./native_socket.ts";
import {
  ADDRESS_BYTES,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  decodeAddress,
  encodeInternetAddress,
  encodeUnixAddress,
  formatAddress,
} from "./socket_address.ts";
import {
  IPV6_V6ONLY,
  setSocketOption,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  TCP_NODELAY,
} from "./socket_options.ts";
import { lastError, SystemError } from "./system_error.ts";

const SOCK_STREAM = 1;
/** Connections that may wait to be accepted; the kernel cuts it to net.core.somaxconn. */
const DEFAULT_BACKLOG = 1024;

/** Errors of a connection that died before it was accepted: accept(2) says to try the next one. */
const DEAD_ON_ARRIVAL: ReadonlySet<number> = new Set([
  Errno.EINTR,
  Errno.ECONNABORTED,
  Errno.EPROTO,
  Errno.ENETDOWN,
  Errno.ENETUNREACH,
  Errno.EOPNOTSUPP,
  Errno.EPERM, // a firewall rule
  Errno.ENOPROTOOPT,
  Errno.EHOSTDOWN,
  Errno.EHOSTUNREACH,
]);

interface ListenOptions {
  readonly backlog?: number;
  /** SO_RCVBUF of the connections; undefined: the kernel's choice, which adapts itself. */
  readonly receiveBufferBytes?: number | undefined;
  /** SO_SNDBUF of the connections; undefined: the kernel's choice, which adapts itself. */
  readonly sendBufferBytes?: number | undefined;
}

export interface ListenTcpOptions extends ListenOptions {
  /** An IPv4 or IPv6 address, "localhost" (127.0.0.1), or "": every address, of both kinds where the machine has both. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Let other listeners share the port. Default false. */
  readonly reusePort?: boolean;
}

export interface ListenUnixOptions extends ListenOptions {
  /** Remove a socket that an ended process left at the path. Only for paths that nobody else can be using. Default false. */
  readonly replace?: boolean;
}

export class NativeListener implements Listener {
  readonly local: SocketAddress;
  #descriptor: number;
  readonly #addressBytes = new Uint8Array(ADDRESS_BYTES);
  readonly #addressLength = new Uint32Array(1);

  /** Takes over `descriptor`, which listens and is non-blocking. */
  constructor(descriptor: number, local: SocketAddress) {
    this.#descriptor = descriptor;
    this.local = local;
  }

  get descriptor(): number {
    return this.#descriptor;
  }

  accept(): Socket | undefined {
    for (;;) {
      this.#addressLength[0] = ADDRESS_BYTES;
      const descriptor = libc().accept4(
        this.#descriptor,
        this.#addressBytes,
        this.#addressLength,
        NONBLOCK | CLOEXEC,
      );
      if (descriptor >= 0) return this.#connected(descriptor);
      const errno = lastErrno();
      if (errno === Errno.EAGAIN) return undefined;
      if (!DEAD_ON_ARRIVAL.has(errno)) throw new SystemError("accept", formatAddress(this.local), errno);
    }
  }

  /** Closes it; a Unix socket's path is removed too. */
  close(): void {
    if (this.#descriptor === CLOSED) return;
    const descriptor = this.#descriptor;
    this.#descriptor = CLOSED;
    if (this.local.family === "unix") removePath(this.local.host);
    closeDescriptor(descriptor, formatAddress(this.local));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #connected(descriptor: number): Socket {
    try {
      const peer = decodeAddress(this.#addressBytes, this.#addressLength[0] ?? 0);
      if (this.local.family === "unix") return new NativeSocket(descriptor, this.local, peer);
      setSocketOption(descriptor, TCP_NODELAY, 1, formatAddress(peer));
      return new NativeSocket(descriptor, localAddress(descriptor, formatAddress(peer)), peer);
    } catch (error) {
      closeDescriptor(descriptor);
      throw error;
    }
  }
}

/** Listens on TCP. Throws with code "EADDRINUSE", "EADDRNOTAVAIL" or "EACCES", and "host:port" as path, if it can't. */
export function listenTcp(options: ListenTcpOptions): NativeListener {
  if (options.host !== "") {
    return listenInternet(options, options.host === "localhost" ? "127.0.0.1" : options.host);
  }
  try {
    return listenInternet(options, "::");
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (error.errno !== Errno.EAFNOSUPPORT && error.errno !== Errno.EADDRNOTAVAIL) throw error;
    return listenInternet(options, "0.0.0.0"); // a machine without IPv6
  }
}

/** Listens on a Unix socket at `path`; who may connect is said by the permissions of its directory. */
export function listenUnix(path: string, options: ListenUnixOptions = {}): NativeListener {
  const address = encodeUnixAddress(path);
  if (options.replace && isSocket(path)) removePath(path);
  return listenAt(AF_UNIX, address, path, options);
}

function listenInternet(options: ListenTcpOptions, host: string): NativeListener {
  const address = encodeInternetAddress(host, options.port);
  const family = address.length === 16 ? AF_INET : AF_INET6;
  const name = formatAddress({ family: family === AF_INET ? "ipv4" : "ipv6", host, port: options.port });
  return listenAt(family, address, name, options, (descriptor) => {
    setSocketOption(descriptor, SO_REUSEADDR, 1, name);
    if (options.reusePort) setSocketOption(descriptor, SO_REUSEPORT, 1, name);
    if (host === "::") setSocketOption(descriptor, IPV6_V6ONLY, 0, name);
  });
}

function listenAt(
  family: number,
  address: Uint8Array<ArrayBuffer>,
  name: string,
  options: ListenOptions,
  prepare?: (descriptor: number) => void,
): NativeListener {
  const descriptor = libc().socket(family, SOCK_STREAM | NONBLOCK | CLOEXEC, 0);
  if (descriptor < 0) throw lastError("socket", name);
  let bound = false;
  try {
    prepare?.(descriptor);
    // Before listen: connections inherit them, and the window scale is agreed on by the buffer's size.
    if (options.receiveBufferBytes !== undefined) {
      setSocketOption(descriptor, SO_RCVBUF, options.receiveBufferBytes, name);
    }
    if (options.sendBufferBytes !== undefined) {
      setSocketOption(descriptor, SO_SNDBUF, options.sendBufferBytes, name);
    }
    if (libc().bind(descriptor, address, address.length) !== 0) throw lastError("bind", name);
    bound = true;
    if (libc().listen(descriptor, options.backlog ?? DEFAULT_BACKLOG) !== 0) throw lastError("listen", name);
    return new NativeListener(descriptor, localAddress(descriptor, name));
  } catch (error) {
    if (bound && family === AF_UNIX) removePath(name);
    closeDescriptor(descriptor, name);
    throw error;
  }
}

function localAddress(descriptor: number, name: string): SocketAddress {
  const bytes = new Uint8Array(ADDRESS_BYTES);
  const length = new Uint32Array([ADDRESS_BYTES]);
  if (libc().getsockname(descriptor, bytes, length) !== 0) throw lastError("getsockname", name);
  return decodeAddress(bytes, length[0] ?? 0);
}

/** Best effort: a path that is gone already is what was wanted, and one that can't go shows at the next bind. */
function removePath(path: string): void {
  libc().unlink(cString(path));
}

function isSocket(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSocket === true;
  } catch {
    return false;
  }
}
