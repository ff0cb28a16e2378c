/**
 * How long a timer of Deno or Node may be set for: one that is to ring later than this rings at once. Whoever waits for
 * longer looks again in between.
 * @module
 */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
