/**
 * Waiting for something, but not for ever.
 * @module
 */
import { LONGEST_TIMER_MS } from "./longest_timer.ts";

/** Resolves when `promise` has settled, or after `ms`; rejects if it does so by then. */
export async function settledWithin(promise: Promise<void>, ms: number): Promise<void> {
  if (ms > LONGEST_TIMER_MS) return await promise;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  promise.catch(() => {});
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
