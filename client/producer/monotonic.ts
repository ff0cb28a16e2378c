/**
 * A clock that goes the same in all threads of a process and never back.
 * @module
 */

/** Milliseconds since 1970, about, and not moved when the system's clock is set. */
export function monotonicMs(): number {
  return performance.timeOrigin + performance.now();
}
