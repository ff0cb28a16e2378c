/**
 * What each client is given to do, and what it says of it.
 * @module
 */
export const directions = ["produce", "consume"] as const;
export type Direction = typeof directions[number];

export interface Workload {
  readonly recordBytes: number;
  readonly codec: "none" | "lz4";
}

export const allWorkloads: readonly Workload[] = [100, 1024].flatMap((recordBytes) =>
  (["none", "lz4"] as const).map((codec) => ({ recordBytes, codec }))
);

/** "100 B, lz4" */
export function describe({ recordBytes, codec }: Workload): string {
  return `${recordBytes} B, ${codec === "none" ? "not compressed" : codec}`;
}

/** One run of one client in a process of its own. */
export interface Task extends Workload {
  readonly client: string;
  readonly direction: Direction;
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  /** That count, after those that warm up. */
  readonly records: number;
  readonly warmUp: number;
}

export interface Figures {
  readonly recordsPerSecond: number;
  /** Processor time of the whole process for a million records, what warms it up included where it can't tell. */
  readonly cpuSecondsPerMillion: number;
  /** Time on a processor of the thread that calls the client, for one record; undefined: nobody knows. */
  readonly callerNanoseconds: number | undefined;
}
