import assert from "node:assert/strict";
import { compressionName, CompressionType } from "../protocol/compression.ts";
import { ErrorCode, errorName } from "../protocol/errors.ts";
import { checkBatch, RecordBatch } from "../protocol/record_batch.ts";
import { type BatchOptions, decodeRecords, encodeBatch, type NewRecord } from "../protocol/records.ts";
import { rawBatch, seal } from "../protocol/testing/raw_records.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { TestClock } from "../tests/support/storage_fixture.ts";
import { batchToStore } from "./batch_rules.ts";
import { defaultLogConfig, type LogConfig, type TopicCompression } from "./log_config.ts";
import { LogError, type RefusedRecord, RefusedRecordsError } from "./log_error.ts";
import { MAX_UNPACKED_BYTES } from "./unpacked_limit.ts";

const MIB = 1024 * 1024;
const clock = new TestClock();
const NOW = clock.wallMs;
const key = Uint8Array.of(1);
const codecs = Object.values(CompressionType);

function batchOf(records: readonly NewRecord[], options: BatchOptions = {}): RecordBatch {
  return new RecordBatch(encodeBatch(records, options));
}

function store(batch: RecordBatch, config: Partial<LogConfig>): RecordBatch {
  return batchToStore(batch, { ...defaultLogConfig, ...config }, clock);
}

/** The error that `batch` is refused with. */
function refusal(batch: RecordBatch, config: Partial<LogConfig>): LogError {
  const before = batch.bytes.slice();
  try {
    store(batch, config);
  } catch (error) {
    assert.ok(error instanceof LogError, String(error));
    assert.deepEqual(batch.bytes, before, "a batch that is refused is left alone");
    return error;
  }
  return assert.fail("taken");
}

function refusedRecords(
  batch: RecordBatch,
  config: Partial<LogConfig>,
  code: number,
): readonly RefusedRecord[] {
  const error = refusal(batch, config);
  assert.equal(errorName(error.code), errorName(code), error.message);
  assert.ok(error instanceof RefusedRecordsError, error.message);
  return error.records;
}

/** Like `batch`, but unreadable to whoever unpacks it. */
function unpackable(compression: CompressionType, timestamp = NOW): RecordBatch {
  const batch = new RecordBatch(rawBatch(new Uint8Array(20).fill(0x7f), 1, { compression }));
  batch.setMaxTimestamp(timestamp);
  return batch;
}

Deno.test("batchToStore does not unpack a batch that nothing is demanded of", () => {
  for (const compression of codecs) {
    const bytes = unpackable(compression).bytes.slice();
    const name = compressionName(compression) as TopicCompression;
    const configs: Partial<LogConfig>[] = [
      {},
      { timestampAfterMaxMs: 0 },
      { timestampAfterMaxMs: Infinity },
      { timestampType: "LogAppendTime", timestampAfterMaxMs: 0, timestampBeforeMaxMs: 0 },
      { compressionType: compression === CompressionType.none ? "uncompressed" : name },
    ];
    for (const config of configs) {
      const batch = new RecordBatch(bytes.slice());
      assert.equal(store(batch, config), batch, JSON.stringify(config));
      assert.deepEqual(batch.bytes, bytes);
    }
    assert.throws(() => store(unpackable(compression), { compacts: true }), LogError);
  }
});

Deno.test("batchToStore refuses records without a key for a compacted topic and names them, in every codec", () => {
  const records: NewRecord[] = [
    { timestamp: NOW, key: null },
    { timestamp: NOW, key },
    { timestamp: NOW, key: new Uint8Array(0) }, // empty, but a key
    { timestamp: NOW, value: key },
    { timestamp: NOW, key, value: null }, // a tombstone
  ];
  for (const compression of codecs) {
    const refused = refusedRecords(
      batchOf(records, { compression }),
      { compacts: true },
      ErrorCode.INVALID_RECORD,
    );
    assert.deepEqual(refused.map(({ index }) => index), [0, 3]);
    for (const { message } of refused) assert.match(message, /compacted.*needs a key/);
    const good = batchOf(records.filter(({ key }) => key), { compression });
    const before = good.bytes.slice();
    assert.equal(store(good, { compacts: true }), good);
    assert.deepEqual(good.bytes, before);
  }
  assert.match(
    refusal(batchOf(records), { compacts: true }).message,
    /^2 of the batch's 5 records are refused, so none is taken; the first is record 0: the topic is compacted/,
  );
});

