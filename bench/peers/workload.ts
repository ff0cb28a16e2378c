/**
 * What is measured: so many records of one size, produced to a new topic and then consumed from it.
 * @module
 */
export interface Workload {
  readonly recordBytes: number;
  readonly records: number;
  readonly partitions: number;
  /** batch.size of the producer. */
  readonly batchBytes: number;
  readonly lingerMs: number;
  /** Default: not compressed. */
  readonly codec?: "none" | "lz4";
}

/** Chosen so that a run lasts one to a few seconds on two cores. */
const RECORDS_OF_100_BYTES = 5_000_000;
const RECORDS_OF_1_KIB = 1_000_000;

const small = { recordBytes: 100, records: RECORDS_OF_100_BYTES };
const large = { recordBytes: 1024, records: RECORDS_OF_1_KIB };
/** Java's default batch, and one that a throughput-minded user sets. */
const batches = [{ batchBytes: 16_384, lingerMs: 5 }, { batchBytes: 262_144, lingerMs: 10 }];

export const allWorkloads: readonly Workload[] = [small, large].flatMap((size) =>
  [1, 6].flatMap((partitions) => batches.map((batch) => ({ ...size, partitions, ...batch })))
);

export const quickWorkloads: readonly Workload[] = [
  { ...small, records: RECORDS_OF_100_BYTES / 5, partitions: 1, ...batches[0]! },
];

/**
 * Run once by each broker before anything counts: just-in-time compilers have seen both small and large requests, one
 * and several partitions, and fetches.
 */
export const warmUpWorkloads: readonly Workload[] = [
  { ...small, partitions: 1, ...batches[0]! },
  { ...large, partitions: 6, ...batches[0]! },
  { ...small, partitions: 6, ...batches[1]! },
  { ...large, partitions: 1, ...batches[1]! },
];

/** "100 B, 6 partitions, 16384/5" */
export function describe({ recordBytes, partitions, batchBytes, lingerMs }: Workload): string {
  return `${recordBytes} B, ${partitions} partition${partitions === 1 ? "" : "s"}, ${batchBytes}/${lingerMs}`;
}
