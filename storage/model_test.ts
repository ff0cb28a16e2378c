/**
 * The engine beside the dumbest thing that could be right: an array of batches. Random operations, from a seed, with
 * clean restarts, kills, power cuts and full disks in between; after each the two must agree on every question.
 * @module
 */
import assert from "node:assert/strict";
import { laneNames } from "../broker/io/lanes.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, TestClock, type TestStore } from "../tests/support/storage_fixture.ts";
import { type TestBatch, testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import type { LogConfig } from "./log_config.ts";
import { LogError } from "./log_error.ts";
import type { WriteMode } from "./store_config.ts";
import type { PartitionLog } from "./partition_log.ts";

const ROUNDS = 40;
const STEPS = 150;
const PARTITIONS = 2;

interface ModelBatch {
  readonly baseOffset: number;
  readonly timestamps: readonly number[];
  /** From position 16 on: what the log must not change. */
  readonly body: Uint8Array;
  readonly producerId: number;
  readonly sequence: number;
}

class ModelLog {
  batches: ModelBatch[] = [];
  /** Sequence that each producer sends next. */
  readonly nextSequence = new Map<number, number>();

  get endOffset(): number {
    const last = this.batches.at(-1);
    return last === undefined ? 0 : last.baseOffset + last.timestamps.length;
  }

  records(endOffset: number): { offset: number; timestamp: number }[] {
    return this.batches.flatMap(({ baseOffset, timestamps }) =>
      timestamps.map((timestamp, index) => ({ offset: baseOffset + index, timestamp }))
    ).filter(({ offset }) => offset < endOffset);
  }

  cutTo(endOffset: number): void {
    this.batches = this.batches.filter(({ baseOffset }) => baseOffset < endOffset);
    this.nextSequence.clear();
    for (const { producerId, sequence, timestamps } of this.batches) {
      if (producerId >= 0) this.nextSequence.set(producerId, sequence + timestamps.length);
    }
  }
}

class Run {
  readonly #random: SeededRandom;
  readonly #clock = new TestClock();
  readonly #config: Partial<LogConfig>;
  readonly #writeMode: WriteMode;
  readonly #models = Array.from({ length: PARTITIONS }, () => new ModelLog());
  #disk = new MemoryDisk();
  #fixture: TestStore;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#writeMode = this.#random.pick(["pwrite", "mmap"]);
    this.#config = {
      preallocate: this.#random.below(4) === 0,
      segmentBytes: this.#random.pick([400, 1000, 5000]),
      indexIntervalBytes: this.#random.pick([0, 100, 300]),
      segmentIndexBytes: this.#random.pick([60, 1000]),
      flushMs: this.#random.pick([10, 1000]),
      flushMessages: this.#random.pick([1, 10, Infinity]),
    };
    this.#fixture = this.#open();
    this.#fixture.store.createTopic("t", PARTITIONS, new Map());
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      if (this.#random.below(4) === 0) this.#compare();
    }
    this.#compare();
    this.#closeCleanly();
  }

  #open(): TestStore {
    return openTestStore(this.#disk, {
      config: this.#config,
      storeConfig: { writeMode: this.#writeMode },
      clock: this.#clock,
      seed: this.#random.uint32(),
    });
  }

  #log(partition: number): PartitionLog {
    return this.#fixture.store.topic("t")!.partitions[partition]!;
  }

  #step(): void {
    const choice = this.#random.below(100);
    if (choice < 60) this.#append(this.#random.below(PARTITIONS));
    else if (choice < 75) this.#fixture.store.tick(this.#clock.monotonicMs);
    else if (choice < 85) this.#fixture.background.runOne([this.#random.pick(laneNames)]);
    else if (choice < 92) this.#clock.advance(this.#random.below(20));
    else if (choice < 94) this.#closeCleanly();
    else if (choice < 96) this.#kill();
    else if (choice < 98) this.#cutPower();
    else this.#appendToFullDisk(this.#random.below(PARTITIONS));
  }

  #nextBatch(model: ModelLog): Required<TestBatch> {
    const timestamps = Array.from(
      { length: 1 + this.#random.below(3) },
      () => 1_000_000 + this.#random.below(1000) + model.batches.length * 20,
    );
    const producerId = this.#random.pick([-1, 1, 2]);
    const sequence = producerId < 0 ? -1 : model.nextSequence.get(producerId) ?? 0;
    const epoch = producerId < 0 ? -1 : 0;
    const value = this.#random.bytes(this.#random.below(60));
    return { timestamps, producerId, sequence, epoch, value, isTransactional: false };
  }

  #append(partition: number): void {
    const model = this.#models[partition]!;
    const sent = this.#nextBatch(model);
    const batch = testBatch(sent);
    const result = this.#log(partition).append(batch);
    assert.deepEqual(result, { baseOffset: model.endOffset, appendTimeMs: -1, duplicate: false });
    this.#note(model, sent, batch.bytes.slice(16));
    // The same again, as after a lost answer.
    if (sent.producerId >= 0 && this.#random.below(4) === 0) {
      const repeated = this.#log(partition).append(testBatch(sent));
      assert.deepEqual(repeated, { ...result, duplicate: true });
    }
  }

  #note(model: ModelLog, { timestamps, producerId, sequence }: Required<TestBatch>, body: Uint8Array): void {
    model.batches.push({ baseOffset: model.endOffset, timestamps, body, producerId, sequence });
    if (producerId >= 0) model.nextSequence.set(producerId, sequence + timestamps.length);
  }

  #appendToFullDisk(partition: number): void {
    this.#disk.shortWriteShare = this.#random.pick([0, 0.5, 0.9]);
    this.#disk.onCall = (call, path) => {
      if (call === "writeAt" || call === "mapForWriting") throw new MemoryDiskError(call, path, "ENOSPC");
    };
    const model = this.#models[partition]!;
    const sent = this.#nextBatch(model);
    const batch = testBatch(sent);
    try {
      this.#log(partition).append(batch);
      // Into room that was set aside before.
      assert.equal(this.#writeMode, "mmap");
      this.#note(model, sent, batch.bytes.slice(16));
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
    }
    this.#disk.onCall = () => {};
  }

  #closeCleanly(): void {
    this.#fixture.store.closeCleanly();
    // Syncs that were under way hold their files until they end.
    this.#fixture.background.run();
    assert.deepEqual(this.#disk.openPaths, []);
    assert.deepEqual(checkDataDirectory(this.#disk, DATA).problems, []);
    this.#fixture = this.#open();
  }

  #kill(): void {
    this.#disk = this.#disk.afterKill();
    this.#fixture = this.#open();
  }

  #cutPower(): void {
    const flushedOffsets = this.#models.map((_, partition) => this.#log(partition).flushedOffset);
    const acknowledged = this.#models.map((_, partition) => this.#log(partition).highWatermark);
    this.#disk = this.#disk.afterPowerCut(this.#random.below(3) === 0 ? undefined : this.#random);
    this.#fixture = this.#open();
    this.#models.forEach((model, partition) => {
      const { endOffset } = this.#log(partition);
      assert.ok(
        endOffset >= flushedOffsets[partition]!,
        `${endOffset} is left of ${flushedOffsets[partition]} flushed`,
      );
      if (this.#config.flushMessages === 1) assert.ok(endOffset >= acknowledged[partition]!);
      model.cutTo(endOffset);
      assert.equal(endOffset, model.endOffset);
    });
  }

  #compare(): void {
    this.#models.forEach((model, partition) => {
      const log = this.#log(partition);
      assert.equal(log.endOffset, model.endOffset);
      if (this.#config.flushMessages === 1) assert.equal(log.highWatermark, log.flushedOffset);
      else assert.equal(log.highWatermark, log.endOffset);
      for (let count = 0; count < 10; count++) this.#compareRead(model, log);
      this.#compareTimestamps(model, log);
    });
  }

  #compareRead(model: ModelLog, log: PartitionLog): void {
    const offset = this.#random.below(log.highWatermark + 1);
    const maxBytes = this.#random.pick([1, 100, 500, 1 << 20]);
    const slice = log.read(offset, maxBytes, { minOneBatch: true });
    const wanted = model.batches.filter(({ baseOffset, timestamps }) =>
      baseOffset + timestamps.length > offset
    );
    if (offset === log.highWatermark) return assert.equal(slice, undefined);
    const bytes = new Uint8Array(slice!.length);
    assert.equal(slice!.file.readAt(bytes, slice!.position), bytes.length);
    slice!.file.release();
    let position = 0;
    for (let index = 0; position < bytes.length; index++) {
      const { baseOffset, body } = wanted[index]!;
      assert.ok(baseOffset < log.highWatermark);
      const found = bytes.subarray(position, position + 16 + body.length);
      if (found.length >= 8) {
        assert.equal(Number(new DataView(found.buffer, found.byteOffset).getBigInt64(0)), baseOffset);
      }
      assert.deepEqual(found.subarray(16), body.subarray(0, Math.max(found.length - 16, 0)));
      if (index === 0) assert.equal(found.length, 16 + body.length);
      position += found.length;
    }
    assert.ok(position <= Math.max(maxBytes, 16 + wanted[0]!.body.length));
  }

  #compareTimestamps(model: ModelLog, log: PartitionLog): void {
    const records = model.records(log.highWatermark);
    const all = model.records(Infinity);
    const largest = Math.max(...all.map(({ timestamp }) => timestamp));
    const newest = all.find(({ timestamp }) => timestamp === largest);
    const readable = newest && newest.offset < log.highWatermark ? newest : undefined;
    assert.deepEqual(log.maxTimestamp(), readable);
    for (let count = 0; count < 5; count++) {
      const timestamp = 999_990 + this.#random.below(1100 + model.batches.length * 20);
      assert.deepEqual(
        log.lookupTimestamp(timestamp),
        records.find((record) => record.timestamp >= timestamp),
      );
    }
  }
}

Deno.test("TopicStore agrees with a model through random operations, restarts, kills, power cuts and full disks", () => {
  const first = testSeed();
  for (let round = 0; round < ROUNDS; round++) {
    const seed = (first + round) >>> 0;
    try {
      new Run(seed).run();
    } catch (error) {
      throw new Error(`MILENA_TEST_SEED=${seed} brings this again: ${error}`, { cause: error });
    }
  }
});
