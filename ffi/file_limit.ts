/**
 * How many descriptors this process may have open: connections and segments together.
 * @module
 */
import { libc } from "./libc.ts";
import { lastError } from "./system_error.ts";

const RLIMIT_NOFILE = 7;

/** Raises the soft limit to the hard one and returns what holds now. The runtime does so too; here it is certain. */
export function raiseFileLimit(): number {
  const limit = new BigUint64Array(2); // struct rlimit: soft, hard
  if (libc().getrlimit(RLIMIT_NOFILE, limit) !== 0) throw lastError("getrlimit RLIMIT_NOFILE");
  const [soft = 0n, hard = 0n] = limit;
  if (soft < hard) {
    limit[0] = hard;
    if (libc().setrlimit(RLIMIT_NOFILE, limit) !== 0) throw lastError("setrlimit RLIMIT_NOFILE");
  }
  return Number(hard);
}
