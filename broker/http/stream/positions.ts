/**
 * Where a stream stands, as text: "0:15,1:3" is the next offset of each partition. It is the id of every event, so that
 * whoever comes back with the last one goes on exactly there.
 * @module
 */
import { badParameter } from "../api_error.ts";

/** Next offsets by partition. */
export type Positions = ReadonlyMap<number, number>;

const PATTERN = /^\d{1,10}:\d{1,16}(,\d{1,10}:\d{1,16})*$/;

export function isPositions(text: string): boolean {
  return PATTERN.test(text);
}

/** Throws an ApiError 400 that begins with `what`. */
export function parsePositions(text: string, what: string): Positions {
  const positions = new Map<number, number>();
  for (const pair of PATTERN.test(text) ? text.split(",") : []) {
    const [partition, offset] = pair.split(":").map(Number) as [number, number];
    if (positions.has(partition)) {
      throw badParameter(`${what} has partition ${partition} twice: ${JSON.stringify(text.slice(0, 100))}.`);
    }
    if (Number.isSafeInteger(offset)) positions.set(partition, offset);
  }
  if (positions.size > 0) return positions;
  throw badParameter(
    `${what} must be pairs of a partition and the next offset, such as 0:15,1:3, but is ${
      JSON.stringify(text.slice(0, 100))
    }.`,
  );
}

export function formatPositions(positions: Positions): string {
  let text = "";
  for (const [partition, offset] of positions) text += `${text === "" ? "" : ","}${partition}:${offset}`;
  return text;
}
