/**
 * Defects that Apache Kafka had in its recovery, each replayed here: what happened there, and that it does not happen here.
 */
import assert from "node:assert/strict";
import { laneNames } from "../broker/io/lanes.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, readAll } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { assertRecovers, PARTITION, writeLog } from "../tests/support/written_log.ts";
import { checkDataDirectory } from "./check.ts";
import { formatEpochCheckpoint, parseEpochCheckpoint, parseOffsetCheckpoint } from "./checkpoint_file.ts";
import { formatSegmentFile, LEADER_EPOCHS, RECOVERY_POINTS } from "./file_names.ts";
import { LeaderEpochs } from "./leader_epochs.ts";

const LOG = `${PARTITION}/${formatSegmentFile(0, "log")}`;
const EPOCHS = `${PARTITION}/${LEADER_EPOCHS}`;
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

// After an unclean stop Kafka read what was not flushed, found it good in the page cache and moved the recovery point behind it,
// without a flush. The power went; what had been found good was gone, and as the recovery point said that it had been flushed,
// the segments were not read again.
Deno.test("KAFKA-10101: recovery does not move the recovery point ahead of what is flushed", () => {
  const first = testSeed();
  const config = { segmentBytes: 700, flushMs: 50 };
  const storeConfig = { checkpointIntervalMs: 20 };
  for (let seed = first; seed < first + 60; seed++) {
    const random = new SeededRandom(seed);
    const { disk, batches } = writeLog(30, config);
    const killed = disk.afterKill();
    {
      // Starts on the page cache, and perhaps gets so far as to write its checkpoints, or to flush something.
      using fixture = openTestStore(killed, { config, storeConfig });
      assert.equal(readAll(fixture.store.topic("t")!.partitions[0]!).length, batches.length);
      for (let step = random.below(12); step > 0; step--) {
        fixture.clock.advance(random.below(30));
        fixture.store.tick(fixture.clock.monotonicMs);
        fixture.background.runOne([random.pick(laneNames)]);
      }
    }
    const left = killed.afterPowerCut(random);
    const path = `${DATA}/${RECOVERY_POINTS}`;
    const points = left.exists(path) ? parseOffsetCheckpoint(decode(left.read(path))) : new Map();
    assert.ok(typeof points !== "string", `seed ${seed}: ${points}`);
    using fixture = openTestStore(left, { config, storeConfig });
    const log = fixture.store.topic("t")?.partitions[0];
    // The topic itself had never been made durable.
    if (log === undefined) continue;
    assert.ok(log.endOffset >= (points.get("t-0") ?? 0), `seed ${seed}: ${points.get("t-0")} flushed`);
    const found = readAll(log);
    assert.deepEqual(found, batches.slice(0, found.length), `seed ${seed}`);
    assert.deepEqual(fixture.lines.filter((line) => line.startsWith("error:")), [], `seed ${seed}`);
    fixture.store.closeCleanly();
    assert.deepEqual(checkDataDirectory(left, DATA).problems, [], `seed ${seed}`);
  }
});

// Where it was ahead of the log's end, for whatever reason, it stayed there: what was written up to it was not read after the next
// unclean stop.
Deno.test("KAFKA-10101: a recovery point ahead of the log's end is told and not believed", () => {
  const { disk, batches } = writeLog(5);
  disk.write(`${DATA}/${RECOVERY_POINTS}`, encode("0\n1\nt 0 1000\n"));
  {
    using fixture = openTestStore(disk);
    const log = fixture.store.topic("t")!.partitions[0]!;
    assert.deepEqual(readAll(log), batches);
    const { lines } = fixture;
    assert.ok(lines.some((line) => /^error: .*had been flushed up to 1000/.test(line)), lines.join("\n"));
    log.append(testBatch());
    fixture.settle();
    fixture.clock.advance(60_000);
    fixture.settle();
  }
  const bytes = disk.read(LOG);
  const points = parseOffsetCheckpoint(decode(disk.read(`${DATA}/${RECOVERY_POINTS}`)));
  assert.ok(typeof points !== "string" && points.get("t-0")! <= 12, String(points));
  // Torn: it is read again.
  disk.write(LOG, bytes.subarray(0, bytes.length - 1));
  assertRecovers(disk, batches, "torn behind an earlier end");
});

