/**
 * Compares what a producer was told with what a reader finds. For each partition:
 * - offsets are dense: 0, 1, 2, …;
 * - order: the records' indexes only ever increase;
 * - every acknowledged record is there, at the offset that was told;
 * - of an idempotent producer every record up to the last one is there exactly once, acknowledged or not.
 * @module
 */
import assert from "node:assert/strict";
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import { readBatches } from "../support/raw_batch.ts";
import type { Load } from "./load.ts";

export interface History {
  /** Index of the record at each offset. */
  readonly indexes: readonly number[];
}

/** Reads the partition of `load` from its beginning to its end. */
export async function readHistory(connection: Connection, { options }: Load): Promise<History> {
  const { topic, partition } = options;
  const indexes: number[] = [];
  while (true) {
    const answer = await connection.request(api.Fetch, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 16_000_000,
      topics: [{
        topic,
        partitions: [{ partition, fetchOffset: indexes.length, partitionMaxBytes: 16_000_000 }],
      }],
    }, { maxVersion: 12 });
    const { errorCode, records, highWatermark } = answer.responses[0]!.partitions[0]!;
    assert.equal(
      errorCode,
      0,
      `reading offset ${indexes.length} of partition ${partition}: ${errorName(errorCode)}`,
    );
    if (indexes.length >= highWatermark) return { indexes };
    const before = indexes.length;
    for (const { offset, value } of readBatches(records ?? new Uint8Array())) {
      if (offset < before) continue;
      assert.equal(offset, indexes.length, `partition ${partition}: offset ${indexes.length} is missing`);
      indexes.push(Number(value.slice(0, value.indexOf(" "))));
    }
    assert.ok(
      indexes.length > before,
      `partition ${partition}: nothing at offset ${before}, end ${highWatermark}`,
    );
  }
}

/** Throws if the history denies what the producer was told. */
export function checkHistory({ indexes }: History, { options, acknowledged }: Load): void {
  const where = `partition ${options.partition}`;
  for (const [offset, index] of indexes.entries()) {
    const previous = indexes[offset - 1] ?? -1;
    assert.ok(
      index > previous,
      `${where}: record ${index} at offset ${offset} comes after record ${previous}`,
    );
    if (options.idempotent) {
      assert.equal(
        index,
        offset,
        `${where}: record ${index} stands at offset ${offset}: one is lost or doubled`,
      );
    }
  }
  for (const { firstIndex, count, baseOffset } of acknowledged) {
    const told = baseOffset >= 0 ? baseOffset : indexes.indexOf(firstIndex);
    for (let at = 0; at < count; at++) {
      assert.equal(
        indexes[told + at],
        firstIndex + at,
        `${where}: record ${firstIndex + at} was acknowledged at offset ${told + at}, ` +
          `the log ends at ${indexes.length}`,
      );
    }
  }
}
