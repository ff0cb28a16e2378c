/**
 * Transactions in the engine beside the dumbest thing that could be right: the list of all batches, looked through from end
 * to end for every question. Several producers, interleaved, with aborts, rolls, full disks, clean restarts, kills, power
 * cuts and damaged indexes in between.
 * @module
 */
import assert from "node:assert/strict";
import { ErrorCode } from "../protocol/errors.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, TestClock, type TestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { checkDataDirectory } from "./check.ts";
import type { LogConfig } from "./log_config.ts";
import { LogError } from "./log_error.ts";
import type { AppendResult, PartitionLog } from "./partition_log.ts";
import type { AbortedTransaction } from "./transaction_index.ts";

const ROUNDS = 40;
const STEPS = 200;
const PRODUCERS = [1, 2, 3, 4];
const PARTITION = `${DATA}/t-0`;

interface ModelBatch {
  readonly baseOffset: number;
  readonly count: number;
  readonly producerId: number;
  readonly epoch: number;
  /** Of the next batch. */
  readonly nextSequence: number;
  readonly isTransactional: boolean;
  readonly marker?: "commit" | "abort";
}

interface ModelTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly end?: { readonly offset: number; readonly isAborted: boolean };
}

class Model {
  /** All that there ever were, but for what a power cut has taken. */
  batches: ModelBatch[] = [];
  /** Where the log begins. */
  startOffset = 0;

  get endOffset(): number {
    const last = this.batches.at(-1);
    return Math.max(last === undefined ? 0 : last.baseOffset + last.count, this.startOffset);
  }

  /** As somebody sees it who does not know what was before the start. */
  get visible(): Model {
    const visible = new Model();
    visible.startOffset = this.startOffset;
    visible.batches = this.batches.filter(({ baseOffset }) => baseOffset >= this.startOffset);
    return visible;
  }

  /** Epoch and next sequence; those of a producer that nobody knows if there is nothing of it. */
  producer(producerId: number): { epoch: number; sequence: number } {
    const last = this.batches.findLast((batch) => batch.producerId === producerId);
    return { epoch: last?.epoch ?? 0, sequence: last?.nextSequence ?? 0 };
  }

  /** By first offset. */
  transactions(): ModelTransaction[] {
    const transactions: ModelTransaction[] = [];
    for (const producerId of PRODUCERS) {
      let firstOffset: number | undefined;
      for (const batch of this.batches.filter((batch) => batch.producerId === producerId)) {
        if (batch.marker === undefined) {
          if (batch.isTransactional) firstOffset ??= batch.baseOffset;
        } else if (firstOffset !== undefined) {
          const end = { offset: batch.baseOffset, isAborted: batch.marker === "abort" };
          transactions.push({ producerId, firstOffset, end });
          firstOffset = undefined;
        }
      }
      if (firstOffset !== undefined) transactions.push({ producerId, firstOffset });
    }
    return transactions.sort((a, b) => a.firstOffset - b.firstOffset);
  }

  isOpen(producerId: number): boolean {
    return this.transactions().some((one) => one.producerId === producerId && one.end === undefined);
  }

  lastStableOffset(highWatermark: number): number {
    const unstable = this.transactions().filter(({ end }) =>
      end === undefined || end.offset >= highWatermark
    );
    return Math.min(highWatermark, ...unstable.map(({ firstOffset }) => firstOffset));
  }

  aborted(from: number, upTo: number): AbortedTransaction[] {
    const transactions = this.transactions();
    return transactions.filter(({ firstOffset, end }) =>
      end?.isAborted && firstOffset < upTo && end.offset >= from
    ).map(({ producerId, firstOffset, end }) => ({
      producerId,
      firstOffset,
      lastOffset: end!.offset,
      lastStableOffset: Math.min(
        end!.offset + 1,
        ...transactions.filter((other) =>
          other.firstOffset < end!.offset && (other.end === undefined || other.end.offset > end!.offset)
        ).map((other) => other.firstOffset),
      ),
    })).sort((a, b) => a.lastOffset - b.lastOffset);
  }

