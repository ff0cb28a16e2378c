/**
 * The clients that are compared, and how much each is given to do: as much as takes it one to three seconds.
 * @module
 */
import type { Direction, Workload } from "./workload.ts";

export interface Client {
  readonly name: string;
  /** Thousands of records of 100 bytes. */
  readonly thousands: Readonly<Record<Direction, number>>;
  /** Not what is measured, but what a measurement is held against. */
  readonly isNative?: boolean;
}

/** What a topic has that is read: as much as any client reads, and what warms it up. */
const FILLED_THOUSANDS = 2100;
/** What warms up ends with a batch, not with a record. */
const FILLED_BATCHES = 10_000;

export const clients: readonly Client[] = [
  { name: "milena", thousands: { produce: 2000, consume: 2000 } },
  { name: "milena, defaults", thousands: { produce: 2000, consume: 0 } },
  { name: "platformatic", thousands: { produce: 700, consume: 2000 } },
  { name: "kafkajs", thousands: { produce: 200, consume: 500 } },
  { name: "rdkafka_performance", thousands: { produce: 2000, consume: 2000 }, isNative: true },
];

/** Of 100 bytes. Just-in-time compilers have seen all that they will see by then. */
const WARM_UP_THOUSANDS = 100;
/** Records of 1 KiB: so many fewer. */
const LARGE_FACTOR = 4;

export interface Amounts {
  readonly records: number;
  readonly warmUp: number;
}

/** `scale`: of a full run. */
export function amountsOf(
  { thousands, isNative }: Client,
  direction: Direction,
  workload: Workload,
  scale: number,
): Amounts {
  return {
    // It stops by itself only if it has been told how many there are.
    records: isNative && direction === "consume"
      ? filledRecords(workload, scale)
      : recordsOf(thousands[direction], workload, scale),
    warmUp: isNative ? 0 : recordsOf(WARM_UP_THOUSANDS, workload, scale),
  };
}

export function filledRecords(workload: Workload, scale: number): number {
  return recordsOf(FILLED_THOUSANDS, workload, scale) + FILLED_BATCHES;
}

function recordsOf(thousands: number, { recordBytes }: Workload, scale: number): number {
  return Math.round(thousands * 1000 * scale / (recordBytes > 500 ? LARGE_FACTOR : 1));
}
