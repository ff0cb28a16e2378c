/**
 * The C library: the only table of foreign functions in the project, and the only call of `Deno.dlopen`.
 *
 * What must be true of every line, because nothing checks it at run time:
 * - A parameter is as wide as C's. `size_t`, `off_t` and `uint64_t` are passed as bigint: a number works too, but
 *   takes the runtime's slow path (about 100 ns more for each call).
 * - Pointers to bytes are "buffer": a view on memory that JavaScript owns, which stays alive during the call. Only
 *   addresses that the kernel chose (mappings) are "pointer".
 * - A result of type `ssize_t` is declared `i32`: that reads the low half of the result register, saves making a
 *   bigint (about 10 ns), and is right as long as a call is never asked for more than 2^31 - 1 bytes:
 *   {@link MAX_TRANSFER_BYTES}.
 * - `open`, `fcntl` and `syscall` are variadic in C. On Linux, on both architectures, integers are passed to a variadic function
 *   as to any other.
 *
 * For tests only: where the environment has MILENA_TEST_LIBC, the library at that path takes the place of the C library
 * (tests/faults). Whoever can set it could set LD_PRELOAD as well. It is asked for once, when the library is opened, and
 * only where reading the variable is allowed without a question.
 * @module
 */
import { assertSupported } from "./platform.ts";

