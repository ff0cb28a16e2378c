/**
 * A user's own way of choosing partitions.
 * @module
 */

/** Of a key's bytes (null: none) and the number of partitions: the partition's number. */
export type Partitioner = (topic: string, key: Uint8Array | null, partitionCount: number) => number;
