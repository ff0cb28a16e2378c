import assert from "node:assert/strict";
import { decodeEndMarker, encodeEndMarker } from "./end_marker.ts";
import { checkStoredBatch, RecordBatch } from "./record_batch.ts";
import { encodeBatch } from "./records.ts";

const END = { type: "abort", coordinatorEpoch: 7, producerId: 9, producerEpoch: 3, timestamp: 1234 } as const;

Deno.test("encodeEndMarker makes Kafka's control batch, which decodeEndMarker reads", () => {
  for (const type of ["abort", "commit"] as const) {
    const bytes = encodeEndMarker({ ...END, type });
    const batch = new RecordBatch();
    assert.equal(checkStoredBatch(bytes, 0, bytes.length, batch), undefined);
    const { isControl, isTransactional, producerId, producerEpoch, baseSequence, maxTimestamp } = batch;
    assert.deepEqual(
      { isControl, isTransactional, producerId, producerEpoch, baseSequence, maxTimestamp },
      {
        isControl: true,
        isTransactional: true,
        producerId: 9,
        producerEpoch: 3,
        baseSequence: -1,
        maxTimestamp: 1234,
      },
    );
    const said = type === "abort" ? 0 : 1;
    const key = [8, 0, 0, 0, said];
    const value = [12, 0, 0, 0, 0, 0, 7];
    // Length, attributes, deltas of timestamp and offset, key, value, no headers.
    assert.deepEqual([...batch.recordsBytes], [32, 0, 0, 0, ...key, ...value, 0]);
    assert.deepEqual(decodeEndMarker(batch), { type, coordinatorEpoch: 7 });
  }
});

Deno.test("decodeEndMarker takes nothing for the end of a transaction that is none", () => {
  const control = { isControl: true, isTransactional: true, producerId: 9, producerEpoch: 3 };
  const decode = (key: readonly number[] | null, value: readonly number[] | null) =>
    decodeEndMarker(
      new RecordBatch(encodeBatch([{
        timestamp: 0,
        key: key && new Uint8Array(key),
        value: value && new Uint8Array(value),
      }], control)),
    );
  assert.deepEqual(decode([0, 0, 0, 1], [0, 0, 0, 0, 0, 5]), { type: "commit", coordinatorEpoch: 5 });
  // A later version of the value has more behind it.
  assert.deepEqual(decode([0, 0, 0, 1], [0, 1, 0, 0, 0, 5, 9, 9]), { type: "commit", coordinatorEpoch: 5 });
  assert.equal(
    decode([0, 0, 0, 2], [0, 0, 0, 0, 0, 5]),
    undefined,
    "the leader of a KRaft quorum has changed",
  );
  assert.equal(decode(null, [0, 0, 0, 0, 0, 5]), undefined);
  assert.equal(decode([0, 0], [0, 0, 0, 0, 0, 5]), undefined);
  assert.equal(decode([0, 0, 0, 1], null), undefined);
  assert.equal(decode([0, 0, 0, 1], [0, 0, 0]), undefined);
});

Deno.test("decodeEndMarker takes a batch that compaction has emptied, and one that can't be read, for none", () => {
  const bytes = encodeEndMarker(END);
  const view = new DataView(bytes.buffer);
  view.setInt32(57, 0);
  assert.equal(decodeEndMarker(new RecordBatch(bytes)), undefined);
  view.setInt32(57, 1);
  bytes[61] = 0x7e;
  assert.equal(decodeEndMarker(new RecordBatch(bytes)), undefined);
});
