/**
 * Reads partitions into a {@link History}: on from where it was, or all of it again.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import type { Address } from "../support/milena_process.ts";
import { readBatches } from "../support/raw_batch.ts";
import type { History } from "./history.ts";

const bytesPerFetch = 8_000_000;

export interface Readable {
  readonly address: Address;
  readonly topic: string;
  readonly partitionCount: number;
}

/** Reads what is new in every partition. */
export async function readNew(readable: Readable, history: History): Promise<void> {
  await readAll(readable, history, (partition) => history.positionOf(partition));
}

/** Reads every partition from its beginning. */
export async function readAgain(readable: Readable, history: History): Promise<void> {
  await readAll(readable, history, () => 0);
}

/** Reads what is new, and holds against it what was acknowledged before. */
export async function checkLog(readable: Readable, history: History): Promise<void> {
  const finish = history.beginCheck();
  await readNew(readable, history);
  finish();
  history.assertSound();
}

async function readAll(
  { address, topic, partitionCount }: Readable,
  history: History,
  positionOf: (partition: number) => number,
): Promise<void> {
  using connection = await Connection.connect({ address, clientId: "log-reader" });
  for (let partition = 0; partition < partitionCount; partition++) {
    await readPartition(connection, topic, partition, history, positionOf(partition));
  }
}

async function readPartition(
  connection: Connection,
  topic: string,
  partition: number,
  history: History,
  begin: number,
): Promise<void> {
  for (let position = begin;;) {
    const answer = await connection.request(api.Fetch, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: bytesPerFetch,
      topics: [{
        topic,
        partitions: [{ partition, fetchOffset: position, partitionMaxBytes: bytesPerFetch }],
      }],
    }, { maxVersion: 12 });
    const { errorCode, records, highWatermark } = answer.responses[0]!.partitions[0]!;
    assert.equal(errorCode, 0, `reading ${topic}-${partition} at ${position}: ${errorName(errorCode)}`);
    if (position >= highWatermark) return;
    const before = position;
    for (const { offset, value } of readBatches(records ?? new Uint8Array())) {
      if (offset < before) continue; // a fetch from within a batch gets all of it
      history.poll(partition, offset, value, position - 1);
      position = offset + 1;
    }
    assert.ok(
      position > before,
      `${topic}-${partition}: nothing at ${before}, though it ends at ${highWatermark}`,
    );
  }
}
