/**
 * Addresses as people write them ⇄ `struct sockaddr`. Pure but for the parsing of numeric addresses, which is the
 * C library's.
 *
 *     sockaddr_in    family u16 native, port u16 big-endian, address 4 bytes, 8 bytes of padding
 *     sockaddr_in6   family u16 native, port u16 big-endian, flow u32, address 16 bytes, scope u32
 *     sockaddr_un    family u16 native, path up to 108 bytes, ended by a zero byte
 * @module
 */
import type { SocketAddress } from "../broker/transport.ts";
import { cString } from "./c_string.ts";
import { libc } from "./libc.ts";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** Bytes that hold any of the three: `sizeof(struct sockaddr_un)` and a closing zero. */
export const ADDRESS_BYTES = 112;
const UNIX_PATH_BYTES = 108;
const UNIX_PATH_POSITION = 2;

/** "[::1]:9092", "127.0.0.1:9092", or the path of a Unix socket: as in error messages and logs. */
export function formatAddress(address: SocketAddress): string {
  switch (address.family) {
    case "ipv4":
      return `${address.host}:${address.port}`;
    case "ipv6":
      return `[${address.host}]:${address.port}`;
    case "unix":
      return address.host === "" ? "a Unix socket" : address.host;
  }
}

/** The `sockaddr` of a numeric IPv4 or IPv6 address; throws a TypeError for anything else. */
export function encodeInternetAddress(host: string, port: number): Uint8Array<ArrayBuffer> {
  if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    throw new TypeError(`A port is a whole number from 0 to 65535, but ${port} was given for ${host}.`);
  }
  const name = cString(host);
  const ipv4 = new Uint8Array(16);
  if (libc().inet_pton(AF_INET, name, ipv4.subarray(4)) === 1) {
    return encodeFamilyAndPort(ipv4, AF_INET, port);
  }
  const ipv6 = new Uint8Array(28);
  if (libc().inet_pton(AF_INET6, name, ipv6.subarray(8)) === 1) {
    return encodeFamilyAndPort(ipv6, AF_INET6, port);
  }
  throw new TypeError(
    `"${host}" is not an address to listen on: give an IPv4 or IPv6 address, "localhost", or "" for every address; ` +
      "other names have to be resolved first.",
  );
}

/** The `sockaddr` of a Unix socket; throws a TypeError if the path does not fit. */
export function encodeUnixAddress(path: string): Uint8Array<ArrayBuffer> {
  const name = cString(path);
  if (name.length === 1) throw new TypeError("A Unix socket needs a path, but it is empty.");
  if (name.length > UNIX_PATH_BYTES) {
    throw new TypeError(
      `The path of a Unix socket has at most ${UNIX_PATH_BYTES - 1} bytes, but ${path} has ${
        name.length - 1
      }.`,
    );
  }
  const bytes = new Uint8Array(UNIX_PATH_POSITION + name.length);
  view(bytes).setUint16(0, AF_UNIX, true);
  bytes.set(name, UNIX_PATH_POSITION);
  return bytes;
}

/**
 * What the kernel wrote: `length` bytes of a `sockaddr`. An IPv4 peer of a dual-stack listener comes as an IPv4
 * address, so that it counts as the same host on every listener.
 */
export function decodeAddress(bytes: Uint8Array, length: number): SocketAddress {
  const family = length < 2 ? AF_UNIX : view(bytes).getUint16(0, true);
  switch (family) {
    case AF_INET:
      return { family: "ipv4", host: bytes.subarray(4, 8).join("."), port: view(bytes).getUint16(2) };
    case AF_INET6: {
      const address = bytes.subarray(8, 24);
      const port = view(bytes).getUint16(2);
      return isMappedIpv4(address)
        ? { family: "ipv4", host: address.subarray(12).join("."), port }
        : { family: "ipv6", host: formatIpv6(address), port };
    }
    case AF_UNIX: {
      const path = bytes.subarray(UNIX_PATH_POSITION, Math.max(length, UNIX_PATH_POSITION));
      const end = path.indexOf(0);
      return {
        family: "unix",
        host: new TextDecoder().decode(end < 0 ? path : path.subarray(0, end)),
        port: 0,
      };
    }
    default:
      throw new Error(`The kernel gave an address of the unknown family ${family}.`);
  }
}

function encodeFamilyAndPort(
  bytes: Uint8Array<ArrayBuffer>,
  family: number,
  port: number,
): Uint8Array<ArrayBuffer> {
  view(bytes).setUint16(0, family, true); // native, which is little-endian on both architectures
  view(bytes).setUint16(2, port);
  return bytes;
}

/** ::ffff:0:0/96 */
function isMappedIpv4(address: Uint8Array): boolean {
  return address.subarray(0, 10).every((byte) => byte === 0) && address[10] === 0xff && address[11] === 0xff;
}

/** The short form of RFC 5952, which is also that of URLs. */
function formatIpv6(address: Uint8Array): string {
  const data = view(address);
  const groups = Array.from({ length: 8 }, (_, group) => data.getUint16(group * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