// For speed Kafka had given up the fsync when it wrote leader-epoch-checkpoint anew and renamed it. After a power cut the new name
// could stand for an empty or half-written file, and the broker would not start.
Deno.test("KAFKA-16541: leader-epoch-checkpoint is the old or the new one after a power cut at any call", () => {
  const first = testSeed();
  const { disk } = writeLog(6);
  {
    using fixture = openTestStore(disk);
    fixture.store.closeCleanly();
    fixture.background.run();
  }
  disk.removeFile(`${DATA}/.kafka_cleanshutdown`);
  // Two leaders in turn: the last batch is of epoch 3, and the checkpoint, as Kafka may leave it, knows of none.
  const bytes = disk.read(LOG);
  const batches = readBatches(bytes);
  batches.at(-1)!.setLeaderEpoch(3);
  disk.write(LOG, bytes);
  const lastOffset = batches.at(-1)!.baseOffset;
  disk.write(EPOCHS, encode(formatEpochCheckpoint([])));
  const before = decode(disk.read(EPOCHS));
  const after = formatEpochCheckpoint([{ epoch: 0, startOffset: 0 }, { epoch: 3, startOffset: lastOffset }]);
  const seen = new Set<string>();
  for (let call = 0, isDone = false; !isDone; call++) {
    const cut = disk.afterKill();
    let left = call;
    cut.onCall = (name, path) => {
      if (left-- <= 0) throw new MemoryDiskError(name, path, "EIO");
    };
    try {
      using _ = openTestStore(cut);
      isDone = left > 0;
    } catch (error) {
      assert.ok(error instanceof Error);
    }
    for (let round = 0; round < 4; round++) {
      const survivor = cut.afterPowerCut(new SeededRandom(first + call * 4 + round));
      const text = decode(survivor.read(EPOCHS));
      assert.ok([before, after].includes(text), `seed ${first}, call ${call}: ${JSON.stringify(text)}`);
      seen.add(text);
      using again = openTestStore(survivor);
      assert.equal(again.store.topic("t")!.partitions[0]!.leaderEpoch, 3);
      assert.equal(decode(survivor.read(EPOCHS)), after);
    }
  }
  assert.equal(seen.size, 2);
});

Deno.test("KAFKA-16541: a leader-epoch-checkpoint that a power cut has damaged is made again from the batches", () => {
  for (const content of ["", "\0\0\0\0\0\0\0\0", "0\n1\n", "0\n0\n", "0\n2\n0 0\n", "0\n1\n0 zero\n"]) {
    const { disk, batches } = writeLog(12);
    disk.write(EPOCHS, encode(content));
    assertRecovers(disk, batches, JSON.stringify(content));
    assert.equal(decode(disk.read(EPOCHS)), "0\n1\n0 0\n");
  }
});

// When Kafka made its cache of leader epochs again from the batches of a segment, it took only epochs above 0. So the records of
// the first leader were of no epoch, and a follower that asked where epoch 0 ends was sent to the wrong place.
Deno.test("KAFKA-10432: epochs are made again from epoch 0 on, from every segment, scanned or not", () => {
  const epochs = new LeaderEpochs();
  assert.equal(epochs.assign(0, 104), true);
  assert.deepEqual(epochs.entries, [{ epoch: 0, startOffset: 104 }]);

  const config = { segmentBytes: 700 };
  for (const state of ["killed", "flushed and killed", "closed cleanly"]) {
    const disk = new MemoryDisk();
    let activeBaseOffset: number;
    {
      using fixture = openTestStore(disk, { config });
      const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
      for (let index = 0; index < 60; index++) log.append(testBatch({ timestamps: [index] }));
      activeBaseOffset = log.activeBaseOffset;
      if (state === "flushed and killed") {
        for (let round = 0; round < 2; round++) {
          fixture.clock.advance(60_000);
          fixture.settle();
        }
      }
      if (state === "closed cleanly") fixture.store.closeCleanly();
      fixture.background.run();
    }
    // Of three leaders in turn, the second and third of which begin in the middle of a segment; 57 is in the last one.
    assert.ok(activeBaseOffset > 40 && activeBaseOffset < 57);
    for (const name of disk.names(PARTITION).filter((name) => name.endsWith(".log"))) {
      const bytes = disk.read(`${PARTITION}/${name}`);
      for (const batch of readBatches(bytes)) {
        if (batch.baseOffset >= 12) batch.setLeaderEpoch(batch.baseOffset < 57 ? 4 : 5);
      }
      disk.write(`${PARTITION}/${name}`, bytes);
    }
    for (const content of [undefined, "", "0\n1\n4 30\n"]) {
      const damaged = disk.afterKill();
      if (content === undefined) damaged.removeFile(EPOCHS);
      else damaged.write(EPOCHS, encode(content));
      using fixture = openTestStore(damaged, { config });
      const log = fixture.store.topic("t")!.partitions[0]!;
      const label = `${state}, ${JSON.stringify(content)}`;
      // With what is left of it saying that 4 is the latest, the batches of epoch 5 would be of a leader that never was.
      const isBelieved = content?.endsWith("4 30\n") && state !== "closed cleanly";
      const found = parseEpochCheckpoint(decode(damaged.read(EPOCHS)));
      const wanted = [{ epoch: 0, startOffset: 0 }, { epoch: 4, startOffset: 12 }];
      if (!isBelieved) wanted.push({ epoch: 5, startOffset: 57 });
      assert.deepEqual(found, wanted, label);
      assert.equal(log.leaderEpoch, wanted.at(-1)!.epoch, label);
      log.append(testBatch());
      assert.equal(new RecordBatch(readAll(log).at(-1)!.bytes).leaderEpoch, log.leaderEpoch, label);
      fixture.store.closeCleanly();
      assert.deepEqual(checkDataDirectory(damaged, DATA).problems, [], label);
    }
  }
});

