import assert from "node:assert/strict";
import { ErrorCode, errorName } from "./errors.ts";
import { BATCH_OVERHEAD, checkBatch, checkStoredBatch, RecordBatch } from "./record_batch.ts";
import { encodeBatch } from "./record_encoder.ts";
import { rawBatch, seal } from "./testing/raw_records.ts";
import { SeededRandom } from "./testing/seeded_random.ts";

const text = (words: string) => new TextEncoder().encode(words);

function threeRecords(): Uint8Array {
  return encodeBatch(
    [
      { timestamp: 1_700_000_000_000, key: text("a"), value: text("one") },
      { timestamp: 1_700_000_000_007, key: null, value: text("two") },
      { timestamp: 1_700_000_000_003, key: text("c"), value: null },
    ],
    { producerId: 2 ** 40 + 5, producerEpoch: 6, baseSequence: 8, baseOffset: 2 ** 33 + 1, leaderEpoch: 9 },
  );
}

/** Changes the batch, makes its CRC right again, and checks it. */
function checkChanged(change: (view: DataView) => void, bytes = threeRecords()) {
  change(new DataView(bytes.buffer));
  return checkBatch(seal(bytes), 0, bytes.length, new RecordBatch());
}

function assertProblem(
  problem: { error: number; message: string } | undefined,
  error: number,
  message: RegExp,
): void {
  assert.ok(problem !== undefined, `wanted ${errorName(error)}, found no problem`);
  assert.equal(errorName(problem.error), errorName(error), problem.message);
  assert.match(problem.message, message);
}

Deno.test("RecordBatch reads every field of the header when it is pointed at a batch", () => {
  const bytes = threeRecords();
  const batch = new RecordBatch(bytes);
  assert.equal(batch.baseOffset, 2 ** 33 + 1);
  assert.equal(batch.sizeInBytes, bytes.length);
  assert.equal(batch.leaderEpoch, 9);
  assert.equal(batch.magic, 2);
  assert.equal(batch.crc, batch.computeCrc());
  assert.equal(batch.attributes, 0);
  assert.equal(batch.compression, 0);
  assert.equal(batch.timestampType, "CreateTime");
  assert.equal(batch.isTransactional, false);
  assert.equal(batch.isControl, false);
  assert.equal(batch.lastOffsetDelta, 2);
  assert.equal(batch.lastOffset, 2 ** 33 + 3);
  assert.equal(batch.baseTimestamp, 1_700_000_000_000);
  assert.equal(batch.maxTimestamp, 1_700_000_000_007);
  assert.equal(batch.producerId, 2 ** 40 + 5);
  assert.equal(batch.producerEpoch, 6);
  assert.equal(batch.baseSequence, 8);
  assert.equal(batch.lastSequence, 10);
  assert.equal(batch.recordCount, 3);
  assert.deepEqual(batch.bytes, bytes);
  assert.deepEqual(batch.recordsBytes, bytes.subarray(BATCH_OVERHEAD));
});

Deno.test("RecordBatch reads -1 when a producer is not idempotent", () => {
  const batch = new RecordBatch(encodeBatch([{ timestamp: -1 }]));
  const { producerId, producerEpoch, baseSequence, lastSequence, leaderEpoch, baseTimestamp } = batch;
  assert.deepEqual(
    [producerId, producerEpoch, baseSequence, lastSequence, leaderEpoch, baseTimestamp],
    [-1, -1, -1, -1, -1, -1],
  );
});

Deno.test("RecordBatch reads the attributes' bits when they are set", () => {
  const batch = new RecordBatch(
    encodeBatch([{ timestamp: 5 }], {
      compression: 4,
      isTransactional: true,
      isControl: true,
      timestampType: "LogAppendTime",
    }),
  );
  assert.equal(batch.attributes, 0x3c);
  assert.equal(batch.compression, 4);
  assert.equal(batch.timestampType, "LogAppendTime");
  assert.equal(batch.isTransactional, true);
  assert.equal(batch.isControl, true);
});

Deno.test("RecordBatch goes on at sequence 0 when a batch passes the largest int32", () => {
  const records = Array.from({ length: 5 }, () => ({ timestamp: 0 }));
  const last = (baseSequence: number) =>
    new RecordBatch(encodeBatch(records, { producerId: 1, producerEpoch: 0, baseSequence })).lastSequence;
  assert.equal(last(2 ** 31 - 5), 2 ** 31 - 1);
  assert.equal(last(2 ** 31 - 4), 0);
  assert.equal(last(2 ** 31 - 1), 3);
});