  /** Base offsets of batches that a reader of committed records is to see. */
  committed(from: number, upTo: number): number[] {
    const aborted = this.aborted(0, Infinity);
    return this.batches.filter(({ baseOffset, count, producerId, marker, isTransactional }) =>
      marker === undefined && baseOffset + count > from && baseOffset + count <= upTo &&
      !(isTransactional &&
        aborted.some((one) =>
          one.producerId === producerId && one.firstOffset <= baseOffset && baseOffset < one.lastOffset
        ))
    ).map(({ baseOffset }) => baseOffset);
  }
}

class Run {
  readonly #random: SeededRandom;
  readonly #clock = new TestClock();
  readonly #config: Partial<LogConfig>;
  readonly #model = new Model();
  #coordinatorEpoch = 0;
  #disk = new MemoryDisk();
  #fixture: TestStore;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    this.#config = {
      segmentBytes: this.#random.pick([400, 1000, 5000]),
      indexIntervalBytes: this.#random.pick([0, 100, 300]),
      flushMessages: this.#random.pick([1, 10, Infinity]),
    };
    this.#fixture = this.#open();
    this.#fixture.store.createTopic("t", 1, new Map());
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) {
      this.#step();
      this.#compare();
    }
    this.#closeCleanly();
    this.#compare();
  }

  #open(): TestStore {
    return openTestStore(this.#disk, {
      config: this.#config,
      clock: this.#clock,
      seed: this.#random.uint32(),
    });
  }

  get #log(): PartitionLog {
    return this.#fixture.store.topic("t")!.partitions[0]!;
  }

  #step(): void {
    const choice = this.#random.below(100);
    if (choice < 40) this.#append();
    else if (choice < 65) this.#end();
    else if (choice < 75) this.#fixture.store.tick(this.#clock.monotonicMs);
    else if (choice < 85) this.#fixture.background.runOne();
    else if (choice < 89) this.#clock.advance(this.#random.below(2000));
    else if (choice < 91) this.#closeCleanly();
    else if (choice < 93) this.#kill();
    else if (choice < 96) this.#cutPower();
    else if (choice < 98) this.#endWithoutIndex();
    else if (choice < 99) this.#log.deleteRecordsBefore(this.#randomBelowHighWatermark());
    else this.#fullDisk();
  }

  #randomBelowHighWatermark(): number {
    const { logStartOffset, highWatermark } = this.#log;
    return logStartOffset + this.#random.below(highWatermark - logStartOffset + 1);
  }

  #nextBatch() {
    const producerId = this.#random.pick([-1, ...PRODUCERS]);
    const count = 1 + this.#random.below(3);
    const { epoch, sequence } = this.#model.producer(producerId);
    const isTransactional = producerId >= 0 &&
      (this.#model.isOpen(producerId) || this.#random.below(4) > 0);
    const timestamps = Array.from({ length: count }, () => this.#clock.now());
    return producerId < 0
      ? { producerId, epoch: -1, sequence: -1, isTransactional, timestamps }
      : { producerId, epoch, sequence, isTransactional, timestamps };
  }

  #append(): void {
    let sent = this.#nextBatch();
    let appended: AppendResult;
    try {
      appended = this.#log.append(testBatch(sent));
    } catch (error) {
      // Retention has taken its batches, and a crash the rest: it goes on as clients do.
      if (!(error instanceof LogError) || error.code !== ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) throw error;
      assert.ok(
        !this.#model.visible.batches.some(({ producerId, marker }) =>
          producerId === sent.producerId && marker === undefined
        ),
      );
      sent = { ...sent, epoch: sent.epoch + 1, sequence: 0 };
      appended = this.#log.append(testBatch(sent));
    }
    const { baseOffset } = appended;
    assert.equal(baseOffset, this.#model.endOffset);
    const { producerId, epoch, sequence, isTransactional, timestamps: { length: count } } = sent;
    const nextSequence = sequence + count;
    this.#model.batches.push({ baseOffset, count, producerId, epoch, nextSequence, isTransactional });
  }

  /** A marker, often for a producer that has no transaction open. */
  #end(): void {
    const producerId = this.#random.pick(PRODUCERS);
    const known = this.#model.producer(producerId);
    const hasNewEpoch = this.#random.below(3) === 0;
    if (this.#random.below(10) === 0) this.#coordinatorEpoch++;
    const commit = this.#random.below(2) === 0;
    const { baseOffset } = this.#log.appendEndMarker({
      producerId,
      producerEpoch: known.epoch + (hasNewEpoch ? 1 : 0),
      coordinatorEpoch: this.#coordinatorEpoch,
      commit,
    });
    assert.equal(baseOffset, this.#model.endOffset);
    this.#model.batches.push({
      baseOffset,
      count: 1,
      producerId,
      epoch: known.epoch + (hasNewEpoch ? 1 : 0),
      nextSequence: hasNewEpoch ? 0 : known.sequence,
      isTransactional: true,
      marker: commit ? "commit" : "abort",
    });
  }

  /** Markers on a disk that takes no entry for an index of transactions. */
  #endWithoutIndex(): void {
    // Where the segment rolls first, the old one's index has to be finished, and the marker is refused.
    this.#disk.onCall = (call, path) => {
      if ((call === "writeAt" || call === "open") && path.endsWith(".txnindex")) {
        throw new MemoryDiskError(call, path, "ENOSPC");
      }
    };
    try {
      this.#end();
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
    }
    this.#disk.onCall = () => {};
  }

  #fullDisk(): void {
    this.#disk.shortWriteShare = this.#random.pick([0, 0.5, 0.9]);
    this.#disk.onCall = (call, path) => {
      if (call === "writeAt") throw new MemoryDiskError(call, path, "ENOSPC");
    };
    assert.throws(() => this.#log.append(testBatch(this.#nextBatch())), LogError);
    assert.throws(() => this.#end(), LogError);
    this.#disk.onCall = () => {};
  }

  #closeCleanly(): void {
    this.#fixture.store.closeCleanly();
    this.#fixture.background.run();
    assert.deepEqual(this.#disk.openPaths, []);
    assert.deepEqual(checkDataDirectory(this.#disk, DATA).problems, []);
    if (this.#random.below(2) === 0) this.#cutPowerAfterClose();
    this.#damageIndexes();
    this.#fixture = this.#open();
  }

  /** The other indexes are another story, told elsewhere. */
  #cutPowerAfterClose(): void {
    for (const name of this.#disk.names(PARTITION).filter((name) => /\.(index|timeindex)$/.test(name))) {
      this.#disk.write(`${PARTITION}/${name}`, this.#disk.read(`${PARTITION}/${name}`));
    }
    this.#disk = this.#disk.afterPowerCut();
  }

  #kill(): void {
    this.#disk = this.#disk.afterKill();
    this.#damageIndexes();
    this.#fixture = this.#open();
  }

  #cutPower(): void {
    const { flushedOffset } = this.#log;
    this.#disk = this.#disk.afterPowerCut(this.#random.below(3) === 0 ? undefined : this.#random);
    this.#fixture = this.#open();
    const { endOffset } = this.#log;
    assert.ok(endOffset >= flushedOffset, `${endOffset} is left of ${flushedOffset} flushed`);
    this.#model.startOffset = this.#log.logStartOffset;
    this.#model.batches = this.#model.batches.filter(({ baseOffset }) => baseOffset < endOffset);
    assert.equal(endOffset, this.#model.endOffset);
  }

  /** What a clumsy hand may do to them while the broker is down. */
  #damageIndexes(): void {
    const names = this.#disk.names(PARTITION).filter((name) => name.endsWith(".txnindex"));
    if (names.length === 0 || this.#random.below(2) === 0) return;
    const path = `${PARTITION}/${this.#random.pick(names)}`;
    const bytes = this.#disk.read(path);
    const choice = this.#random.below(4);
    if (choice === 0) this.#disk.write(path, this.#random.bytes(this.#random.below(100) + 1));
    else if (choice === 1) {
      this.#disk.write(path, bytes.subarray(0, bytes.length - 1 - this.#random.below(33)));
    } else if (choice === 2) this.#disk.write(path, new Uint8Array(Math.max(bytes.length, 34)));
    else {
      // The only way to lose one unnoticed would be to take it alone.
      this.#disk.removeFile(path);
      this.#disk.removeFile(path.replace("txnindex", "index"));
    }
  }

  #compare(): void {
    const log = this.#log;
    const model = this.#model;
    const { highWatermark, lastStableOffset, endOffset, logStartOffset: startOffset } = log;
    model.startOffset = startOffset;
    assert.equal(endOffset, model.endOffset);
    assert.equal(highWatermark, this.#config.flushMessages === 1 ? log.flushedOffset : endOffset);
    // Of a transaction that began before the start a restart may not know any more.
    const least = Math.min(Math.max(model.lastStableOffset(highWatermark), startOffset), highWatermark);
    const most = model.visible.lastStableOffset(highWatermark);
    assert.ok(
      least <= lastStableOffset && lastStableOffset <= most,
      `last stable offset ${lastStableOffset} is not between ${least} and ${most}`,
    );
    if (startOffset === 0) {
      assert.equal(least, most);
      assert.deepEqual(log.abortedTransactions(0, endOffset), model.aborted(0, endOffset));
    }
    for (let count = 0; count < 3 && startOffset === 0; count++) {
      const from = this.#random.below(endOffset + 1);
      const upTo = from + this.#random.below(endOffset - from + 1);
      const listed = log.abortedTransactions(from, upTo);
      assert.deepEqual(listed, model.aborted(from, upTo), `aborted in [${from}, ${upTo})`);
    }
    const from = startOffset + this.#random.below(lastStableOffset - startOffset + 1);
    assert.deepEqual(
      this.#readCommitted(from, this.#random.pick([1, 300, 1 << 20])),
      model.committed(from, lastStableOffset),
      `committed from ${from}`,
    );
  }

  /** What a consumer makes of it, as Kafka's do: base offsets of batches with records for their user. */
  #readCommitted(from: number, maxBytes: number): number[] {
    const seen: number[] = [];
    for (let offset = from;;) {
      const read = this.#log.readCommitted(offset, maxBytes, { minOneBatch: true });
      if (read === undefined) return seen;
      const bytes = new Uint8Array(read.slice.length);
      read.slice.file.readAt(bytes, read.slice.position);
      read.slice.file.release();
      const upcoming = [...read.aborted].sort((a, b) => a.firstOffset - b.firstOffset);
      const inAborted = new Set<number>();
      for (let position = 0; position + 61 <= bytes.length;) {
        const batch = new RecordBatch(bytes, position);
        if (position + batch.sizeInBytes > bytes.length) break;
        position += batch.sizeInBytes;
        const { producerId, baseOffset, lastOffset } = batch;
        assert.ok(lastOffset < this.#log.lastStableOffset, "a batch behind the last stable offset");
        while (upcoming.length > 0 && upcoming[0]!.firstOffset <= lastOffset) {
          inAborted.add(upcoming.shift()!.producerId);
        }
        if (batch.isControl) inAborted.delete(producerId);
        else if (!batch.isTransactional || !inAborted.has(producerId)) seen.push(baseOffset);
        offset = lastOffset + 1;
      }
    }
  }
}

Deno.test("PartitionLog agrees with a model on transactions through rolls, restarts, kills, power cuts, full disks and damage", () => {
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
