/**
 * Where a member of a group is, in the text that Kafka's tools show: as Java writes an address without a name.
 * @module
 */
import type { SocketAddress } from "../transport.ts";

const IPV6_GROUPS = 8;
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** "/127.0.0.1", "/0:0:0:0:0:0:0:1". A Unix socket, whose other end is the HTTP gateway on this host, is as good as loopback. */
export function clientHost({ family, host }: SocketAddress): string {
  if (family === "unix") return "/127.0.0.1";
  return `/${family === "ipv6" ? uncompressed(host) : host}`;
}

/** Java leaves no zeros out, and takes an IPv4 address in IPv6's clothes for what it is. */
function uncompressed(host: string): string {
  const mapped = MAPPED_IPV4.exec(host)?.[1];
  if (mapped !== undefined) return mapped;
  const [head, tail] = host.split("::") as [string, string | undefined];
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return host;
  const after = tail === "" ? [] : tail.split(":");
  const zeros = new Array<string>(Math.max(IPV6_GROUPS - before.length - after.length, 0)).fill("0");
  return [...before, ...zeros, ...after].join(":");
}
