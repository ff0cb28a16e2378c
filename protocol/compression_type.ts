/**
 * The codecs that the lowest three bits of a record batch's attributes name. The numbers are Kafka's.
 * @module
 */
export const CompressionType = {
  none: 0,
  gzip: 1,
  snappy: 2,
  lz4: 3,
  zstd: 4,
} as const;

/** A codec by number. */
export type CompressionType = typeof CompressionType[keyof typeof CompressionType];

const NAMES = Object.keys(CompressionType) as (keyof typeof CompressionType)[];

/** Whether `id`, which three bits can make 0 to 7, is a codec. */
export function isCompressionType(id: number): id is CompressionType {
  return id in NAMES;
}

/** The codec's name as in Kafka's `compression.type`, or "codec 5" for a number that is none. */
export function compressionName(id: number): string {
  return NAMES[id] ?? `codec ${id}`;
}
