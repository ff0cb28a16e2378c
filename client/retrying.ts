/**
 * Trying again while the cluster is between two states: a leader is being elected, a coordinator loads its groups.
 * @module
 */
import { backoffMs, type BackoffOptions } from "./backoff.ts";

export interface RetryingOptions<T> {
  /** No attempt begins later than this after the first. 0: there is one only. */
  readonly withinMs: number;
  /** Whether what an attempt gave may be another next time. */
  readonly mayChange: (outcome: Outcome<T>) => boolean;
  /** Ends the waits: what the last attempt gave is what counts. */
  readonly signal: AbortSignal;
  readonly backoff?: BackoffOptions;
}

/** What an attempt gave. */
export type Outcome<T> = { readonly answer: T } | { readonly error: unknown };

const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 25, longestMs: 1000 };

/** Attempts with growing waits between them; returns or throws what the last one did. */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryingOptions<T>): Promise<T> {
  const deadline = performance.now() + options.withinMs;
  for (let failures = 1;; failures++) {
    const outcome = await outcomeOf(attempt);
    const waitMs = backoffMs(failures, options.backoff ?? DEFAULT_BACKOFF, Math.random());
    const isLast = options.signal.aborted || performance.now() + waitMs >= deadline ||
      !options.mayChange(outcome);
    if (isLast) {
      if ("error" in outcome) throw outcome.error;
      return outcome.answer;
    }
    await sleep(waitMs, options.signal);
  }
}

async function outcomeOf<T>(attempt: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { answer: await attempt() };
  } catch (error) {
    return { error };
  }
}

/** Resolves after `ms`, or when `signal` is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}
