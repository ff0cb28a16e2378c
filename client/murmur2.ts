/**
 * The hash by which Kafka's Java clients choose a partition for a record with a key.
 *
 * What must be true: equal to `org.apache.kafka.common.utils.Utils.murmur2` for every input, so that a key written
 * over HTTP lands in the partition where the Java, platformatic and franz-go producers would have put it.
 * (librdkafka's own default is another hash, unless it is told `partitioner=murmur2_random`.)
 * @module
 */

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The 32-bit signed hash of `bytes`. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let hash = SEED ^ length;
  const wholeWords = length & ~3;
  for (let i = 0; i < wholeWords; i += 4) {
    let word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    word = Math.imul(word, MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  const rest = length - wholeWords;
  if (rest > 0) {
    if (rest === 3) hash ^= bytes[wholeWords + 2]! << 16;
    if (rest >= 2) hash ^= bytes[wholeWords + 1]! << 8;
    hash = Math.imul(hash ^ bytes[wholeWords]!, MULTIPLIER);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
}

/** The partition of a record with `key`, as Java's default partitioner chooses it; `partitionCount` is at least 1. */
export function partitionForKey(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}
