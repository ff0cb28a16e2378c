/**
 * One life of a log engine, or several, from one seed: appends, transactions and their ends, rolls, flushes, retention,
 * compaction, DeleteRecords, clean stops, kills, power cuts and a disk that fails, in random order, on a disk in memory that
 * keeps what is durable apart from what is not.
 * Beside it a model; after each step that could make a difference the two must agree.
 *
 * What a crash may take is what it may take in reality: after a kill nothing, after a power cut what was not flushed.
 * @module
 */
import assert from "node:assert/strict";
import { laneNames } from "../../broker/io/lanes.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { decodeRecords, encodeBatch } from "../../protocol/records.ts";
import { checkDataDirectory } from "../../storage/check.ts";
import type { LogConfig } from "../../storage/log_config.ts";
import { DataDirectoryError, LogError } from "../../storage/log_error.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import { type StoreConfig, type WriteMode } from "../../storage/store_config.ts";
import { MemoryDisk, MemoryDiskError } from "../support/memory_disk.ts";
import { SeededRandom } from "../support/random.ts";
import { DATA, openTestStore, readAll, TestClock, type TestStore } from "../support/storage_fixture.ts";
import { ModelLog, type ModelRecord, TRANSACTIONAL_PRODUCER } from "./model_log.ts";

type ReadBatch = ReturnType<typeof readAll>[number];

const STEPS = 90;
const PARTITIONS = 2;
const KEYS = ["a", "b", "c", "d", "e"];
const PRODUCERS = [-1, -1, 1, 2, TRANSACTIONAL_PRODUCER];

export class Simulation {
  readonly #random: SeededRandom;
  readonly #clock = new TestClock();
  readonly #config: Partial<LogConfig>;
  readonly #storeConfig: Partial<StoreConfig>;
  readonly #models = Array.from({ length: PARTITIONS }, () => new ModelLog());
  #disk = new MemoryDisk();
  #fixture: TestStore;
  #valueCount = 0;