// With preallocate a segment's file is longer than its records. Kafka read from a live one up to the end of the file, took the zeros
// for records ("Record size 0 is less than the minimum record overhead") and gave up on the whole partition.
Deno.test("KAFKA-13664: nobody reads the zeros behind the last batch of a preallocated segment", () => {
  const config = { preallocate: true, segmentBytes: 2000, indexIntervalBytes: 200 };
  for (const writeMode of ["pwrite", "mmap"] as const) {
    const disk = new MemoryDisk();
    const sent: Uint8Array[] = [];
    const open = (disk: MemoryDisk) => openTestStore(disk, { config, storeConfig: { writeMode } });
    const assertReads = (disk: MemoryDisk, fixture: ReturnType<typeof open>) => {
      const log = fixture.store.topic("t")!.partitions[0]!;
      const active = `${PARTITION}/${formatSegmentFile(log.activeBaseOffset, "log")}`;
      assert.equal(disk.allocatedEnd(active) >= 2000, true, writeMode);
      for (const maxBytes of [1, 500, 1 << 20]) {
        assert.deepEqual(readAll(log, maxBytes).map(({ bytes }) => bytes), sent, writeMode);
      }
      for (let offset = 0; offset < sent.length; offset++) {
        const slice = log.read(offset, 1 << 20, { minOneBatch: true })!;
        const bytes = new Uint8Array(slice.length);
        slice.file.readAt(bytes, slice.position);
        slice.file.release();
        const batches = readBatches(bytes);
        assert.equal(batches.reduce((sum, batch) => sum + batch.sizeInBytes, 0), bytes.length);
        assert.equal(batches[0]!.baseOffset, offset);
        assert.equal(log.lookupTimestamp(offset * 10)?.offset, offset);
      }
      assert.equal(log.read(sent.length, 1 << 20, { minOneBatch: true }), undefined);
      assert.equal(log.lookupTimestamp(sent.length * 10), undefined);
    };
    {
      using fixture = open(disk);
      const log = fixture.store.createTopic("t", 1, new Map()).partitions[0]!;
      for (let index = 0; index < 40; index++) {
        log.append(testBatch({ timestamps: [index * 10], producerId: 3, epoch: 0, sequence: index }));
        sent.push(readAll(log).at(-1)!.bytes);
        if (index % 9 === 0) assertReads(disk, fixture);
      }
      assertReads(disk, fixture);
    }
    // A start, where it happened to Kafka: producers and transactions are read from the log.
    const killed = disk.afterKill();
    using fixture = open(killed);
    const log = fixture.store.topic("t")!.partitions[0]!;
    assert.deepEqual(readAll(log).map(({ bytes }) => bytes), sent, writeMode);
    assert.equal(log.append(testBatch({ producerId: 3, epoch: 0, sequence: 40 })).baseOffset, 40);
    assert.deepEqual(fixture.lines.filter((line) => !line.startsWith("info:")), [], writeMode);
  }
});

Deno.test("KAFKA-13664: a preallocated tail of zeros is no batch, and no damage either", () => {
  const { disk, batches } = writeLog(12);
  const bytes = disk.read(LOG);
  const longer = new Uint8Array(1024 * 1024 * 3);
  longer.set(bytes);
  disk.write(LOG, longer);
  const lines = assertRecovers(disk, batches, "zeros");
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^info: .*never written/);
});

/** Views of the batches that `bytes` are. */
function readBatches(bytes: Uint8Array): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let position = 0; position < bytes.length;) {
    const batch = new RecordBatch(bytes, position);
    batches.push(batch);
    position += batch.sizeInBytes;
  }
  return batches;
}
