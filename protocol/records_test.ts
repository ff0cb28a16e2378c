import assert from "node:assert/strict";
import { CompressionType } from "./compression_type.ts";
import { ErrorCode, errorName } from "./errors.ts";
import { Writer } from "./primitives.ts";
import { checkBatch, RecordBatch } from "./record_batch.ts";
import {
  type BatchOptions,
  controlRecord,
  controlRecordType,
  decodeRecords,
  encodeBatch,
  findOffsetByTimestamp,
  type LogRecord,
  type NewRecord,
  RecordsError,
} from "./records.ts";
import { foreignBatches } from "./testing/foreign_bytes.ts";
import { rawBatch, seal } from "./testing/raw_records.ts";
import { SeededRandom } from "./testing/seeded_random.ts";

const MIB = 1024 * 1024;
const text = (words: string) => new TextEncoder().encode(words);
const codecs = Object.entries(CompressionType);

function decode(bytes: Uint8Array, maxBytes = MIB): LogRecord[] {
  // Views of a Buffer's or a batch's bytes compare unequal to plain ones by their prototypes only.
  return [...decodeRecords(new RecordBatch(bytes), { maxBytes })];
}

function assertRefused(run: () => unknown, code: number, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof RecordsError, `wanted a RecordsError, found ${error}`);
    assert.equal(errorName(error.code), errorName(code));
    assert.match(error.message, message);
    return true;
  });
}

const foreignRecords: LogRecord[] = [
  { offset: 0, timestamp: 1700000000123, key: text("key-0"), value: text("value-0"), headers: [] },
  {
    offset: 1,
    timestamp: 1700000000100,
    key: null,
    value: text(""),
    headers: [
      { key: "trace", value: text("abc") },
      { key: "nul", value: null },
      { key: "kéy", value: text("") },
    ],
  },
  {
    offset: 2,
    timestamp: 1700000099999,
    key: text(""),
    value: null,
    headers: [{ key: "trace", value: text("xxx") }],
  },
  {
    offset: 3,
    timestamp: 1700000000123 + 2 ** 40,
    key: text("k".repeat(70)),
    value: text("v".repeat(200)),
    headers: [],
  },
];

for (const [name] of codecs) {
  Deno.test(`decodeRecords reads what kafka-python wrote when the codec is ${name}`, () => {
    const bytes = foreignBatches[name as keyof typeof foreignBatches];
    const batch = new RecordBatch();
    assert.equal(checkBatch(bytes, 0, bytes.length, batch), undefined);
    assert.equal(batch.maxTimestamp, 1700000000123 + 2 ** 40);
    assert.deepEqual(decode(bytes), foreignRecords);
  });
}

Deno.test("encodeBatch writes the bytes that kafka-python writes when records and options are the same", () => {
  const encoded = encodeBatch(foreignRecords, {
    producerId: 4097,
    producerEpoch: 3,
    baseSequence: 17,
    leaderEpoch: 0, // that library leaves it 0
  });
  assert.deepEqual(encoded, foreignBatches.none);
});

function randomRecord(random: SeededRandom): NewRecord {
  const bytes = () => random.integer(0, 5) === 0 ? null : random.bytes(random.integer(0, 200));
  const timestamp = random.integer(0, 9) === 0
    ? random.integer(-1, Number.MAX_SAFE_INTEGER)
    : 1_700_000_000_000 + random.integer(-100_000, 100_000);
  const headers = Array.from({ length: Math.max(0, random.integer(-3, 3)) }, (_, index) => ({
    key: ["", "id", "ключ", "🗝", "trace-parent"][random.integer(0, 4)]! + index,
    value: bytes(),
  }));
  return { timestamp, key: bytes(), value: bytes(), headers };
}