Deno.test("RecordBatch.reset follows batches through views, positions and buffers when it is reused", () => {
  const one = encodeBatch([{ timestamp: 1, value: text("one") }], { baseOffset: 10 });
  const two = encodeBatch([{ timestamp: 2, value: text("second") }], { baseOffset: 20 });
  const together = new Uint8Array(7 + one.length + two.length);
  together.set(one, 7);
  together.set(two, 7 + one.length);
  const view = together.subarray(3);
  const batch = new RecordBatch();
  for (
    const [bytes, position, offset, expected] of [
      [view, 4, 10, one],
      [view, 4 + one.length, 20, two],
      [two, 0, 20, two],
      [together, 7, 10, one],
    ] as const
  ) {
    batch.reset(bytes, position);
    assert.equal(batch.baseOffset, offset);
    assert.deepEqual(batch.bytes, expected);
    assert.equal(batch.crc, batch.computeCrc());
  }
});

Deno.test("RecordBatch.setBaseOffset and setLeaderEpoch leave the CRC right when they change the batch in place", () => {
  const bytes = threeRecords();
  const batch = new RecordBatch(bytes);
  for (const offset of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER]) {
    batch.setBaseOffset(offset);
    batch.setLeaderEpoch(42);
    assert.equal(batch.baseOffset, offset);
    assert.equal(batch.leaderEpoch, 42);
    assert.equal(new DataView(bytes.buffer).getBigInt64(0), BigInt(offset));
    assert.equal(checkBatch(bytes, 0, bytes.length, batch), undefined);
  }
});

Deno.test("RecordBatch.setLogAppendTime gives the batch its time and a right CRC when a topic wants it", () => {
  const bytes = threeRecords();
  const batch = new RecordBatch(bytes);
  const before = batch.crc;
  batch.setLogAppendTime(1_800_000_000_001);
  assert.equal(batch.timestampType, "LogAppendTime");
  assert.equal(batch.maxTimestamp, 1_800_000_000_001);
  assert.equal(batch.baseTimestamp, 1_700_000_000_000);
  assert.notEqual(batch.crc, before);
  assert.equal(checkBatch(bytes, 0, bytes.length, batch), undefined);
});

Deno.test("checkBatch finds no problem when a batch lies anywhere in the bytes", () => {
  const bytes = threeRecords();
  const outer = new Uint8Array(bytes.length + 50).fill(0xee);
  outer.set(bytes, 20);
  const batch = new RecordBatch();
  assert.equal(checkBatch(outer, 20, outer.length, batch), undefined);
  assert.equal(checkBatch(outer.subarray(15), 5, 5 + bytes.length, batch), undefined);
  assert.equal(batch.recordCount, 3);
});

Deno.test("checkBatch refuses a batch when its end is missing, wherever it was cut", () => {
  const bytes = threeRecords();
  const batch = new RecordBatch();
  for (let end = 0; end < bytes.length; end++) {
    // The bytes behind `end` are there, and must not be read as the batch's.
    assertProblem(checkBatch(bytes, 0, end, batch), ErrorCode.CORRUPT_MESSAGE, /bytes/);
    assertProblem(checkBatch(bytes.slice(0, end), 0, end, batch), ErrorCode.CORRUPT_MESSAGE, /bytes/);
  }
});

