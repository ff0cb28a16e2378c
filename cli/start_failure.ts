/**
 * Why a broker could not start, as one sentence that says what to do about it.
 * @module
 */
import type { BrokerConfig } from "../broker/config.ts";

/** A failed system call as `ffi/` and the runtime throw them. */
interface SystemFailure extends Error {
  readonly code: string;
  readonly call?: string;
  readonly path?: string;
}

/**
 * The sentence for `error`, which came up while `doing` ("listen on 127.0.0.1:9092"). An error that is no failed system
 * call has its own message, which was written for people.
 */
export function startFailure(
  error: unknown,
  doing: string,
  { dataDirectory }: Pick<BrokerConfig, "dataDirectory">,
): string {
  if (!isSystemFailure(error)) return error instanceof Error ? error.message : String(error);
  const cannot = `can't ${doing}`;
  switch (error.code) {
    case "EADDRINUSE":
      return `${cannot}: another program has that port; stop it, or choose another port (0: any free one)`;
    case "EADDRNOTAVAIL":
      return `${cannot}: this machine has no such address; 0.0.0.0 is every address it has`;
    case "ENOTFOUND":
      return `${cannot}: there is no such host`;
    case "EACCES":
    case "EPERM":
      return doing.startsWith("listen")
        ? `${cannot}: ports below 1024 are for privileged users; choose another`
        : `${cannot}: ${
          error.path ?? dataDirectory
        } may not be written by this user; change its owner or choose another --data-dir`;
    case "EROFS":
      return `${cannot}: ${
        error.path ?? dataDirectory
      } is on a read-only file system; choose another --data-dir`;
    case "ENOTDIR":
    case "EEXIST":
      return `${cannot}: ${
        error.path ?? dataDirectory
      } is in the way and no directory; choose another --data-dir`;
    case "ENOSPC":
    case "EDQUOT":
      return `${cannot}: the disk of ${dataDirectory} is full`;
    case "EMFILE":
    case "ENFILE":
      return `${cannot}: no more files can be opened; raise the limit (ulimit -n)`;
    default:
      return `${cannot}: ${error.message}`;
  }
}

function isSystemFailure(error: unknown): error is SystemFailure {
  return error instanceof Error && "code" in error && typeof error.code === "string" &&
    /^E[A-Z0-9]+$/.test(error.code);
}
