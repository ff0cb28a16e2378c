/**
 * Where the offsets of a group are to be set, and whether they can be: the choice, without the asking.
 *
 * What must be true: an offset that is set lies in its partition, whatever was asked for.
 * @module
 */
import * as v from "valibot";

const whole = v.pipe(v.number(), v.integer());

export const offsetReset = v.pipe(
  v.strictObject({
    /** Left out: all partitions that the group has committed. */
    topics: v.optional(v.pipe(
      v.array(v.strictObject({
        topic_name: v.pipe(v.string(), v.minLength(1)),
        /** Left out: all of the topic. */
        partitions: v.optional(v.array(v.pipe(whole, v.minValue(0), v.maxValue(2 ** 31 - 1)))),
      })),
      v.minLength(1),
    )),
    to: v.optional(v.picklist(["earliest", "latest"])),
    /** The first record that is not older, ms since 1970. */
    timestamp: v.optional(v.pipe(whole, v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
    offset: v.optional(v.pipe(whole, v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))),
    /** From what is committed, forward or (negative) back. */
    shift: v.optional(
      v.pipe(whole, v.minValue(-Number.MAX_SAFE_INTEGER), v.maxValue(Number.MAX_SAFE_INTEGER)),
    ),
    validate_only: v.optional(v.boolean()),
  }),
  v.title("OffsetReset"),
);

export type OffsetReset = v.InferOutput<typeof offsetReset>;

/** One of the four. */
export type Target =
  | { readonly to: "earliest" | "latest" }
  | { readonly timestamp: number }
  | { readonly offset: number }
  | { readonly shift: number };

/** undefined unless exactly one is given. */
export function targetOf({ to, timestamp, offset, shift }: OffsetReset): Target | undefined {
  const given = Object.entries({ to, timestamp, offset, shift }).filter(([, value]) => value !== undefined);
  return given.length === 1 ? Object.fromEntries(given) as Target : undefined;
}

export interface Position {
  /** Where the partition begins and ends. */
  readonly start: number;
  readonly end: number;
  /** undefined: nothing is committed. */
  readonly committed: number | undefined;
  /** The offset at the target's timestamp; -1: all records are older. */
  readonly atTimestamp: number | undefined;
}

/** The offset to commit. */
export function newOffset(target: Target, { start, end, committed, atTimestamp }: Position): number {
  if ("to" in target) return target.to === "earliest" ? start : end;
  if ("timestamp" in target) return atTimestamp === undefined || atTimestamp < 0 ? end : atTimestamp;
  const wanted = "offset" in target ? target.offset : (committed ?? start) + target.shift;
  return Math.min(Math.max(wanted, start), end);
}