Deno.test("batchToStore wants keys, and no times, of records that get the broker's", () => {
  const config = { compacts: true, timestampType: "LogAppendTime", timestampBeforeMaxMs: 0 } as const;
  assert.equal(refusedRecords(batchOf([{ timestamp: 5 }]), config, ErrorCode.INVALID_RECORD).length, 1);
  const good = batchOf([{ timestamp: NOW + 1e9, key }, { timestamp: 5, key }]);
  assert.equal(store(good, config), good);
});

Deno.test("batchToStore takes times within the bounds, both ends included, and -1", () => {
  const config = { timestampBeforeMaxMs: 1000, timestampAfterMaxMs: 500 };
  const timesOf = (...times: number[]) => times.map((timestamp) => ({ timestamp }));
  for (const compression of codecs) {
    const good = batchOf(timesOf(NOW - 1000, -1, NOW + 500, NOW), { compression });
    assert.equal(store(good, config), good);
    const bad = batchOf(timesOf(NOW - 1001, NOW, NOW + 501, -1, -2, 0), { compression });
    const refused = refusedRecords(bad, config, ErrorCode.INVALID_TIMESTAMP);
    assert.deepEqual(refused.map(({ index }) => index), [0, 2, 4, 5]);
    assert.match(
      refused[0]!.message,
      new RegExp(`${NOW - 1001}, lies behind .*before.max.ms=1000.*${NOW - 1000}$`),
    );
    assert.match(refused[1]!.message, new RegExp(`${NOW + 501}, is ahead .*after.max.ms=500.*${NOW + 500}$`));
  }
  const none = batchOf(timesOf(-1, -1));
  assert.equal(store(none, { timestampBeforeMaxMs: 0, timestampAfterMaxMs: 0 }), none);
});

Deno.test("batchToStore by default refuses what comes from more than an hour ahead, and takes what is old", () => {
  const hour = 3_600_000;
  assert.ok(store(batchOf([{ timestamp: NOW + hour }, { timestamp: 0 }]), {}));
  const ahead = batchOf([{ timestamp: NOW }, { timestamp: NOW + hour + 1 }]);
  assert.deepEqual(
    refusedRecords(ahead, {}, ErrorCode.INVALID_TIMESTAMP).map(({ index }) => index),
    [1],
  );
});

Deno.test("batchToStore answers INVALID_TIMESTAMP when some records have bad times and some no keys, and names all", () => {
  const batch = batchOf([{ timestamp: NOW }, { timestamp: NOW + 1e8, key }, { timestamp: NOW + 1e8 }]);
  const refused = refusedRecords(batch, { compacts: true }, ErrorCode.INVALID_TIMESTAMP);
  assert.deepEqual(refused.map(({ index, message }) => [index, /needs a key/.test(message)]), [
    [0, true],
    [1, false],
    [2, true],
  ]);
});

