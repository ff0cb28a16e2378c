/**
 * What all descriptors have in common. A closed handle keeps {@link CLOSED} as its descriptor: the kernel itself
 * refuses that with EBADF, so no call on a handle needs a check of its own, and none can reach a number that
 * has been given to another file since.
 * @module
 */
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { SystemError } from "./system_error.ts";

/** The descriptor of a closed handle. */
export const CLOSED = -1;

/** Close-on-exec: no child process inherits it. The same bit for open, sockets, epoll and eventfd. */
export const CLOEXEC = 0o2000000;
/** Non-blocking: the same bit for sockets and eventfd. */
export const NONBLOCK = 0o4000;

/** close(2). After EINTR the descriptor is gone as well, and closing again could hit a stranger. */
export function closeDescriptor(descriptor: number, path?: string): void {
  if (libc().close(descriptor) === 0) return;
  const errno = lastErrno();
  if (errno !== Errno.EINTR) throw new SystemError("close", path, errno);
}
