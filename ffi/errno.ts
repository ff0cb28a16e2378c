/**
 * Linux error numbers with their names and what they mean for people. These numbers are the generic ones, the same
 * on x86-64 and arm64.
 * @module
 */
import { libc } from "./libc.ts";

/** Errors that the code asks for by name. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EEXIST: 17,
  ENOTDIR: 20,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOSYS: 38,
  EPROTO: 71,
  ENOPROTOOPT: 92,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ENOTCONN: 107,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
} as const;

const table: ReadonlyMap<number, readonly [name: string, text: string]> = new Map([
  [1, ["EPERM", "Operation not permitted"]],
  [2, ["ENOENT", "No such file or directory"]],
  [4, ["EINTR", "Interrupted by a signal"]],
  [5, ["EIO", "The device failed (input/output error)"]],
  [6, ["ENXIO", "No such device or address"]],
  [7, ["E2BIG", "Argument list too long"]],
  [9, ["EBADF", "Not an open descriptor; it has been closed"]],
  [11, ["EAGAIN", "Resource temporarily unavailable"]],
  [12, ["ENOMEM", "Out of memory, or of memory mappings (vm.max_map_count)"]],
  [13, ["EACCES", "Permission denied"]],
  [14, ["EFAULT", "Bad address"]],
  [16, ["EBUSY", "Device or resource busy"]],
  [17, ["EEXIST", "It exists already"]],
  [18, ["EXDEV", "Source and target are on different file systems"]],
  [19, ["ENODEV", "No such device"]],
  [20, ["ENOTDIR", "A part of the path is not a directory"]],
  [21, ["EISDIR", "It is a directory"]],
  [22, ["EINVAL", "Invalid argument"]],
  [23, ["ENFILE", "The system has run out of open files (fs.file-max)"]],
  [24, ["EMFILE", "This process has run out of open files (ulimit -n)"]],
  [26, ["ETXTBSY", "The file is being executed"]],
  [27, ["EFBIG", "The file would be larger than the file system or ulimit -f allows"]],
  [28, ["ENOSPC", "No space left on the device"]],
  [29, ["ESPIPE", "Not a seekable file"]],
  [30, ["EROFS", "The file system is read-only"]],
  [31, ["EMLINK", "Too many links"]],
  [32, ["EPIPE", "The peer has closed the connection"]],
  [36, ["ENAMETOOLONG", "The name is too long"]],
  [37, ["ENOLCK", "No locks available"]],
  [38, ["ENOSYS", "The kernel does not have this call"]],
  [39, ["ENOTEMPTY", "The directory is not empty"]],
  [40, ["ELOOP", "Too many symbolic links"]],
  [71, ["EPROTO", "Protocol error"]],
  [75, ["EOVERFLOW", "Value too large"]],
  [88, ["ENOTSOCK", "Not a socket"]],
  [90, ["EMSGSIZE", "Message too long"]],
  [92, ["ENOPROTOOPT", "The protocol is not available"]],
  [93, ["EPROTONOSUPPORT", "The protocol is not supported"]],
  [95, ["EOPNOTSUPP", "Not supported here"]],
  [97, ["EAFNOSUPPORT", "This machine does not have this kind of address"]],
  [98, ["EADDRINUSE", "The address is in use by another process or socket"]],
  [99, ["EADDRNOTAVAIL", "This machine does not have that address"]],
  [100, ["ENETDOWN", "The network is down"]],
  [101, ["ENETUNREACH", "The network is unreachable"]],
  [103, ["ECONNABORTED", "The connection was aborted"]],
  [104, ["ECONNRESET", "The peer has reset the connection"]],
  [105, ["ENOBUFS", "No buffer space available"]],
  [106, ["EISCONN", "Connected already"]],
  [107, ["ENOTCONN", "Not connected"]],
  [110, ["ETIMEDOUT", "Timed out"]],
  [111, ["ECONNREFUSED", "Connection refused"]],
  [112, ["EHOSTDOWN", "The host is down"]],
  [113, ["EHOSTUNREACH", "No route to the host"]],
  [122, ["EDQUOT", "The disk quota is used up"]],
]);

const numbers: ReadonlyMap<string, number> = new Map(
  Array.from(table, ([errno, [name]]) => [name, errno]),
);

/** "ENOENT" for 2; "ERRNO_200" for one without an entry. */
export function errnoName(errno: number): string {
  return table.get(errno)?.[0] ?? `ERRNO_${errno}`;
}

/** What the error means, in a few words. */
export function errnoText(errno: number): string {
  return table.get(errno)?.[1] ?? `Error ${errno}`;
}

/** 2 for "ENOENT"; undefined for a name without an entry. */
export function errnoNumber(name: string): number | undefined {
  return numbers.get(name);
}

let location: Int32Array | undefined;

/**
 * `errno` of this thread: meaningful only right after a call that said it failed. An isolate never changes its thread,
 * so the address is asked for once.
 */
export function lastErrno(): number {
  return (location ??= locate())[0] ?? 0;
}

function locate(): Int32Array {
  const pointer = libc().__errno_location();
  if (pointer === null) throw new Error("The C library has no errno for this thread.");
  return new Int32Array(Deno.UnsafePointerView.getArrayBuffer(pointer, Int32Array.BYTES_PER_ELEMENT));
}
