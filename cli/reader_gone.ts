/**
 * Whether whoever reads standard output has gone. A write would tell, but who has nothing to write waits for ever:
 * `milena consume quiet-topic | head -1`.
 * @module
 */
import { createPoller } from "../ffi/poller.ts";
import { SystemError } from "../ffi/system_error.ts";

/** Not ours to close. */
const STDOUT = { descriptor: 1, close: () => {}, [Symbol.dispose]: () => {} };

/** False for a file, which nobody reads, and for a terminal. */
export function isReaderGone(): boolean {
  using poller = createPoller();
  try {
    // That the other end of a pipe is closed is reported without being asked for.
    poller.add(STDOUT, 0);
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
  return poller.wait(0, () => {}) > 0;
}