Deno.test("batchToStore names a hundred records at most, and counts them all", () => {
  const batch = batchOf(Array.from({ length: 5000 }, () => ({ timestamp: NOW })), {
    compression: CompressionType.zstd,
  });
  assert.ok(batch.sizeInBytes < 20_000);
  assert.equal(refusedRecords(batch, { compacts: true }, ErrorCode.INVALID_RECORD).length, 100);
  assert.match(refusal(batch, { compacts: true }).message, /^5000 of the batch's 5000 records/);
});

Deno.test("batchToStore believes the records, not the header, about their largest time once it looks", () => {
  // The header says tomorrow, and the records are of now: as in Kafka, the header is put right.
  const batch = batchOf([{ timestamp: NOW - 5 }, { timestamp: NOW - 7 }]);
  batch.setMaxTimestamp(NOW + 86_400_000);
  assert.equal(store(batch, {}), batch);
  assert.equal(batch.maxTimestamp, NOW - 5);
  assert.equal(batch.crc, batch.computeCrc());
  // The header says 0, and a record is of tomorrow.
  const late = batchOf([{ timestamp: NOW + 86_400_000, key }]);
  late.setMaxTimestamp(0);
  assert.equal(refusedRecords(late, { compacts: true }, ErrorCode.INVALID_TIMESTAMP).length, 1);
  const packed = batchOf([{ timestamp: NOW, key }]);
  packed.setMaxTimestamp(0);
  assert.equal(store(packed, { compressionType: "lz4" }).maxTimestamp, NOW);
});

Deno.test("batchToStore refuses offset deltas that do not count up from 0", () => {
  const good = encodeBatch([{ timestamp: NOW, key }, { timestamp: NOW, key }]);
  // Length, attributes, time delta and offset delta of the second record, which is as long as the first.
  const second = 61 + (good.length - 61) / 2;
  assert.equal(good[second + 3], 2, "zigzag of 1");
  good[second + 3] = 0;
  const refused = refusedRecords(new RecordBatch(seal(good)), { compacts: true }, ErrorCode.INVALID_RECORD);
  assert.deepEqual(refused, [
    { index: 1, message: "its offset delta should be 1, its place in the batch; found 0" },
  ]);
});

Deno.test("batchToStore refuses as INVALID_RECORD what its sender packed badly, so that nobody sends it again", () => {
  const demands: Partial<LogConfig>[] = [{ compacts: true }, { compressionType: "snappy" }, {
    timestampBeforeMaxMs: 1,
  }];
  const records = encodeBatch([{ timestamp: NOW, key }]).subarray(61);
  const bad: [string, RecordBatch][] = [
    ["a record too few", new RecordBatch(rawBatch(records, 2))],
    ["a record too many", new RecordBatch(rawBatch(Uint8Array.of(...records, ...records), 1))],
    ["a record that ends too soon", new RecordBatch(rawBatch(records.subarray(0, -1), 1))],
    ...codecs.map((codec): [string, RecordBatch] => [`not ${compressionName(codec)}`, unpackable(codec)]),
  ];
  for (const [what, batch] of bad) {
    for (const config of demands) {
      if (config.compressionType === "snappy" && batch.compression === CompressionType.snappy) continue;
      const error = refusal(batch, config);
      assert.equal(errorName(error.code), "INVALID_RECORD", `${what}: ${error.message}`);
    }
  }
});

Deno.test("batchToStore refuses a bomb in bounded memory: a few kilobytes that would be more than the limit", () => {
  const value = new Uint8Array(MAX_UNPACKED_BYTES);
  for (const compression of [CompressionType.gzip, CompressionType.zstd]) {
    const bomb = batchOf([{ timestamp: NOW, key, value }], { compression });
    assert.ok(bomb.sizeInBytes < MIB);
    for (const config of [{ compacts: true }, { compressionType: "uncompressed" } as const]) {
      assert.equal(errorName(refusal(bomb, config).code), "MESSAGE_TOO_LARGE");
    }
  }
});

Deno.test("batchToStore never touches control batches", () => {
  const batch = batchOf([{ timestamp: NOW + 1e9 }], { isControl: true, producerId: 1, producerEpoch: 0 });
  const before = batch.bytes.slice();
  for (const compressionType of ["gzip", "zstd", "uncompressed"] as const) {
    assert.equal(store(batch, { compressionType, compacts: true }), batch);
  }
  assert.deepEqual(batch.bytes, before);
});

Deno.test("batchToStore packs a batch again with the topic's codec, and nothing else of it changes", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const bytes = () =>
    random.below(3) === 0 ? null : random.bytes(random.below(300)).fill(random.below(9), 20);
  const targets: readonly TopicCompression[] = ["uncompressed", "gzip", "snappy", "lz4", "zstd"];
  for (let round = 0; round < 20; round++) {
    const records = Array.from({ length: 1 + random.below(50) }, () => ({
      timestamp: random.below(10) === 0 ? -1 : NOW - random.below(1e9),
      key: bytes(),
      value: bytes(),
      headers: Array.from({ length: random.below(3) }, (_, index) => ({ key: `h${index}`, value: bytes() })),
    }));
    const isIdempotent = random.below(2) === 0;
    const options = {
      baseOffset: random.below(1e9),
      leaderEpoch: 7,
      baseTimestamp: NOW - random.below(1000),
      ...isIdempotent
        ? { producerId: random.below(1e9), producerEpoch: 3, baseSequence: random.below(1e9) }
        : {},
      isTransactional: isIdempotent && random.below(2) === 0,
    };
    for (const compression of codecs) {
      const sent = batchOf(records, { ...options, compression });
      const before = sent.bytes.slice();
      for (const compressionType of targets) {
        const label = `seed ${seed}, round ${round}: ${compressionName(compression)} to ${compressionType}`;
        const kept = store(sent, { compressionType });
        assert.deepEqual(sent.bytes, before, label);
        const wanted = compressionType === "uncompressed" ? "none" : compressionType;
        assert.equal(compressionName(kept.compression), wanted, label);
        assert.equal(kept === sent, compressionName(compression) === wanted, label);
        assert.equal(checkBatch(kept.bytes, 0, kept.sizeInBytes, new RecordBatch()), undefined, label);
        assert.deepEqual(fieldsOf(kept), fieldsOf(sent), label);
        assert.deepEqual(recordsOf(kept), recordsOf(sent), label);
        assert.equal(recordsOf(kept).length, records.length);
      }
    }
  }
});