Deno.test("checkBatch refuses a batch when any one bit of what the CRC covers is flipped", () => {
  const bytes = threeRecords();
  const batch = new RecordBatch();
  for (let bit = 17 * 8; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    const problem = checkBatch(bytes, 0, bytes.length, batch);
    assertProblem(problem, ErrorCode.CORRUPT_MESSAGE, /checksum 0x[0-9a-f]{8}, .* is 0x[0-9a-f]{8}/);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
});

Deno.test("checkBatch refuses lengths that no batch has when they are negative, small, or the largest", () => {
  // 12 + 0x7fffffff would be -2147483637 in 32 bits, and so less than what is left.
  for (const length of [-(2 ** 31), -1, 0, 48, 0x7fff_ffff - 12, 0x7fff_ffff]) {
    const bytes = threeRecords();
    new DataView(bytes.buffer).setInt32(8, length);
    assertProblem(
      checkBatch(bytes, 0, bytes.length, new RecordBatch()),
      ErrorCode.CORRUPT_MESSAGE,
      new RegExp(`says that ${length} bytes follow`),
    );
  }
});

Deno.test("checkBatch names the clients that send formats 0 and 1 when it finds one, even one shorter than a v2 header", () => {
  for (const magic of [0, 1]) {
    const bytes = new Uint8Array(34);
    bytes[11] = 22;
    bytes[16] = magic;
    assertProblem(
      checkBatch(bytes, 0, bytes.length, new RecordBatch()),
      ErrorCode.INVALID_RECORD,
      new RegExp(`message format ${magic}, .*older than Kafka 0\\.11`),
    );
  }
  assertProblem(checkChanged((view) => view.setInt8(16, 3)), ErrorCode.CORRUPT_MESSAGE, /message format 3/);
});

Deno.test("checkBatch refuses counts when they do not agree with the last offset delta or the bytes", () => {
  const counts = (recordCount: number, lastOffsetDelta: number) =>
    checkChanged((view) => {
      view.setInt32(57, recordCount);
      view.setInt32(23, lastOffsetDelta);
    });
  assertProblem(counts(0, -1), ErrorCode.INVALID_RECORD, /0 records and a last offset delta of -1/);
  assertProblem(counts(0, 0), ErrorCode.INVALID_RECORD, /no records/);
  assertProblem(counts(-1, 2), ErrorCode.INVALID_RECORD, /-1 records/);
  assertProblem(counts(3, 3), ErrorCode.INVALID_RECORD, /should be 2; found 3/);
  assertProblem(counts(4, 2), ErrorCode.INVALID_RECORD, /4 records and a last offset delta of 2/);
  // 2^31 - 1 records of 7 bytes: the product passes 2^32, and must not wrap.
  assertProblem(counts(0x7fff_ffff, 0x7fff_fffe), ErrorCode.INVALID_RECORD, /at least 15032385529 bytes/);
  assertProblem(
    checkBatch(rawBatch(new Uint8Array(20), 3), 0, 81, new RecordBatch()),
    ErrorCode.INVALID_RECORD,
    /at least 21 bytes; it has 20/,
  );
});

Deno.test("checkBatch does not limit the count by the bytes when the records are compressed", () => {
  const records = Array.from({ length: 1000 }, () => ({ timestamp: 0 }));
  const bytes = encodeBatch(records, { compression: 1 });
  assert.ok(bytes.length < 1000 * 7);
  assert.equal(checkBatch(bytes, 0, bytes.length, new RecordBatch()), undefined);
});

Deno.test("checkBatch refuses codecs that there are not when the attributes name one", () => {
  for (const codec of [5, 6, 7]) {
    assertProblem(
      checkChanged((view) => view.setInt16(21, codec)),
      ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      new RegExp(`codec ${codec};`),
    );
  }
});

Deno.test("checkBatch ignores the reserved bits of the attributes when they are set, as Kafka does", () => {
  assert.equal(checkChanged((view) => view.setInt16(21, ~0x3f)), undefined);
});

Deno.test("checkBatch refuses a producer id without epoch or sequence when the batch is of data", () => {
  const producer = (epoch: number, sequence: number, attributes = 0) =>
    checkChanged((view) => {
      view.setInt16(51, epoch);
      view.setInt32(53, sequence);
      view.setInt16(21, attributes);
    });
  assert.equal(producer(0, 0), undefined);
  assertProblem(producer(-1, 0), ErrorCode.INVALID_RECORD, /found -1 and 0/);
  assertProblem(producer(0, -1), ErrorCode.INVALID_RECORD, /found 0 and -1/);
  // Control batches have no sequence.
  assert.equal(producer(0, -1, 0x30), undefined);
});

Deno.test("checkStoredBatch takes what compaction leaves when checkBatch would not", () => {
  const bytes = seal(threeRecords());
  const view = new DataView(bytes.buffer);
  const batch = new RecordBatch();
  for (const [recordCount, lastOffsetDelta] of [[3, 100], [0, 2], [1, 0]] as const) {
    view.setInt32(57, recordCount);
    view.setInt32(23, lastOffsetDelta);
    seal(bytes);
    assert.equal(checkStoredBatch(bytes, 0, bytes.length, batch), undefined);
  }
  view.setInt32(57, 2);
  assertProblem(
    checkStoredBatch(seal(bytes), 0, bytes.length, batch),
    ErrorCode.INVALID_RECORD,
    /2 records and a last/,
  );
});

Deno.test("checkBatch answers and never throws when the bytes are any", () => {
  const seed = 61;
  const random = new SeededRandom(seed);
  const batch = new RecordBatch();
  for (let round = 0; round < 3000; round++) {
    const bytes = random.bytes(random.integer(0, 90));
    if (bytes.length > 20 && random.boolean()) bytes[16] = 2;
    if (bytes.length > 20 && random.boolean()) bytes.set([0, 0, 0, bytes.length - 12], 8);
    const problem = checkBatch(bytes, 0, bytes.length, batch);
    assert.ok(problem !== undefined && problem.message.length > 0, `seed ${seed}, round ${round}`);
  }
});
