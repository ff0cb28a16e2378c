import assert from "node:assert/strict";
import { CompressionType } from "../../protocol/compression_type.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import {
  baseOffsetsOf,
  checkSegments,
  CompactableLog,
  DIRECTORY,
  jobOf,
  type KeyedRecord,
  readBatches,
  readRecords,
  swapIn,
} from "../../tests/support/compactable_log.ts";
import { MemoryDisk, MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { formatSegmentFile, join } from "../file_names.ts";
import { readAbortedTransactions } from "./aborted_transactions.ts";
import { Compaction, type CompactionContext, CompactionStopped } from "./compaction.ts";
import type { CompactedGroup, CompactionResult } from "./compaction_outcome.ts";
import type { CompactionJob } from "./compaction_job.ts";
import { BYTES_PER_SLOT } from "./key_offset_map.ts";

function contextOf(disk: MemoryDisk, changes: Partial<CompactionContext> = {}): CompactionContext {
  return {
    disk,
    clock: { monotonic: () => 0 },
    log: (_, message) => assert.fail(message),
    pause: () => {},
    ...changes,
  };
}

interface Compacted extends CompactionResult {
  readonly groups: readonly CompactedGroup[];
}

function compact(disk: MemoryDisk, job: CompactionJob, changes: Partial<CompactionContext> = {}): Compacted {
  const compaction = new Compaction(contextOf(disk, changes), job);
  compaction.begin();
  const groups: CompactedGroup[] = [];
  for (let group = compaction.next(); group !== undefined; group = compaction.next()) {
    swapIn(disk, group);
    groups.push(group);
  }
  assert.deepEqual(disk.openPaths, []);
  return { ...compaction.result, groups };
}

const offsetsOf = (disk: MemoryDisk) => readRecords(disk).map(({ offset }) => offset);
const put = (key: string | null, value: string | null = "x"): KeyedRecord => ({ key, value });

/** Segments of one batch each. */
function logOf(...segments: readonly (readonly KeyedRecord[])[]): { disk: MemoryDisk; log: CompactableLog } {
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  for (const records of segments) {
    log.append(records);
    log.roll();
  }
  return { disk, log };
}

Deno.test("Compaction keeps the newest record of each key, at its offset, under every codec", () => {
  for (const compression of Object.values(CompressionType)) {
    const disk = new MemoryDisk();
    const log = new CompactableLog(disk);
    log.append([put("a", "1"), put("b", "1"), put("c", "1")], { compression });
    log.append([put("a", "2"), put(null, "without a key"), put("d", "1")], { compression });
    log.roll();
    log.append([put("b", "2"), put("e", "1")], { compression });
    log.roll();
    const before = new Map(readRecords(disk).map((record) => [record.offset, record]));
    const result = compact(disk, jobOf(disk, log.endOffset));
    assert.deepEqual(readRecords(disk), [2, 3, 5, 6, 7].map((offset) => before.get(offset)));
    assert.deepEqual(baseOffsetsOf(disk), [0]);
    assert.deepEqual(
      [result.recordsKept, result.recordsDropped, result.keylessDropped, result.keyCount, result.cleanedUpTo],
      [5, 3, 1, 5, 8],
    );
    assert.ok(readBatches(disk).every((batch) => batch.compression === compression));
    checkSegments(disk, `codec ${compression}`);
  }
});

Deno.test("Compaction writes nothing for a segment of which everything stays", () => {
  const { disk, log } = logOf([put("a"), put("b")], [put("c"), put("d")], [put("c"), put("e")]);
  const job = jobOf(disk, log.endOffset, { segmentBytes: 1 });
  const { groups, bytesWritten } = compact(disk, job);
  assert.deepEqual(groups.map(({ kind, replaces }) => [kind, ...replaces]), [
    ["unchanged", 0],
    ["rewritten", 2],
    ["unchanged", 4],
  ]);
  assert.ok(bytesWritten < 200);
  assert.deepEqual(offsetsOf(disk), [0, 1, 3, 4, 5]);
});

Deno.test("Compaction copies the batches before the first that changes, and the indexes agree", () => {
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  for (let index = 0; index < 40; index++) log.append([put(`key ${index}`), put(`other ${index}`)]);
  log.append([put("key 39"), put("key 38")]);
  log.roll();
  const before = readBatches(disk).map(({ bytes }) => bytes.slice());
  const { groups } = compact(disk, jobOf(disk, log.endOffset));
  assert.equal(groups[0]?.kind, "rewritten");
  const after = readBatches(disk).map(({ bytes }) => bytes);
  assert.deepEqual(after.slice(0, 38), before.slice(0, 38));
  assert.deepEqual(offsetsOf(disk).slice(-4), [77, 79, 80, 81]);
  checkSegments(disk, "prefix");
});

Deno.test("Compaction keeps a tombstone for delete.retention.ms after it has met it, then takes it away", () => {
  const { disk, log } = logOf([put("a", "1"), put("b", "1")], [put("a", null), put("c", "1")]);
  const job = (firstDirtyOffset: number, nowMs: number) =>
    jobOf(disk, log.endOffset, { firstDirtyOffset, nowMs, deleteRetentionMs: 1000 });
  const before = readRecords(disk);
  const first = compact(disk, job(0, 50_000));
  assert.equal(first.earliestDeleteHorizonMs, 51_000);
  assert.deepEqual(readRecords(disk), before.slice(1));
  assert.deepEqual(readBatches(disk).map(({ deleteHorizonMs }) => deleteHorizonMs), [undefined, 51_000]);

  const early = compact(disk, job(4, 50_999));
  assert.deepEqual(early.groups.map(({ kind }) => kind), ["unchanged"]);
  assert.equal(early.earliestDeleteHorizonMs, 51_000);

  const late = compact(disk, job(4, 51_000));
  assert.deepEqual(readRecords(disk), [before[1], before[3]]);
  assert.equal(late.earliestDeleteHorizonMs, Infinity);
  checkSegments(disk, "tombstones");
});

Deno.test("Compaction starts no tombstone's time while the map does not cover it, as older records may be left", () => {
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  log.append([put("a"), put("b")]);
  log.append([put("c")]);
  log.append([put("a", null)]);
  log.roll();
  const round = (firstDirtyOffset: number, keyCount: number) =>
    compact(
      disk,
      jobOf(disk, log.endOffset, {
        firstDirtyOffset,
        keyMapBytes: (keyCount + 1) * BYTES_PER_SLOT,
      }),
    );
  const first = round(0, 2);
  assert.deepEqual([first.cleanedUpTo, first.earliestDeleteHorizonMs], [2, Infinity]);
  assert.deepEqual(offsetsOf(disk), [0, 1, 2, 3]);
  const second = round(2, 2);
  assert.deepEqual([second.cleanedUpTo, second.earliestDeleteHorizonMs], [4, 11_000]);
  assert.deepEqual(offsetsOf(disk), [1, 2, 3]);
});

Deno.test("Compaction gives a segment back when all of it is on stable storage", () => {
  const { disk, log } = logOf([put("a")], [put("a")]);
  const compaction = new Compaction(contextOf(disk), jobOf(disk, log.endOffset));
  compaction.begin();
  const group = compaction.next();
  const found = disk.afterPowerCut();
  swapIn(found, group!);
  assert.deepEqual(offsetsOf(found), [1]);
  checkSegments(found, "after a power cut");
});

Deno.test("Compaction takes back aborted records and, round by round, the markers of what is gone", () => {
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  log.append([put("a", "old")]);
  const aborted = log.append([put("a", "aborted")], { producerId: 1, sequence: 0, isTransactional: true });
  const committed = log.append([put("b", "1")], { producerId: 2, sequence: 0, isTransactional: true });
  log.end("abort", 1, aborted);
  log.end("commit", 2, committed);
  log.roll();
  log.append([put("b", "2")]);
  log.roll();
  const markers = () => readBatches(disk).filter((batch) => batch.isControl).map((batch) => batch.baseOffset);
  const round = (firstDirtyOffset: number, nowMs: number) =>
    compact(disk, jobOf(disk, log.endOffset, { firstDirtyOffset, nowMs }));

  round(0, 10_000);
  assert.deepEqual(offsetsOf(disk), [0, 5]);
  // Who reads on from the middle of the transactions must learn how they ended.
  assert.deepEqual(markers(), [3, 4]);
  assert.equal(readAbortedTransactions(disk, DIRECTORY).length, 1);

  const second = round(6, 20_000);
  assert.deepEqual(markers(), [3, 4]);
  assert.equal(second.earliestDeleteHorizonMs, 21_000);
  assert.equal(readAbortedTransactions(disk, DIRECTORY).length, 0);

  assert.deepEqual(round(6, 20_999).groups.map(({ kind }) => kind), ["unchanged"]);
  round(6, 21_000);
  assert.deepEqual(markers(), []);
  assert.deepEqual(offsetsOf(disk), [0, 5]);
  assert.deepEqual(round(6, 30_000).groups.map(({ kind }) => kind), ["unchanged"]);
});

Deno.test("Compaction does not take what a producer wrote after an aborted transaction for a part of it", () => {
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  const first = log.append([put("a", "aborted")], { producerId: 1, sequence: 0, isTransactional: true });
  log.end("abort", 1, first);
  const second = log.append([put("a", "kept")], { producerId: 1, sequence: 1, isTransactional: true });
  log.end("commit", 1, second);
  log.roll();
  // The index keeps its entry, whatever has become of the marker.
  const abortedTransactions = readAbortedTransactions(disk, DIRECTORY);
  for (let round = 0; round < 5; round++) {
    compact(
      disk,
      jobOf(disk, log.endOffset, { nowMs: 10_000 * (round + 1), deleteRetentionMs: 0, abortedTransactions }),
    );
    assert.deepEqual(offsetsOf(disk), [2], `round ${round}`);
  }
});

Deno.test("Compaction refuses a log with an aborted transaction that no index names, before it changes anything", () => {
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  log.append([put("a", "committed")]);
  const first = log.append([put("a", "aborted")], { producerId: 1, sequence: 0, isTransactional: true });
  log.end("abort", 1, first);
  log.roll();
  const names = disk.names(DIRECTORY);
  assert.throws(
    () => compact(disk, jobOf(disk, log.endOffset, { abortedTransactions: [] })),
    /no index names the transaction of producer 1 that offset 2 aborts/,
  );
  assert.deepEqual(disk.names(DIRECTORY), names);
});

Deno.test("Compaction keeps a producer's last batch, empty if need be, and its sequence in it", () => {
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  log.append([put("a"), put("b")], { producerId: 7, sequence: 0 });
  log.append([put("a"), put("b")], { producerId: 7, sequence: 2, compression: CompressionType.lz4 });
  log.append([put("a"), put("b")]);
  log.roll();
  const job = () =>
    jobOf(disk, log.endOffset, { producers: [{ producerId: 7, producerEpoch: 0, lastDataOffset: 3 }] });
  compact(disk, job());
  const [empty, rest] = readBatches(disk);
  assert.deepEqual(
    [empty?.producerId, empty?.lastSequence, empty?.lastOffset, empty?.recordCount],
    [7, 3, 3, 0],
  );
  assert.equal(rest?.baseOffset, 4);
  assert.deepEqual(compact(disk, job()).groups.map(({ kind }) => kind), ["unchanged"]);
  // Forgotten by then, it goes.
  compact(disk, { ...job(), producers: [] });
  assert.deepEqual(readBatches(disk).map(({ baseOffset }) => baseOffset), [4]);
});

// A producer had sent 3, flushed, and 4, not flushed. A compaction took 3 away, which had been replaced; a power cut took 4. So of
// the producer nothing was left but the marker at 2, and when it sent 4 again, it was told to begin with sequence 0.
Deno.test("Compaction keeps a producer's last batch that a power cut can't take, besides the last of all", () => {
  for (const wasReadBefore of [false, true]) {
    const disk = new MemoryDisk();
    const log = new CompactableLog(disk);
    const producer = { producerId: 7, isTransactional: true };
    log.append([put("a")], { ...producer, sequence: 0 });
    log.append([put("b")], { ...producer, sequence: 1 });
    log.end("abort", 7, 0);
    log.append([put("c")]);
    log.roll();
    const dirtyOffset = log.endOffset;
    log.append([put("c")]);
    log.roll();
    compact(
      disk,
      jobOf(disk, log.endOffset, {
        firstDirtyOffset: wasReadBefore ? dirtyOffset : 0,
        producers: [{ producerId: 7, producerEpoch: 0, lastDataOffset: log.endOffset + 1 }],
      }),
    );
    const kept = readBatches(disk).filter(({ producerId, isControl }) => producerId === 7 && !isControl);
    const sequences = kept.map(({ lastSequence, recordCount }) => [lastSequence, recordCount]);
    // What was compacted before is not looked through twice: all that may be the last stays until the next time.
    assert.deepEqual(sequences, wasReadBefore ? [[0, 0], [1, 0]] : [[1, 0]]);
  }
});

Deno.test("Compaction leaves a placeholder where a group's last batch goes, so that its end can be seen", () => {
  const { disk, log } = logOf([put("a")], [put("a"), put("a")], [put("a")]);
  const job = () => jobOf(disk, log.endOffset, { segmentBytes: 160 });
  compact(disk, job());
  assert.deepEqual(baseOffsetsOf(disk), [0, 3]);
  const [placeholder] = readBatches(disk);
  assert.deepEqual([placeholder?.lastOffset, placeholder?.recordCount], [2, 0]);
  compact(disk, job());
  assert.deepEqual(baseOffsetsOf(disk), [0]);
  assert.deepEqual(readBatches(disk).map(({ lastOffset }) => lastOffset), [3]);
});

Deno.test("Compaction with a map too small for the keys gets further with each round, however small", () => {
  for (const keyCount of [1, 2, 7]) {
    const disk = new MemoryDisk();
    const log = new CompactableLog(disk);
    for (let batch = 0; batch < 12; batch++) {
      log.append(
        Array.from({ length: 5 }, (_, index) => put(`${(batch * 3 + index) % 17}`, `${batch} ${index}`)),
      );
      if (batch % 4 === 3) log.roll();
    }
    const newest = new Map(readRecords(disk).map((record) => [record.key, record]));
    const keyMapBytes = (keyCount + 1) * BYTES_PER_SLOT;
    let firstDirtyOffset = 0;
    for (let round = 0; firstDirtyOffset < log.endOffset; round++) {
      assert.ok(round < 100);
      const { cleanedUpTo } = compact(disk, jobOf(disk, log.endOffset, { firstDirtyOffset, keyMapBytes }));
      assert.ok(cleanedUpTo > firstDirtyOffset);
      firstDirtyOffset = cleanedUpTo;
      for (const [key, record] of newest) {
        assert.deepEqual(readRecords(disk).findLast((found) => found.key === key), record);
      }
    }
    assert.deepEqual(readRecords(disk), [...newest.values()].sort((a, b) => a.offset - b.offset));
  }
});

Deno.test("Compaction keeps damaged batches, and those too large to unpack, as they are, and says so", () => {
  const { disk, log } = logOf([put("a"), put("b")], [put("a", "y".repeat(3000)), put("c")], [put("a")]);
  const path = join(DIRECTORY, formatSegmentFile(0, "log"));
  const damaged = disk.read(path);
  damaged[damaged.length - 3]! ^= 1;
  disk.write(path, damaged);
  const messages: string[] = [];
  const job = jobOf(disk, log.endOffset, { maxUnpackedBytes: 1000, segmentBytes: 1e6 });
  compact(disk, job, { log: (_, message) => messages.push(message) });
  assert.equal(messages.length, 1);
  assert.match(messages[0]!, /the batch at offset 0 stays as it is.*checksum/);
  const bytes = disk.read(path);
  assert.deepEqual(bytes.subarray(0, damaged.length), damaged);
  assert.equal(new RecordBatch(bytes, damaged.length).recordCount, 2);
});

Deno.test("Compaction handles a batch that is larger than its buffers", () => {
  const { disk, log } = logOf([put("a", "z".repeat(9000)), put("b")], [put("b", "y".repeat(5000))]);
  compact(disk, jobOf(disk, log.endOffset, { bufferBytes: 100, segmentBytes: 1e6 }));
  assert.deepEqual(readRecords(disk).map(({ offset, value }) => [offset, value?.length]), [[0, 9000], [
    2,
    5000,
  ]]);
  checkSegments(disk, "large batch");
});

Deno.test("Compaction refuses a log whose file is not batches to its end, and leaves it alone", () => {
  const { disk, log } = logOf([put("a")], [put("a")]);
  const path = join(DIRECTORY, formatSegmentFile(0, "log"));
  disk.write(path, Uint8Array.of(...disk.read(path), 1, 2, 3));
  assert.throws(() => compact(disk, jobOf(disk, log.endOffset)), /from position \d+ on: 3 bytes are left/);
  assert.deepEqual(disk.openPaths, []);
});

Deno.test("Compaction takes back what it had begun when the disk is full or its owner wants it to stop", () => {
  const { disk, log } = logOf([put("a")], [put("a")]);
  const names = disk.names(DIRECTORY);
  const before = offsetsOf(disk);
  for (const call of ["writeAt", "syncData", "syncDirectory"]) {
    disk.onCall = (made, path) => {
      if (made === call) throw new MemoryDiskError(made, path, "ENOSPC");
    };
    assert.throws(() => compact(disk, jobOf(disk, log.endOffset)), /ENOSPC/);
    disk.onCall = () => {};
    assert.deepEqual(disk.names(DIRECTORY), names);
  }
  let calls = 0;
  const shouldStop = () => ++calls === 4;
  assert.throws(() => compact(disk, jobOf(disk, log.endOffset), { shouldStop }), CompactionStopped);
  assert.deepEqual(disk.names(DIRECTORY), names);
  assert.deepEqual(offsetsOf(disk), before);
  assert.deepEqual(disk.openPaths, []);
});

Deno.test("Compaction keeps to bytesPerSecond by pauses", () => {
  const { disk, log } = logOf([put("a", "z".repeat(5000))], [put("a", "z".repeat(5000))]);
  let nowMs = 0;
  const { bytesRead, bytesWritten } = compact(
    disk,
    jobOf(disk, log.endOffset, { bytesPerSecond: 1000 }),
    { clock: { monotonic: () => nowMs }, pause: (ms) => void (nowMs += ms) },
  );
  // The last bytes pass without a wait behind them.
  assert.ok(nowMs <= bytesRead + bytesWritten && nowMs >= bytesRead + bytesWritten - 5200, `${nowMs} ms`);
});

/** What a log must come to, said as simply as can be. */
class Model {
  readonly #records = new Map<number, { key: string | null; value: string | null; batch: number }>();
  readonly #horizons = new Map<number, number>();

  add(offset: number, { key, value }: KeyedRecord, batch: number): void {
    this.#records.set(offset, { key, value, batch });
  }

  /** A transaction came to nothing. */
  takeBack(from: number, to: number, batches: ReadonlySet<number>): void {
    for (let offset = from; offset < to; offset++) {
      if (batches.has(this.#records.get(offset)?.batch ?? -1)) this.#records.delete(offset);
    }
  }

  compact(firstDirtyOffset: number, endOffset: number, nowMs: number, retentionMs: number): void {
    const newest = new Map<string, number>();
    for (const [offset, { key }] of this.#records) {
      if (key !== null && offset >= firstDirtyOffset && offset < endOffset) newest.set(key, offset);
    }
    const seen = new Set<number>();
    for (const [offset, { key, value, batch }] of this.#records) {
      const isOld = key === null || (newest.get(key) ?? -1) > offset;
      const isPast = value === null && (this.#horizons.get(batch) ?? Infinity) <= nowMs;
      if (isOld || isPast) this.#records.delete(offset);
      else if (value === null) seen.add(batch);
    }
    for (const batch of seen) if (!this.#horizons.has(batch)) this.#horizons.set(batch, nowMs + retentionMs);
  }

  get content(): [number, string | null, string | null][] {
    return [...this.#records].map(([offset, { key, value }]) => [offset, key, value]);
  }
}

/** Each marker is the first behind some batch of a transaction of its producer's. */
function assertMarkersMarkSomething(batches: readonly RecordBatch[], label: string): void {
  const open = new Set<number>();
  for (const { producerId, isControl, isTransactional, baseOffset } of batches) {
    if (isControl) assert.ok(open.delete(producerId), `${label}: the marker at ${baseOffset}`);
    else if (isTransactional) open.add(producerId);
  }
  assert.deepEqual([...open], [], `${label}: transactions without a marker`);
}

Deno.test("Compaction leaves at every offset what the model has there, and comes to rest", () => {
  const seed = testSeed();
  for (let story = 0; story < 60; story++) {
    const random = new SeededRandom(seed + story);
    const label = `seed ${seed}, story ${story}`;
    const disk = new MemoryDisk();
    const log = new CompactableLog(disk);
    const model = new Model();
    const open = new Map<number, { first: number; batches: Set<number> }>();
    const sequences = new Map<number, number>();
    const lastOffsets = new Map<number, number>();
    const retentionMs = random.pick([0, 15_000, 1e6]);
    const codec = random.pick([...Object.values(CompressionType), undefined]);
    let nowMs = 10_000;
    let firstDirtyOffset = 0;

    const append = () => {
      const producerId = random.pick([-1, -1, 1, 2, 3]);
      const isTransactional = producerId === 3 || (producerId >= 0 && open.has(producerId));
      const records = Array.from({ length: 1 + random.below(6) }, () => ({
        key: random.below(20) === 0 ? null : `k${random.below(30)}`,
        value: random.below(4) === 0 ? null : `${log.endOffset} ${"v".repeat(random.below(60))}`,
        timestamp: 1000 + random.below(1000),
      }));
      const sequence = sequences.get(producerId) ?? 0;
      const compression = codec ?? random.pick(Object.values(CompressionType));
      const batch = log.append(records, {
        compression,
        ...(producerId < 0 ? {} : { producerId, sequence, isTransactional }),
      });
      if (producerId >= 0) {
        sequences.set(producerId, sequence + records.length);
        lastOffsets.set(producerId, log.endOffset - 1);
      }
      if (isTransactional) {
        if (!open.has(producerId)) open.set(producerId, { first: batch, batches: new Set() });
        open.get(producerId)!.batches.add(batch);
      }
      records.forEach((record, index) => model.add(batch + index, record, batch));
    };
    const end = (producerId: number) => {
      const { first, batches } = open.get(producerId)!;
      const type = random.pick(["commit", "abort"] as const);
      if (type === "abort") model.takeBack(first, log.endOffset, batches);
      log.end(type, producerId, first);
      open.delete(producerId);
    };

    for (let round = 0; round < 5; round++) {
      const segmentCount = 1 + random.below(4);
      for (let segment = 0; segment < segmentCount; segment++) {
        const batchCount = random.below(8);
        for (let batch = 0; batch < batchCount; batch++) {
          append();
          for (const producerId of [...open.keys()]) if (random.below(3) === 0) end(producerId);
        }
        // Segments that are compacted have no open transaction; those within a round may.
        if (segment === segmentCount - 1) { for (const producerId of [...open.keys()]) end(producerId); }
        if (log.endOffset > (baseOffsetsOf(disk).at(-1) ?? -1)) log.roll();
      }
      nowMs += 10_000;
      const before = new Map(readRecords(disk).map((record) => [record.offset, record]));
      const job = jobOf(disk, log.endOffset, {
        firstDirtyOffset,
        nowMs,
        deleteRetentionMs: retentionMs,
        segmentBytes: random.pick([1, 1000, 4000, 1e6]),
        bufferBytes: random.pick([64, 700, 1 << 16]),
        producers: [...lastOffsets].map(([producerId, lastDataOffset]) => ({
          producerId,
          producerEpoch: 0,
          lastDataOffset,
        })),
      });
      compact(disk, job);
      model.compact(firstDirtyOffset, log.endOffset, nowMs, retentionMs);
      firstDirtyOffset = log.endOffset;
      const found = readRecords(disk);
      assert.deepEqual(found.map(({ offset, key, value }) => [offset, key, value]), model.content, label);
      // Timestamps and headers, too.
      for (const record of found) assert.deepEqual(record, before.get(record.offset), label);
      const batches = readBatches(disk);
      assert.equal(batches.at(-1)?.lastOffset ?? -1, log.endOffset - 1, label);
      for (const [producerId, lastOffset] of lastOffsets) {
        const last = batches.find((batch) => batch.lastOffset === lastOffset);
        assert.deepEqual([last?.producerId, last?.lastSequence], [
          producerId,
          sequences.get(producerId)! - 1,
        ], label);
      }
      checkSegments(disk, label);
    }

    // All times pass, one after the other; then there is nothing left to do.
    for (let round = 0; round < 4; round++) {
      nowMs += 10_000_000;
      compact(disk, jobOf(disk, log.endOffset, { firstDirtyOffset, nowMs, segmentBytes: 1e6 }));
      model.compact(firstDirtyOffset, log.endOffset, nowMs, 1000);
      assert.deepEqual(
        readRecords(disk).map(({ offset, key, value }) => [offset, key, value]),
        model.content,
        label,
      );
    }
    assert.ok(readRecords(disk).every(({ value }) => value !== null), label);
    assertMarkersMarkSomething(readBatches(disk), label);
    nowMs += 10_000_000;
    const last = compact(disk, jobOf(disk, log.endOffset, { firstDirtyOffset, nowMs, segmentBytes: 1e6 }));
    assert.deepEqual(last.groups.map(({ kind }) => kind), ["unchanged"], label);
    assert.equal(last.earliestDeleteHorizonMs, Infinity, label);
  }
});