  constructor(seed: number) {
    const random = this.#random = new SeededRandom(seed);
    this.#config = {
      segmentBytes: random.pick([400, 1000, 5000]),
      segmentMs: random.pick([50, Infinity, Infinity]),
      preallocate: random.pick([false, false, true]),
      indexIntervalBytes: random.pick([0, 100, 300]),
      segmentIndexBytes: random.pick([60, 1000]),
      flushMs: random.pick([10, 1000]),
      flushMessages: random.pick([1, 10, Infinity]),
      retentionMs: random.pick([Infinity, Infinity, 2000]),
      retentionBytes: random.pick([Infinity, Infinity, 1500]),
      fileDeleteDelayMs: random.pick([0, 500]),
      compacts: random.below(2) === 0,
      deletesOld: random.below(2) === 0,
      minCleanableDirtyRatio: random.pick([0, 0.5]),
      deleteRetentionMs: random.pick([0, 100]),
      minCompactionLagMs: random.pick([0, 0, 100]),
      maxCompactionLagMs: random.pick([Infinity, 200]),
    };
    this.#storeConfig = {
      writeMode: random.pick<WriteMode>(["pwrite", "mmap"]),
      maxOpenSegments: random.pick([16, 1000]),
      retentionCheckIntervalMs: 100,
      checkpointIntervalMs: random.pick([50, 1000]),
      cleanerBackoffMs: 20,
      cleanerBufferBytes: random.pick([100, 1 << 16]),
    };
    this.#fixture = this.#open();
    this.#fixture.store.createTopic("t", PARTITIONS, new Map());
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) this.#step();
    this.#compare();
    this.#stop();
    this.#compare();
  }

  #open(): TestStore {
    return openTestStore(this.#disk, {
      config: this.#config,
      storeConfig: this.#storeConfig,
      clock: this.#clock,
      seed: this.#random.uint32(),
    });
  }

  #log(partition: number): PartitionLog {
    return this.#fixture.store.topic("t")!.partitions[partition]!;
  }

  #step(): void {
    const choice = this.#random.below(100);
    const partition = this.#random.below(PARTITIONS);
    if (choice < 46) this.#append(partition);
    else if (choice < 50) this.#endTransaction(partition);
    else if (choice < 65) this.#fixture.store.tick(this.#clock.monotonicMs);
    else if (choice < 77) {
      this.#fixture.background.runOne([this.#random.pick(laneNames)]);
    } else if (choice < 84) this.#clock.advance(this.#random.below(60));
    else if (choice < 88) this.#deleteRecords(partition);
    else if (choice < 90) this.#compare();
    else if (choice < 92) this.#stop();
    else if (choice < 94) this.#crash("kill");
    else if (choice < 97) this.#crash("power cut");
    else if (choice < 98) this.#fillDisk(partition);
    else this.#failOnce(partition);
    this.#followRetention();
  }

  #nextRecords(model: ModelLog): ModelRecord[] {
    const producerId = model.sureProducer(this.#random.pick(PRODUCERS));
    const sequence = model.nextSequence.get(producerId) ?? 0;
    return Array.from({ length: 1 + this.#random.below(3) }, (_, index) => ({
      offset: model.endOffset + index,
      timestamp: this.#clock.now() - this.#random.below(40),
      key: this.#random.pick(KEYS),
      value: this.#random.below(8) === 0
        ? null
        : `${this.#valueCount++}${"x".repeat(this.#random.below(50))}`,
      producerId,
      sequence: producerId < 0 ? -1 : sequence + index,
    }));
  }

  #append(partition: number): void {
    const model = this.#models[partition]!;
    const records = this.#nextRecords(model);
    const { offset: baseOffset, producerId, sequence } = records[0]!;
    const append = () => this.#log(partition).append(batchOf(records));
    assert.deepEqual(append(), { baseOffset, appendTimeMs: -1, duplicate: false });
    model.append(records);
    // The same again, as after a lost answer.
    if (producerId < 0 || this.#random.below(4) > 0) return;
    const repeated = append();
    assert.deepEqual(
      repeated,
      { baseOffset, appendTimeMs: -1, duplicate: true },
      `sequence ${sequence} repeated`,
    );
  }

  #endTransaction(partition: number): void {
    const model = this.#models[partition]!;
    const producerId = model.sureProducer(TRANSACTIONAL_PRODUCER);
    if (!model.hasOpenTransaction(producerId)) return;
    const commit = this.#random.below(2) === 0;
    const end = { producerId, producerEpoch: 0, coordinatorEpoch: 0, commit };
    assert.equal(this.#log(partition).appendEndMarker(end).baseOffset, model.endOffset);
    model.end(producerId, commit);
  }

  #deleteRecords(partition: number): void {
    const log = this.#log(partition);
    const model = this.#models[partition]!;
    const from = log.logStartOffset;
    const offset = this.#random.pick([-1, from, from + this.#random.below(log.highWatermark - from + 1)]);
    const start = log.deleteRecordsBefore(offset);
    assert.equal(start, offset === -1 ? log.highWatermark : offset);
    model.startOffset = start;
    this.#fixture.store.whenLogStartsDurable((error) => {
      if (!error) model.durableStartOffset = Math.max(model.durableStartOffset, start);
    });
  }

  /** Retention has moved starts: only over what has had its time. */
  #followRetention(): void {
    this.#models.forEach((model, partition) => {
      const { logStartOffset, failure } = this.#log(partition);
      if (failure || logStartOffset === model.startOffset) return;
      assert.ok(
        logStartOffset > model.startOffset,
        `the start went back from ${model.startOffset} to ${logStartOffset}`,
      );
      if (this.#config.retentionBytes === Infinity) {
        const oldestMs = this.#clock.now() - this.#config.retentionMs!;
        for (const { offset, timestamp } of model.live(logStartOffset)) {
          assert.ok(
            timestamp < oldestMs,
            `offset ${offset} of ${timestamp} went before its time, ${oldestMs}`,
          );
        }
      }
      model.startOffset = logStartOffset;
    });
  }

  /** Stops in order. Nothing is lost, not even if the power fails right after, and the checker finds nothing. */
  #stop(): void {
    this.#fixture.store.closeCleanly();
    // Syncs that were under way hold their files until they end.
    this.#fixture.background.run();
    assert.deepEqual(this.#disk.openPaths, []);
    assert.deepEqual(checkDataDirectory(this.#disk, DATA).problems, []);
    const starts = this.#models.map(({ startOffset }) => startOffset);
    if (this.#random.below(3) === 0) this.#disk = this.#disk.afterPowerCut(this.#random);
    this.#fixture = this.#open();
    this.#models.forEach((model, partition) => {
      assert.equal(this.#log(partition).endOffset, model.endOffset);
      assert.equal(this.#log(partition).logStartOffset, starts[partition]);
      model.durableStartOffset = model.startOffset;
    });
  }

  #crash(kind: "kill" | "power cut"): void {
    const before = this.#models.map((_, partition) => {
      const { flushedOffset, highWatermark, endOffset } = this.#log(partition);
      return { flushedOffset, highWatermark, endOffset };
    });
    this.#disk = kind === "kill"
      ? this.#disk.afterKill()
      : this.#disk.afterPowerCut(this.#random.below(4) === 0 ? undefined : this.#random);
    this.#fixture = this.#open();
    this.#models.forEach((model, partition) => {
      const { endOffset, logStartOffset } = this.#log(partition);
      const { flushedOffset, highWatermark } = before[partition]!;
      const isEmptied = logStartOffset === endOffset;
      assert.ok(endOffset >= flushedOffset, `${kind}: ${endOffset} is left of ${flushedOffset} flushed`);
      if (this.#config.flushMessages === 1) assert.ok(endOffset >= highWatermark, `${kind}: acknowledged`);
      if (kind === "kill") assert.equal(endOffset, before[partition]!.endOffset);
      assert.ok(logStartOffset >= model.durableStartOffset, `${kind}: deleted records are back`);
      assert.ok(
        logStartOffset <= model.startOffset || isEmptied,
        `${kind}: records went with their time not come`,
      );
      // A log that lost its tail below its start begins again there.
      model.cutTo(endOffset);
      model.startOffset = logStartOffset;
      model.durableStartOffset = logStartOffset;
      // One that begins again knows nobody.
      if (kind === "power cut") model.doubt(isEmptied ? 0 : flushedOffset);
    });
    this.#compare();
  }

  #fillDisk(partition: number): void {
    this.#disk.shortWriteShare = this.#random.pick([0, 0.5, 0.9]);
    this.#disk.onCall = (call, path) => {
      if (call === "writeAt" || call === "allocate" || call === "mapForWriting") {
        throw new MemoryDiskError(call, path, "ENOSPC");
      }
    };
    const model = this.#models[partition]!;
    for (let count = 0; count < 3; count++) {
      const records = this.#nextRecords(model);
      try {
        this.#log(partition).append(batchOf(records));
        model.append(records);
      } catch (error) {
        assert.ok(error instanceof LogError, String(error));
      }
    }
    this.#disk.onCall = () => {};
  }

  /** Some call fails for good; then the process ends, and what it acknowledged is there. */
  #failOnce(partition: number): void {
    let left = this.#random.below(60);
    this.#disk.shortWriteShare = this.#random.pick([0, 0.6]);
    this.#disk.onCall = (call, path) => {
      if (left-- === 0) throw new MemoryDiskError(call, path, "EIO");
    };
    const model = this.#models[partition]!;
    try {
      for (let count = 0; count < 8 && left >= 0; count++) {
        const records = this.#nextRecords(model);
        this.#log(partition).append(batchOf(records));
        model.append(records);
        this.#fixture.store.tick(this.#clock.monotonicMs);
        this.#fixture.background.runOne();
        this.#followRetention();
      }
    } catch (error) {
      assert.ok(error instanceof LogError || error instanceof DataDirectoryError, String(error));
    }
    this.#disk.onCall = () => {};
    // A refused batch may be there all the same, if it could not be undone. Nobody was told that it is.
    const acknowledged = this.#models.map(({ endOffset }) => endOffset);
    this.#disk = this.#disk.afterKill();
    this.#fixture = this.#open();
    this.#models.forEach((model, index) => {
      const log = this.#log(index);
      assert.ok(log.endOffset >= acknowledged[index]!, `${log.endOffset} is left of ${acknowledged[index]}`);
      if (log.endOffset > model.endOffset) this.#adopt(model, log);
      assert.ok(log.logStartOffset >= model.durableStartOffset && log.logStartOffset <= model.startOffset);
      model.startOffset = model.durableStartOffset = log.logStartOffset;
    });
    this.#compare();
  }

  /** Takes records into the model that were refused and are there. */
  #adopt(model: ModelLog, log: PartitionLog): void {
    model.append(this.#read(log).filter(({ offset }) => offset >= model.endOffset));
    model.endOffset = log.endOffset;
  }

  #read(log: PartitionLog): ModelRecord[] {
    const found: ModelRecord[] = [];
    for (const { bytes } of readAll(log, this.#random.pick([1, 200, 1 << 20]))) {
      const batch = new RecordBatch(bytes);
      if (batch.isControl) continue;
      for (const { offset, timestamp, key, value } of decodeRecords(batch, { maxBytes: 1 << 20 })) {
        const sequence = batch.producerId < 0 ? -1 : batch.baseSequence + offset - batch.baseOffset;
        found.push({
          offset,
          timestamp,
          key: text(key),
          value: text(value),
          producerId: batch.producerId,
          sequence,
        });
      }
    }
    return found;
  }

  #compare(): void {
    this.#models.forEach((model, partition) => {
      const log = this.#log(partition);
      if (log.failure) return;
      assert.equal(log.endOffset, model.endOffset);
      assert.equal(log.logStartOffset, model.startOffset);
      if (this.#config.flushMessages === 1) {
        assert.equal(log.highWatermark, Math.max(log.flushedOffset, log.logStartOffset));
      } else assert.equal(log.highWatermark, log.endOffset);
      // The first batch may begin before the start.
      const read = this.#read(log);
      const live = read.filter(({ offset }) => offset >= log.logStartOffset);
      if (this.#config.compacts) this.#compareCompacted(model, log, live);
      else assert.deepEqual(live, model.live(log.highWatermark));
      const batches = readAll(log);
      for (let count = 0; count < 5; count++) this.#compareRead(log, read, batches);
      this.#compareTimestamps(model, log, live);
    });
  }

  /** Nothing but what was written is there, and of each key the newest value, and all that is newer. */
  #compareCompacted(model: ModelLog, log: PartitionLog, found: readonly ModelRecord[]): void {
    const written = new Map(model.live(log.highWatermark).map((record) => [record.offset, record]));
    for (const record of found) assert.deepEqual(record, written.get(record.offset));
    const offsets = new Set(found.map(({ offset }) => offset));
    for (const [key, { offset, value }] of model.newest(log.highWatermark)) {
      if (offsets.has(offset)) continue;
      assert.equal(value, null, `the newest value of ${key}, at ${offset}, is gone`);
      // A deletion whose time has passed; what it deleted must be gone as well.
      const older = found.find((record) =>
        record.key === key && record.offset < offset && !model.isAborted(record)
      );
      assert.equal(older, undefined, `${key} was deleted at ${offset} and is back`);
    }
    for (const offset of written.keys()) {
      if (offset >= log.activeBaseOffset) {
        assert.ok(offsets.has(offset), `${offset} is not there yet is too young to go`);
      }
    }
  }

  /**
   * A read from anywhere begins with the batch that holds the offset, or the first behind it, has that one whole, and no more bytes
   * than were asked for, or than it takes. What it has is what a read from the start has there.
   */
  #compareRead(log: PartitionLog, all: readonly ModelRecord[], batches: readonly ReadBatch[]): void {
    const offset = log.logStartOffset + this.#random.below(log.highWatermark - log.logStartOffset + 1);
    const maxBytes = this.#random.pick([1, 100, 500, 1 << 20]);
    const slice = log.read(offset, maxBytes, { minOneBatch: true });
    const wanted = all.find((record) => record.offset >= offset);
    // Markers and emptied batches are found too.
    if (slice === undefined) return assert.equal(wanted, undefined);
    const bytes = new Uint8Array(slice.length);
    assert.equal(slice.file.readAt(bytes, slice.position), slice.length);
    slice.file.release();
    const { baseOffset, lastOffset, sizeInBytes } = new RecordBatch(bytes);
    assert.ok(lastOffset >= offset);
    if (wanted !== undefined) assert.ok(baseOffset <= wanted.offset);
    assert.ok(bytes.length >= sizeInBytes && bytes.length <= Math.max(maxBytes, sizeInBytes));
    let position = 0;
    for (
      let index = batches.findIndex((batch) => batch.offset === baseOffset);
      position < bytes.length;
      index++
    ) {
      const batch = batches[index]!.bytes;
      const found = bytes.subarray(position, position + batch.length);
      assert.deepEqual(found, batch.subarray(0, found.length));
      position += found.length;
    }
  }

  /** By time, markers are records like others: they count where they come first. */
  #compareTimestamps(model: ModelLog, log: PartitionLog, found: readonly ModelRecord[]): void {
    if (model.markers.length > 0) return;
    const all = this.#config.compacts ? found : model.live(Infinity);
    const largest = Math.max(...all.map(({ timestamp }) => timestamp));
    const newest = all.find(({ timestamp }) => timestamp === largest);
    const readable = newest && newest.offset < log.highWatermark ? pointOf(newest) : undefined;
    if (!this.#config.compacts) assert.deepEqual(log.maxTimestamp(), readable);
    for (let count = 0; count < 4; count++) {
      const timestamp = this.#clock.now() + 1 - this.#random.below(2000);
      const wanted = all.find((record) => record.timestamp >= timestamp && record.offset < log.highWatermark);
      assert.deepEqual(log.lookupTimestamp(timestamp), wanted && pointOf(wanted));
    }
  }
}

function pointOf({ offset, timestamp }: ModelRecord) {
  return { offset, timestamp };
}

function batchOf(records: readonly ModelRecord[]): RecordBatch {
  const { producerId, sequence } = records[0]!;
  const encoder = new TextEncoder();
  const bytes = encodeBatch(
    records.map(({ timestamp, key, value }) => ({
      timestamp,
      key: key === null ? null : encoder.encode(key),
      value: value === null ? null : encoder.encode(value),
    })),
    producerId < 0 ? {} : {
      producerId,
      producerEpoch: 0,
      baseSequence: sequence,
      isTransactional: producerId % 10 === TRANSACTIONAL_PRODUCER,
    },
  );
  return new RecordBatch(bytes);
}

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : new TextDecoder().decode(bytes);
}
