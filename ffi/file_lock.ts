/**
 * An exclusive lock on a file (flock): held until closed or until the process ends, however it ends.
 * @module
 */
import { CLOSED, closeDescriptor } from "./descriptor.ts";
import { Errno, lastErrno } from "./errno.ts";
import { libc } from "./libc.ts";
import { SystemError } from "./system_error.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;

export class FileLock implements Disposable {
  readonly path: string;
  #descriptor: number;

  private constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  /** Takes over `descriptor`; undefined, and the descriptor closed, if somebody else holds the lock. */
  static tryTake(path: string, descriptor: number): FileLock | undefined {
    while (libc().flock(descriptor, LOCK_EX | LOCK_NB) !== 0) {
      const errno = lastErrno();
      if (errno === Errno.EINTR) continue;
      closeDescriptor(descriptor, path);
      if (errno === Errno.EAGAIN) return undefined;
      throw new SystemError("flock", path, errno);
    }
    return new FileLock(path, descriptor);
  }

  close(): void {
    if (this.#descriptor === CLOSED) return;
    const descriptor = this.#descriptor;
    this.#descriptor = CLOSED;
    closeDescriptor(descriptor, this.path);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
