/**
 * A place in each of several partitions, as people name it:
 *
 *     start, end     where the partition begins and ends
 *     N              this offset
 *     +N, -N         N after its start, N before its end
 *     TIME, @TIME    the first record that is not older; a number is a time only with the @
 *
 * What must be true: the place is within the partition, whatever was named.
 * @module
 */
import type { Admin } from "../client/admin/admin.ts";
import type { TopicPartition } from "../client/admin/by_leader.ts";
import { parseMoment } from "./consume/moment.ts";
import { CommandFailure, ExitCode } from "./command.ts";

export type Bound =
  | { readonly kind: "start" | "end" }
  | { readonly kind: "offset" | "afterStart" | "beforeEnd"; readonly count: number }
  | { readonly kind: "time"; readonly timestampMs: number };

export interface PlacedPartition extends TopicPartition {
  readonly start: number;
  readonly end: number;
  /** Between the two. */
  readonly offset: number;
}

/** Throws {@link CommandFailure} if it is none; `flag`: "--to". */
export function parseBound(text: string, flag: string, nowMs: number): Bound {
  if (text === "start" || text === "end") return { kind: text };
  const counted = countedBound(text);
  if (counted !== undefined) return counted;
  const timestampMs = parseMoment(text.replace(/^@/, ""), nowMs);
  if (timestampMs !== undefined) return { kind: "time", timestampMs };
  throw new CommandFailure(
    `${flag} is "${text}", but must be start, end, an offset, +N, -N, or a time such as 2026-11-25T12:30, -1h or ` +
      "@1700000000000",
    ExitCode.USAGE,
  );
}

/** N, +N or -N; undefined: it is none of them. */
export function countedBound(text: string): Bound | undefined {
  const found = /^([+-]?)(\d{1,15})$/.exec(text);
  if (found === null) return undefined;
  const kind = found[1] === "+" ? "afterStart" : found[1] === "-" ? "beforeEnd" : "offset";
  return { kind, count: Number(found[2]) };
}

/** Finds it in each partition. Throws a ResponseError for a partition that can't be asked. */
export async function placeBound(
  admin: Admin,
  partitions: readonly TopicPartition[],
  bound: Bound,
): Promise<PlacedPartition[]> {
  const [starts, ends, times] = await Promise.all([
    admin.listOffsets(partitions, "earliest"),
    admin.listOffsets(partitions, "latest"),
    bound.kind === "time" ? admin.listOffsets(partitions, bound.timestampMs) : [],
  ]);
  return partitions.map(({ topic, partition }, i) => {
    for (const found of [starts[i]!, ends[i]!, times[i]]) {
      if (found?.error !== undefined) throw found.error;
    }
    const start = starts[i]!.offset!;
    const end = ends[i]!.offset!;
    const wanted = offsetOf(bound, { start, end, atTime: times[i]?.offset });
    return { topic, partition, start, end, offset: Math.min(Math.max(wanted, start), end) };
  });
}

/** Where it is in a partition; an offset, and what is counted from the start, may lie behind the end. */
export function offsetOf(
  bound: Bound,
  { start, end, atTime }: {
    readonly start: number;
    readonly end: number;
    /** The first offset that is not older than the bound, if that is a time; undefined: all are older. */
    readonly atTime: number | undefined;
  },
): number {
  switch (bound.kind) {
    case "start":
      return start;
    case "end":
      return end;
    case "offset":
      return bound.count;
    case "afterStart":
      return start + bound.count;
    case "beforeEnd":
      return Math.max(start, end - bound.count);
    case "time":
      return atTime ?? end;
  }
}
