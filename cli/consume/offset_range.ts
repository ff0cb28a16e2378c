/**
 * `--offset`: which stretch of each partition is read. FROM, FROM:TO or :TO, where either is
 *
 *     start, end          where the partition begins and ends
 *     N                   this offset
 *     +N, -N              N after its start, N before its end
 *     @TIME               the first record that is not older (all of FROM:TO are times then)
 *
 * TO itself is not read any more; "end" there is where the partition ends when the command begins.
 * @module
 */
import { type Bound, countedBound } from "../bound.ts";
import { CommandFailure, ExitCode } from "../command.ts";
import { parseMoment } from "./moment.ts";

export interface OffsetRange {
  readonly from: Bound;
  /** undefined: whatever comes. */
  readonly to: Bound | undefined;
}

export const FROM_START: OffsetRange = { from: { kind: "start" }, to: undefined };

const WORDS: Readonly<Record<string, "start" | "end">> = {
  start: "start",
  oldest: "start",
  earliest: "start",
  beginning: "start",
  end: "end",
  newest: "end",
  latest: "end",
};

/** Throws a CommandFailure for what is none. */
export function parseOffsetRange(text: string, nowMs: number): OffsetRange {
  const isTimes = text.startsWith("@");
  const body = isTimes ? text.slice(1) : text;
  const bound = isTimes ? (part: string) => timeBound(part, nowMs) : offsetBound;
  const whole = bound(body);
  if (whole !== undefined) return { from: whole, to: undefined };
  // A time has colons of its own, so each may be the one between two of them.
  for (let colon = body.indexOf(":"); colon >= 0; colon = body.indexOf(":", colon + 1)) {
    const before = body.slice(0, colon);
    const behind = body.slice(colon + 1);
    const from = before === "" ? FROM_START.from : bound(before);
    const to = behind === "" ? undefined : bound(behind);
    const isRange = before !== "" || behind !== "";
    if (isRange && from !== undefined && (to !== undefined || behind === "")) return { from, to };
  }
  throw new CommandFailure(
    `--offset is "${text}", but must be start, end, N, +N, -N, @TIME, or two of them with a colon between, such as ` +
      "100:200, @-1h:end, @2026-11-25T12:00:2026-11-25T13:00",
    ExitCode.USAGE,
  );
}

function offsetBound(text: string): Bound | undefined {
  if (Object.hasOwn(WORDS, text)) return { kind: WORDS[text]! };
  return countedBound(text);
}

function timeBound(text: string, nowMs: number): Bound | undefined {
  if (Object.hasOwn(WORDS, text)) return { kind: WORDS[text]! };
  const timestampMs = parseMoment(text, nowMs);
  return timestampMs === undefined ? undefined : { kind: "time", timestampMs };
}