const symbols = {
  // Files
  open: {
    parameters: [
      "buffer", // const char *pathname
      "i32", // int flags
      "u32", // mode_t mode
    ],
    result: "i32",
  },
  close: {
    parameters: [
      "i32", // int fd
    ],
    result: "i32",
  },
  pread: {
    parameters: [
      "i32", // int fd
      "buffer", // void *buf
      "usize", // size_t count
      "i64", // off_t offset
    ],
    result: "i32",
  },
  pwrite: {
    parameters: [
      "i32", // int fd
      "buffer", // const void *buf
      "usize", // size_t count
      "i64", // off_t offset
    ],
    result: "i32",
  },
  read: {
    parameters: [
      "i32", // int fd
      "buffer", // void *buf
      "usize", // size_t count
    ],
    result: "i32",
  },
  write: {
    parameters: [
      "i32", // int fd
      "buffer", // const void *buf
      "usize", // size_t count
    ],
    result: "i32",
  },
  lseek: {
    parameters: [
      "i32", // int fd
      "i64", // off_t offset
      "i32", // int whence
    ],
    result: "i64",
  },
  fallocate: {
    parameters: [
      "i32", // int fd
      "i32", // int mode
      "i64", // off_t offset
      "i64", // off_t len
    ],
    result: "i32",
  },
  ftruncate: {
    parameters: [
      "i32", // int fd
      "i64", // off_t length
    ],
    result: "i32",
  },
  fdatasync: {
    parameters: [
      "i32", // int fd
    ],
    result: "i32",
  },
  fsync: {
    parameters: [
      "i32", // int fd
    ],
    result: "i32",
  },
  syncfs: {
    parameters: [
      "i32", // int fd
    ],
    result: "i32",
  },
  posix_fadvise: {
    parameters: [
      "i32", // int fd
      "i64", // off_t offset
      "i64", // off_t len
      "i32", // int advice
    ],
    result: "i32", // the errno itself
  },
  preadv2: {
    parameters: [
      "i32", // int fd
      "buffer", // const struct iovec *iov
      "i32", // int iovcnt
      "i64", // off_t offset
      "i32", // int flags
    ],
    result: "i32",
  },
  // Only for cachestat(2), which the C library has no function for.
  syscall: {
    parameters: [
      "i64", // long number
      "i32", // unsigned int fd
      "buffer", // struct cachestat_range *
      "buffer", // struct cachestat *
      "u32", // unsigned int flags
    ],
    result: "i32",
  },
  flock: {
    parameters: [
      "i32", // int fd
      "i32", // int operation
    ],
    result: "i32",
  },
  fcntl: {
    parameters: [
      "i32", // int fd
      "i32", // int cmd
      "i32", // int arg
    ],
    result: "i32",
  },

  // Paths
  access: {
    parameters: [
      "buffer", // const char *pathname
      "i32", // int mode
    ],
    result: "i32",
  },
  rename: {
    parameters: [
      "buffer", // const char *oldpath
      "buffer", // const char *newpath
    ],
    result: "i32",
  },
  unlink: {
    parameters: [
      "buffer", // const char *pathname
    ],
    result: "i32",
  },
  rmdir: {
    parameters: [
      "buffer", // const char *pathname
    ],
    result: "i32",
  },
  mkdir: {
    parameters: [
      "buffer", // const char *pathname
      "u32", // mode_t mode
    ],
    result: "i32",
  },

  // Mappings
  mmap: {
    parameters: [
      "pointer", // void *addr
      "usize", // size_t length
      "i32", // int prot
      "i32", // int flags
      "i32", // int fd
      "i64", // off_t offset
    ],
    result: "pointer",
  },
  munmap: {
    parameters: [
      "pointer", // void *addr
      "usize", // size_t length
    ],
    result: "i32",
  },
  madvise: {
    parameters: [
      "pointer", // void *addr
      "usize", // size_t length
      "i32", // int advice
    ],
    result: "i32",
  },
  sysconf: {
    parameters: [
      "i32", // int name
    ],
    result: "i64",
  },

  // Sockets
  socket: {
    parameters: [
      "i32", // int domain
      "i32", // int type
      "i32", // int protocol
    ],
    result: "i32",
  },
  socketpair: {
    parameters: [
      "i32", // int domain
      "i32", // int type
      "i32", // int protocol
      "buffer", // int sv[2]
    ],
    result: "i32",
  },
  bind: {
    parameters: [
      "i32", // int sockfd
      "buffer", // const struct sockaddr *addr
      "u32", // socklen_t addrlen
    ],
    result: "i32",
  },
  listen: {
    parameters: [
      "i32", // int sockfd
      "i32", // int backlog
    ],
    result: "i32",
  },
  connect: {
    parameters: [
      "i32", // int sockfd
      "buffer", // const struct sockaddr *addr
      "u32", // socklen_t addrlen
    ],
    result: "i32",
  },
  shutdown: {
    parameters: [
      "i32", // int sockfd
      "i32", // int how
    ],
    result: "i32",
  },
  accept4: {
    parameters: [
      "i32", // int sockfd
      "buffer", // struct sockaddr *addr
      "buffer", // socklen_t *addrlen
      "i32", // int flags
    ],
    result: "i32",
  },
  recv: {
    parameters: [
      "i32", // int sockfd
      "buffer", // void *buf
      "usize", // size_t len
      "i32", // int flags
    ],
    result: "i32",
  },
  send: {
    parameters: [
      "i32", // int sockfd
      "buffer", // const void *buf
      "usize", // size_t len
      "i32", // int flags
    ],
    result: "i32",
  },
  sendfile: {
    parameters: [
      "i32", // int out_fd
      "i32", // int in_fd
      "buffer", // off_t *offset
      "usize", // size_t count
    ],
    result: "i32",
  },
  getsockname: {
    parameters: [
      "i32", // int sockfd
      "buffer", // struct sockaddr *addr
      "buffer", // socklen_t *addrlen
    ],
    result: "i32",
  },
  setsockopt: {
    parameters: [
      "i32", // int sockfd
      "i32", // int level
      "i32", // int optname
      "buffer", // const void *optval
      "u32", // socklen_t optlen
    ],
    result: "i32",
  },
  inet_pton: {
    parameters: [
      "i32", // int af
      "buffer", // const char *src
      "buffer", // void *dst
    ],
    result: "i32",
  },

  // Readiness
  epoll_create1: {
    parameters: [
      "i32", // int flags
    ],
    result: "i32",
  },
  epoll_ctl: {
    parameters: [
      "i32", // int epfd
      "i32", // int op
      "i32", // int fd
      "buffer", // struct epoll_event *event
    ],
    result: "i32",
  },
  epoll_wait: {
    parameters: [
      "i32", // int epfd
      "buffer", // struct epoll_event *events
      "i32", // int maxevents
      "i32", // int timeout
    ],
    result: "i32",
  },
  eventfd: {
    parameters: [
      "u32", // unsigned int initval
      "i32", // int flags
    ],
    result: "i32",
  },

  // The process
  getrlimit: {
    parameters: [
      "i32", // int resource
      "buffer", // struct rlimit *rlim
    ],
    result: "i32",
  },
  setrlimit: {
    parameters: [
      "i32", // int resource
      "buffer", // const struct rlimit *rlim
    ],
    result: "i32",
  },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions of the C library, typed. */
export type Libc = Deno.StaticForeignLibraryInterface<typeof symbols>;

/** Most bytes that one call may be asked to move: what Linux itself stops at, and what an `i32` result can tell. */
export const MAX_TRANSFER_BYTES = 0x7ffff000;

let opened: Libc | undefined;

/**
 * The C library, opened at the first call. Each isolate, so each Worker, opens its own, and it stays open as long as
 * the isolate lives. Calling through this function costs no more than through a constant: the JIT sees one target.
 */
export function libc(): Libc {
  return opened ??= open();
}

function open(): Libc {
  assertSupported();
  return Deno.dlopen(testLibrary() ?? "libc.so.6", symbols).symbols;
}

function testLibrary(): string | undefined {
  const variable = "MILENA_TEST_LIBC";
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}
