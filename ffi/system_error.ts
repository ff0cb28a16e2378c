/**
 * The one place where a failed call of the operating system becomes an error for people.
 * @module
 */
import { errnoName, errnoNumber, errnoText, lastErrno } from "./errno.ts";

/** A failed system call. The message reads "open /data/x: No such file or directory (ENOENT)". */
export class SystemError extends Error {
  override readonly name = "SystemError";
  /** The call that failed: "open", "bind", … */
  readonly call: string;
  /** What it was done to: a path or an address; undefined if there is no name for it. */
  readonly path: string | undefined;
  readonly errno: number;
  /** The symbolic errno: "ENOENT", "EADDRINUSE", … */
  readonly code: string;

  constructor(call: string, path: string | undefined, errno: number, options?: ErrorOptions) {
    const code = errnoName(errno);
    super(`${path === undefined ? call : `${call} ${path}`}: ${errnoText(errno)} (${code})`, options);
    this.call = call;
    this.path = path;
    this.errno = errno;
    this.code = code;
  }
}

/** The error of the call that has just failed on this thread; made before any other call is. */
export function lastError(call: string, path?: string): SystemError {
  return new SystemError(call, path, lastErrno());
}

/** What one of Deno's own file calls threw, in this room's form; anything that is no failure of the system as it is. */
export function fromDenoError(error: unknown, call: string, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const errno = errnoNumber(error.code);
  return errno === undefined ? error : new SystemError(call, path, errno, { cause: error });
}
