/**
 * Who runs when. What one run leaves behind (recycled memory, a warm processor) helps or hurts the next, so the order
 * turns around from round to round: A B, B A, A B, … so that over two rounds each has followed the other and itself.
 * @module
 */
export function schedule<T>(brokers: readonly T[], rounds: number): T[] {
  return Array.from({ length: rounds }, (_, round) => round % 2 === 0 ? brokers : brokers.toReversed())
    .flat();
}
