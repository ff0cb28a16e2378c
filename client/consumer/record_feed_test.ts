import { deepEqual, equal, throws } from "node:assert/strict";
import { CompressionType } from "../../protocol/compression_type.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { string } from "../serializers/string.ts";
import { splitBatches } from "./fetched_batch.ts";
import { UnreadableBatchError } from "./fetched_records.ts";
import { type FetchBudget, PartitionState } from "./partition_state.ts";
import { RecordFeed } from "./record_feed.ts";

const encoder = new TextEncoder();

function batch(baseOffset: number, ...values: string[]): Uint8Array {
  const records = values.map((value) => ({ timestamp: 0, value: encoder.encode(value) }));
  return encodeBatch(records, { baseOffset });
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function feed(): RecordFeed<string | null, string | null> {
  return new RecordFeed({
    deserializers: { key: string, value: string },
    checkCrcs: true,
    maxUnpackedBytes: 1000,
    onRoom: () => {},
  });
}

function state(partition: number, bytes: Uint8Array, budget: FetchBudget = { usedBytes: 0 }): PartitionState {
  const state = new PartitionState({ topic: "t", partition }, budget, 0);
  state.add(splitBatches(bytes, 0, undefined));
  return state;
}

Deno.test("RecordFeed gives a batch of each partition in turn, and frees its bytes when it is past", () => {
  const budget = { usedBytes: 0 };
  const [a, b] = [
    state(0, joined(batch(0, "a0", "a1"), batch(2, "a2")), budget),
    state(1, batch(0, "b0"), budget),
  ];
  const queued = budget.usedBytes;
  const records = feed();
  [a, b].forEach((one) => records.push(one));
  const values = [];
  for (let record = records.nextRecord(); record !== undefined; record = records.nextRecord()) {
    values.push(record.value);
    if (record.value === "a1") equal(budget.usedBytes, queued, "it may still be looked at");
  }
  deepEqual(values, ["a0", "a1", "b0", "a2"]);
  equal(budget.usedBytes, 0);
});

Deno.test("RecordFeed counts as worked on what the reader has asked past", async () => {
  const one = state(0, batch(0, "a", "b", "c"));
  const records = feed();
  records.push(one);
  records.nextRecord();
  deepEqual([one.position, one.safeOffset], [1, 0]);
  let isIdle = false;
  const idle = records.whenIdle([one]).then(() => isIdle = true);
  await Promise.resolve();
  equal(isIdle, false, "the first is being worked on");
  records.asked();
  await idle;
  equal(one.safeOffset, 1);
  records.nextRecord();
  records.released();
  await records.whenIdle([one]);
  deepEqual([one.position, one.safeOffset], [2, 1], "nobody knows what became of it");
});

Deno.test("RecordFeed.nextBatch() gives what is left of a batch that records were taken of", () => {
  const one = state(0, batch(0, "a", "b", "c"));
  const records = feed();
  records.push(one);
  records.nextRecord();
  const rest = records.nextBatch()!;
  deepEqual([...rest.records].map(({ value }) => value), ["b", "c"]);
  deepEqual([rest.nextOffset, one.position, one.safeOffset], [3, 3, 0]);
  equal(records.nextBatch(), undefined);
});

Deno.test("RecordFeed refuses what is damaged, too large or old, and stays where it was", () => {
  const damaged = batch(0, "abc");
  damaged[damaged.length - 2]! ^= 1;
  const large = encodeBatch([{ timestamp: 0, value: new Uint8Array(2000) }], {
    compression: CompressionType.gzip,
  });
  const old = batch(0, "abc");
  old[16] = 1;
  for (
    const [bytes, message] of [[damaged, /checksum/], [large, /1000 bytes/], [old, /format is 1/]] as const
  ) {
    const one = state(0, bytes);
    const records = feed();
    records.push(one);
    throws(() => records.nextRecord(), (error) => {
      return error instanceof UnreadableBatchError && message.test(error.message) && error.nextOffset === 1 &&
        !error.retriable;
    });
    deepEqual([one.position, one.queuedBytes, one.fetchOffset], [0, 0, 0], "it is fetched again");
  }
});

Deno.test("RecordFeed gives the records before a damaged one, then says which it is", () => {
  const bytes = batch(0, "a", "b", "c");
  const view = new RecordBatch(bytes);
  // The length of the last record.
  bytes[bytes.length - 8]! = 0x7e;
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(17, view.computeCrc());
  const one = state(0, bytes);
  const records = feed();
  records.push(one);
  deepEqual([records.nextRecord()?.value, records.nextRecord()?.value], ["a", "b"]);
  throws(() => records.nextRecord(), /offset 2 cannot be read/);
  equal(one.position, 2);
});

Deno.test("splitBatches() leaves out what is cut off, and what lies before the offset", () => {
  const [first, second, third] = [batch(0, "a", "b"), batch(2, "c"), batch(3, "d")];
  const bytes = joined(first, second, third).subarray(0, -1);
  deepEqual(splitBatches(bytes, 2, undefined).map(({ nextOffset }) => nextOffset), [3]);
  deepEqual(splitBatches(bytes, 1, undefined).map(({ nextOffset }) => nextOffset), [2, 3]);
  deepEqual(splitBatches(first.subarray(0, 30), 0, undefined), []);
});