function fieldsOf(batch: RecordBatch) {
  const { baseOffset, leaderEpoch, lastOffsetDelta, recordCount, baseTimestamp, maxTimestamp } = batch;
  const { timestampType, isTransactional, isControl, producerId, producerEpoch, baseSequence } = batch;
  return {
    ...{ baseOffset, leaderEpoch, lastOffsetDelta, recordCount, baseTimestamp, maxTimestamp },
    ...{ timestampType, isTransactional, isControl, producerId, producerEpoch, baseSequence },
  };
}

function recordsOf(batch: RecordBatch) {
  return [...decodeRecords(batch, { maxBytes: MIB })].map(({ key, value, headers, ...rest }) => ({
    ...rest,
    key: key && [...key],
    value: value && [...value],
    headers: headers.map((header) => ({ key: header.key, value: header.value && [...header.value] })),
  }));
}

Deno.test("batchToStore compresses as hard as the topic says", () => {
  const random = new SeededRandom(1);
  const lines = Array.from({ length: 1000 }, (_, id) => JSON.stringify({ id, user: random.below(500) }));
  const records = lines.map((line) => ({ timestamp: NOW, value: new TextEncoder().encode(line) }));
  const sizeAt = (compressionType: TopicCompression, levels: Partial<LogConfig["compressionLevels"]>) => {
    const compressionLevels = { ...defaultLogConfig.compressionLevels, ...levels };
    return store(batchOf(records), { compressionType, compressionLevels }).sizeInBytes;
  };
  assert.ok(sizeAt("gzip", { gzip: 9 }) < sizeAt("gzip", { gzip: 1 }));
  assert.ok(sizeAt("zstd", { zstd: 19 }) < sizeAt("zstd", { zstd: 1 }));
  assert.equal(sizeAt("zstd", { gzip: 1 }), sizeAt("zstd", { gzip: 9 }));
});