for (const [name, compression] of codecs) {
  Deno.test(`decodeRecords gives back what encodeBatch took when the codec is ${name}`, () => {
    const seed = 11;
    const random = new SeededRandom(seed);
    for (let round = 0; round < 30; round++) {
      const records = Array.from({ length: random.integer(1, 40) }, () => randomRecord(random));
      const baseOffset = random.integer(0, 2 ** 45);
      const bytes = encodeBatch(records, { compression, baseOffset });
      const batch = new RecordBatch();
      assert.equal(checkBatch(bytes, 0, bytes.length, batch), undefined);
      assert.deepEqual(
        [...decodeRecords(batch, { maxBytes: MIB })],
        records.map((record, index) => ({ ...record, offset: baseOffset + index })),
        `seed ${seed}, round ${round}`,
      );
      assert.equal(batch.maxTimestamp, Math.max(...records.map(({ timestamp }) => timestamp)));
    }
  });
}

Deno.test("encodeBatch takes records without key, value and headers when they are left out", () => {
  assert.deepEqual(decode(encodeBatch([{ timestamp: -1 }])), [
    { offset: 0, timestamp: -1, key: null, value: null, headers: [] },
  ]);
});

Deno.test("encodeBatch writes into a writer what it writes without one, whatever that was used for before", () => {
  const records = [{ timestamp: 5, key: new Uint8Array(3), value: new Uint8Array(100).fill(7) }];
  const writer = new Writer(8);
  writer.string("what was written before", false);
  for (const compression of [CompressionType.none, CompressionType.lz4]) {
    assert.deepEqual(encodeBatch(records, { compression }, writer), encodeBatch(records, { compression }));
  }
});

Deno.test("encodeBatch refuses to make a batch when there are no records", () => {
  assert.throws(() => encodeBatch([]), RangeError);
});

Deno.test("encodeBatch counts times from baseTimestamp when it is given", () => {
  const bytes = encodeBatch([{ timestamp: 5 }, { timestamp: 2000 }], { baseTimestamp: 1000 });
  assert.equal(new RecordBatch(bytes).baseTimestamp, 1000);
  assert.deepEqual(decode(bytes).map(({ timestamp }) => timestamp), [5, 2000]);
});

Deno.test("decodeRecords gives every record the append time when the batch has one", () => {
  const batch = new RecordBatch(encodeBatch([{ timestamp: 1 }, { timestamp: 2 }]));
  batch.setLogAppendTime(777);
  assert.deepEqual(
    [...decodeRecords(batch, { maxBytes: MIB })].map(({ timestamp }) => timestamp),
    [777, 777],
  );
});

Deno.test("decodeRecords goes on with its batch when the view is pointed elsewhere meanwhile", () => {
  const batch = new RecordBatch(encodeBatch([{ timestamp: 1 }, { timestamp: 2 }], { baseOffset: 5 }));
  const records = decodeRecords(batch, { maxBytes: MIB });
  batch.reset(encodeBatch([{ timestamp: 9 }], { baseOffset: 90 }));
  assert.deepEqual([...records].map(({ offset }) => offset), [5, 6]);
});

Deno.test("decodeRecords reads the numbers at the ends of their types when a delta is that large", () => {
  const timestamps = [0, -1, 2 ** 31, 2 ** 32 + 1, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER];
  const bytes = encodeBatch(timestamps.map((timestamp) => ({ timestamp })), { baseTimestamp: 0 });
  assert.deepEqual(decode(bytes).map(({ timestamp }) => timestamp), timestamps);
});

