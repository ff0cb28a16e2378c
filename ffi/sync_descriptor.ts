/**
 * fdatasync of a bare descriptor. Descriptors belong to the process, so the I/O Worker can sync a file that a reactor
 * has open; the reactor retains the file until it has the answer, so that the number stays this file's.
 * @module
 */
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { SystemError } from "./system_error.ts";

/** Returns when the file's data is on stable storage. After a throw it must be taken as lost: the kernel may have dropped it. */
export function syncDescriptor(descriptor: number, path?: string): void {
  while (libc().fdatasync(descriptor) !== 0) {
    const errno = lastErrno();
    if (errno !== Errno.EINTR) throw new SystemError("fdatasync", path, errno);
  }
}
