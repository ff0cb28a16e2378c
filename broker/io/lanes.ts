/**
 * The lanes of disk work: each is a thread with a pair of rings of its own, so that a job waits only for those before it on
 * its lane. A removal, or a cold read from a slow disk, never holds up the fdatasync that producers wait for.
 *
 * A lane's thread is started by its first job: it costs 11 MB. Memory of a ring that nobody has written to costs nothing.
 * @module
 */
import { Ring } from "./ring.ts";

/**
 * - `sync`: small and waited for: fdatasync, directories.
 * - `read`: bringing into the page cache what a consumer asks for.
 * - `prepare`: memory that is about to be written to; late, it is of no use.
 * - `clean`: nobody waits: removals. On a full disk they must not stand behind what follows.
 * - `compact`: long.
 */
export const laneNames = ["sync", "read", "prepare", "clean", "compact"] as const;

export type LaneName = typeof laneNames[number];

/** The memory of a lane's two rings. */
export interface LaneRings {
  readonly jobs: SharedArrayBuffer;
  readonly outcomes: SharedArrayBuffer;
}

export type IoRings = Readonly<Record<LaneName, LaneRings>>;

/** More jobs wait in the reactor's memory; one job must fit. */
const JOBS_BYTES = 1 << 18;
/** A few hundred outcomes; the reactor takes them in each turn. One must fit. */
const OUTCOMES_BYTES = 1 << 16;

export function allocateRings(): IoRings {
  const rings = () => ({ jobs: Ring.allocate(JOBS_BYTES), outcomes: Ring.allocate(OUTCOMES_BYTES) });
  return { sync: rings(), read: rings(), prepare: rings(), clean: rings(), compact: rings() };
}