/** Records by hand, each with its arithmetic that would go wrong. Behind a length: attributes, time delta, offset delta. */
const hostile: readonly [story: string, bytes: number[], message: RegExp][] = [
  ["the bytes end before the record", [], /record 0.*end inside/],
  ["its length ends inside the varint", [0x80], /end inside/],
  ["its length is more than five bytes", [0x80, 0x80, 0x80, 0x80, 0x80, 1], /longer than 5/],
  ["its length is negative", [1], /length is -1/],
  ["its length is one more than the bytes left", [14, 0, 0, 0, 1, 1, 0], /length is 7, and 6 bytes/],
  ["its length is 2^31 - 1", [0xfe, 0xff, 0xff, 0xff, 0x0f], /length is 2147483647/],
  ["its length is 0", [0], /end inside/],
  ["its length is shorter than its fields", [10, 0, 0, 0, 1, 1, 0], /fields end at byte 7.*says 6/],
  ["its length is longer than its fields", [14, 0, 0, 0, 1, 1, 0, 0], /fields end at byte 7.*says 8/],
  ["its key is 2^31 - 1 bytes", [20, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1, 0], /length 2147483647/],
  ["its key's length is -2", [12, 0, 0, 0, 3, 1, 0], /length -2/],
  ["its value goes beyond the batch", [12, 0, 0, 0, 1, 4, 0], /length 2/],
  [
    "it has 2^31 - 1 headers",
    [20, 0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f],
    /2147483647 headers.* 0 bytes/,
  ],
  ["it has -1 headers", [12, 0, 0, 0, 1, 1, 1], /-1 headers/],
  ["a header's key is null", [16, 0, 0, 0, 1, 1, 2, 1, 1], /length -1/],
  ["a header's value is longer than what is left", [16, 0, 0, 0, 1, 1, 2, 0, 2], /length 1/],
  ["its time delta is more than ten bytes", [
    34,
    0,
    ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    1,
    ...[0, 1, 1, 0, 0],
  ], /longer than 10|64 bits/],
  ["its offset delta is beyond the batch's", [12, 0, 0, 2, 1, 1, 0], /offset delta is 1/],
  ["its offset delta is negative", [12, 0, 0, 1, 1, 1, 0], /offset delta is -1/],
  ["bytes are left behind it", [12, 0, 0, 0, 1, 1, 0, 0xaa], /1 bytes are left/],
];

for (const [story, records, message] of hostile) {
  Deno.test(`decodeRecords refuses a record when ${story}`, () => {
    const bytes = rawBatch(Uint8Array.from(records), 1);
    assertRefused(() => decode(bytes), ErrorCode.CORRUPT_MESSAGE, message);
  });
}

Deno.test("decodeRecords reads a header key that is not UTF-8 with replacement characters, as Kafka's clients do", () => {
  const [record] = decode(rawBatch(Uint8Array.of(18, 0, 0, 0, 1, 1, 2, 2, 0xff, 1), 1));
  assert.deepEqual(record!.headers, [{ key: "\ufffd", value: null }]);
});

Deno.test("decodeRecords refuses a batch when its records would take more than maxBytes", () => {
  const records = [{ timestamp: 0, value: new Uint8Array(100_000) }];
  for (const [, compression] of codecs) {
    const bytes = encodeBatch(records, { compression });
    assert.equal(decode(bytes, 100_020).length, 1);
    assertRefused(() => decode(bytes, 100_000), ErrorCode.MESSAGE_TOO_LARGE, /100000 bytes/);
  }
});

Deno.test("decodeRecords notices that records are missing when compressed data ends early", () => {
  const bytes = encodeBatch(foreignRecords, { compression: CompressionType.zstd });
  const cut = rawBatch(bytes.slice(61, -1), 4, { compression: CompressionType.zstd });
  assertRefused(() => decode(cut), ErrorCode.CORRUPT_MESSAGE, /record 0|damaged zstd/);
});

Deno.test("decodeRecords throws nothing but RecordsError when records are changed at random", () => {
  const seed = 12;
  const random = new SeededRandom(seed);
  const originals = codecs.map(([, compression]) => encodeBatch(foreignRecords, { compression }));
  for (let round = 0; round < 3000; round++) {
    const bytes = originals[random.integer(0, originals.length - 1)]!.slice();
    for (let change = random.integer(1, 5); change > 0; change--) {
      bytes[random.integer(61, bytes.length - 1)] = random.boolean() ? 0xff : random.uint32();
    }
    const batch = new RecordBatch(seal(bytes));
    try {
      for (const { offset } of decodeRecords(batch, { maxBytes: MIB })) assert.ok(offset >= 0 && offset <= 3);
      findOffsetByTimestamp(batch, 1700000000500, { maxBytes: MIB });
    } catch (error) {
      assert.ok(error instanceof RecordsError, `seed ${seed}, round ${round}: ${error}`);
    }
  }
});

