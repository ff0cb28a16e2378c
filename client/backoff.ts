/**
 * How long to wait before trying again: doubling from a first wait up to a longest, each up to a fifth shorter or longer
 * so that many clients do not come back at the same moment (Kafka's reconnect.backoff.ms and reconnect.backoff.max.ms).
 * @module
 */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Milliseconds to wait after `failures` failures in a row; `random` is in [0, 1). */
export function backoffMs(failures: number, { firstMs, longestMs }: BackoffOptions, random: number): number {
  if (failures === 0) return 0;
  const wait = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return wait * (0.8 + 0.4 * random);
}
