/**
 * Small appends, one after the other, each acknowledged (acks=1) before the next is sent.
 * @module
 */
import type { Connection } from "../../client/connection.ts";
import { batchOf, type Place, produce } from "../peers/produce.ts";

/** A batch of one record of 100 bytes. */
const records = batchOf(1);

/** Appends once to each of `places`, and says how long each took, milliseconds. */
export async function appendTo(connection: Connection, places: Iterable<Place>): Promise<Float64Array> {
  const times: number[] = [];
  for (const place of places) {
    const begin = performance.now();
    await produce(connection, place, records, 1);
    times.push(performance.now() - begin);
  }
  return Float64Array.from(times);
}

/** `count` places, round and round. */
export function* rounds(places: readonly Place[], count: number): Generator<Place> {
  for (let at = 0; at < count; at++) yield places[at % places.length]!;
}

/** The value below which the `share` of all lies. */
export function percentile(values: Float64Array, share: number): number {
  const sorted = values.toSorted();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