Deno.test("controlRecord makes what controlRecordType reads when a transaction ends", () => {
  for (const type of ["abort", "commit"] as const) {
    const { key, value } = controlRecord(type, { coordinatorEpoch: 258, timestamp: 1 });
    assert.equal(controlRecordType(key!), type);
    assert.deepEqual(key, Uint8Array.of(0, 0, 0, type === "commit" ? 1 : 0));
    assert.deepEqual(value, Uint8Array.of(0, 0, 0, 0, 1, 2));
  }
  for (const key of [null, new Uint8Array(3), Uint8Array.of(0, 0, 0, 2)]) {
    assert.equal(controlRecordType(key), undefined);
  }
});

Deno.test("encodeBatch makes a control batch that checkBatch takes when it ends a transaction", () => {
  const options: BatchOptions = { producerId: 1, producerEpoch: 2, isControl: true, isTransactional: true };
  const bytes = encodeBatch([controlRecord("commit", { coordinatorEpoch: 0, timestamp: 3 })], options);
  const batch = new RecordBatch();
  assert.equal(checkBatch(bytes, 0, bytes.length, batch), undefined);
  assert.equal(batch.isControl, true);
});

for (const [name, compression] of codecs) {
  Deno.test(`findOffsetByTimestamp finds what a search through all records finds when the codec is ${name}`, () => {
    const seed = 13;
    const random = new SeededRandom(seed);
    for (let round = 0; round < 60; round++) {
      const records = Array.from({ length: random.integer(1, 30) }, () => ({
        timestamp: random.integer(0, 50),
        value: random.bytes(random.integer(0, 20)),
      }));
      const batch = new RecordBatch(encodeBatch(records, { compression, baseOffset: 1000 }));
      const wanted = random.integer(-1, 51);
      const index = records.findIndex(({ timestamp }) => timestamp >= wanted);
      assert.deepEqual(
        findOffsetByTimestamp(batch, wanted, { maxBytes: MIB }),
        index === -1 ? undefined : { offset: 1000 + index, timestamp: records[index]!.timestamp },
        `seed ${seed}, round ${round}`,
      );
    }
  });
}

Deno.test("findOffsetByTimestamp answers with the first record when the batch has an append time", () => {
  const batch = new RecordBatch(encodeBatch([{ timestamp: 1 }, { timestamp: 2 }], { baseOffset: 7 }));
  batch.setLogAppendTime(500);
  assert.deepEqual(findOffsetByTimestamp(batch, 500, { maxBytes: 0 }), { offset: 7, timestamp: 500 });
  assert.equal(findOffsetByTimestamp(batch, 501, { maxBytes: 0 }), undefined);
});

Deno.test("findOffsetByTimestamp holds its bound and refuses damaged records when it looks into a batch", () => {
  const large = encodeBatch([{ timestamp: 0, value: new Uint8Array(5000) }], { compression: 1 });
  assertRefused(
    () => findOffsetByTimestamp(new RecordBatch(large), 0, { maxBytes: 4999 }),
    ErrorCode.MESSAGE_TOO_LARGE,
    /4999/,
  );
  for (
    const bytes of [[], [0], [2, 0, 0, 0], [1], [14, 0, 0, 0, 1, 1, 0], [10, 0, 0x80, 0x80, 0x80, 0x80, 0]]
  ) {
    const batch = new RecordBatch(rawBatch(Uint8Array.from(bytes), 1));
    assertRefused(
      () => findOffsetByTimestamp(batch, 1000, { maxBytes: MIB }),
      ErrorCode.CORRUPT_MESSAGE,
      /damaged record 0/,
    );
  }
});
