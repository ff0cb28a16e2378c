/**
 * Whatever becomes of the files beside a log, indexes, snapshots and checkpoints, the broker starts and answers right: they hold
 * nothing that the log does not tell, too. An alarm (a line of level error) is for records that are lost.
 */
import assert from "node:assert/strict";
import { RecordBatch } from "../protocol/record_batch.ts";
import type { MemoryDisk } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { DATA, openTestStore, readAll, type TestStore } from "../tests/support/storage_fixture.ts";
import { testBatch } from "../tests/support/test_batch.ts";
import { assertProducers, PARTITION, writeLog, type WrittenBatch } from "../tests/support/written_log.ts";
import { checkDataDirectory } from "./check.ts";
import { CLEAN_SHUTDOWN, LEADER_EPOCHS, parseSegmentFile, RECOVERY_POINTS } from "./file_names.ts";
import type { PartitionLog } from "./partition_log.ts";

const config = { indexIntervalBytes: 100, segmentBytes: 1200 };

const TRANSACTION_ENTRY_BYTES = 34;

const STATES = ["killed", "flushed and killed", "closed cleanly"] as const;
type State = typeof STATES[number];

/** What a broker that ended in this way leaves of a log in several segments. */
function leftBy(state: State): { disk: MemoryDisk; batches: readonly WrittenBatch[] } {
  const { disk, batches } = writeLog(30, config);
  if (state === "killed") return { disk, batches };
  using fixture = openTestStore(disk, { config });
  if (state === "closed cleanly") {
    fixture.store.closeCleanly();
    fixture.background.run();
    return { disk, batches };
  }
  for (let round = 0; round < 2; round++) {
    fixture.clock.advance(60_000);
    fixture.settle();
  }
  return { disk: disk.afterKill(), batches };
}

type Damage = (bytes: Uint8Array, random: SeededRandom) => Uint8Array | undefined;

const DAMAGES: Readonly<Record<string, Damage>> = {
  missing: () => undefined,
  emptied: () => new Uint8Array(0),
  zeroed: (bytes) => new Uint8Array(bytes.length),
  "all ones": (bytes) => bytes.slice().fill(0xff),
  garbage: (bytes, random) => random.bytes(bytes.length),
  "garbage of another length": (_, random) => random.bytes(1 + random.below(300)),
  "garbage behind its end": (bytes, random) => new Uint8Array([...bytes, ...random.bytes(24)]),
  "zeros behind its end": (bytes) => new Uint8Array([...bytes, ...new Uint8Array(24)]),
  "a byte changed": (bytes, random) => {
    const changed = bytes.slice();
    if (changed.length > 0) changed[random.below(changed.length)]! ^= 1 + random.below(255);
    return changed;
  },
};

function damageFile(disk: MemoryDisk, path: string, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) disk.removeFile(path);
  else disk.write(path, bytes);
}

/** Paths of the partition's files of a kind, by offset. */
function filesOf(disk: MemoryDisk, kind: string): string[] {
  return disk.names(PARTITION).filter((name) => parseSegmentFile(name)?.kind === kind)
    .map((name) => `${PARTITION}/${name}`);
}

/** Every offset, and every time: the answers are those of the batches as they were written. */
function assertAnswers(log: PartitionLog, batches: readonly WrittenBatch[], label: string): void {
  const views = batches.map(({ bytes }) => new RecordBatch(bytes));
  const records = views.flatMap(({ baseOffset, lastOffset, baseTimestamp }) =>
    Array.from({ length: lastOffset - baseOffset + 1 }, (_, index) => ({
      offset: baseOffset + index,
      timestamp: baseTimestamp + index,
    }))
  );
  for (const [index, { baseOffset, lastOffset }] of views.entries()) {
    for (const offset of new Set([baseOffset, lastOffset])) {
      const slice = log.read(offset, 1, { minOneBatch: true });
      assert.ok(slice !== undefined, `${label}: offset ${offset}`);
      const bytes = new Uint8Array(slice.length);
      slice.file.readAt(bytes, slice.position);
      slice.file.release();
      assert.equal(Buffer.compare(bytes, batches[index]!.bytes), 0, `${label}: offset ${offset}`);
    }
  }
  for (const { timestamp } of records) {
    for (const sought of [timestamp, timestamp + 1]) {
      const wanted = records.find((record) => record.timestamp >= sought);
      assert.deepEqual(log.lookupTimestamp(sought), wanted, `${label}: time ${sought}`);
    }
  }
}

function logOf(fixture: TestStore): PartitionLog {
  return fixture.store.topic("t")!.partitions[0]!;
}

/**
 * Starts, asks for everything, goes on, stops and does it again. No record is lost, so nobody is alarmed. A wrong entry that
 * nobody came across may still be there, harmless: `milena verify` is for that, and not asked here.
 */
function assertUnharmed(disk: MemoryDisk, batches: readonly WrittenBatch[], label: string): void {
  for (const round of ["at first", "once more"]) {
    using fixture = openTestStore(disk, { config });
    const log = logOf(fixture);
    assert.deepEqual(readAll(log).slice(0, batches.length), batches, label);
    assertAnswers(log, batches, `${label}, ${round}`);
    if (round === "at first") assertProducers(log, batches, label);
    assert.deepEqual(fixture.lines.filter((line) => line.startsWith("error:")), [], label);
    fixture.store.closeCleanly();
  }
}

/** Nothing of what is not scanned tells that a whole entry of this kind is missing, or another one: `milena verify` finds it. */
const isHidden = (kind: string, state: State) => kind === "txnindex" && state !== "killed";

for (const kind of ["index", "timeindex", "txnindex", "snapshot"]) {
  Deno.test(`a .${kind}, however damaged, changes no answer`, () => {
    const seed = testSeed();
    const random = new SeededRandom(seed);
    for (const state of STATES) {
      const { disk, batches } = leftBy(state);
      const paths = filesOf(disk, kind);
      assert.ok(paths.length > 0, `${state}: no ${kind}`);
      for (const [name, damage] of Object.entries(DAMAGES)) {
        if (isHidden(kind, state) && ["missing", "emptied", "a byte changed"].includes(name)) continue;
        // One of them, and all of them.
        for (const damaged of [...paths.map((path) => [path]), paths]) {
          const copy = disk.afterKill();
          for (const path of damaged) damageFile(copy, path, damage(disk.read(path), random));
          assertUnharmed(copy, batches, `seed ${seed}: ${state}, ${name}: ${damaged}`);
        }
      }
    }
  });

  Deno.test(`a .${kind} cut at every byte changes no answer`, () => {
    for (const state of ["flushed and killed", "closed cleanly"] as const) {
      const { disk, batches } = leftBy(state);
      for (const path of filesOf(disk, kind)) {
        const bytes = disk.read(path);
        for (let length = 0; length < bytes.length; length++) {
          if (isHidden(kind, state) && length % TRANSACTION_ENTRY_BYTES === 0) continue;
          const copy = disk.afterKill();
          copy.write(path, bytes.subarray(0, length));
          assertUnharmed(copy, batches, `${state}: ${path} cut to ${length} of ${bytes.length} bytes`);
        }
      }
    }
  });

  Deno.test(`.${kind} files swapped between segments, or of another topic, change no answer`, () => {
    const other = writeLog(57, { ...config, indexIntervalBytes: 60, segmentBytes: 900 }).disk;
    for (const state of STATES) {
      const { disk, batches } = leftBy(state);
      const paths = filesOf(disk, kind);
      const swaps = paths.flatMap((path, index) =>
        paths.slice(index + 1).map((second) =>
          new Map([[path, disk.read(second)], [second, disk.read(path)]])
        )
      );
      // A snapshot of another topic tells of producers that this one may well have had.
      const foreign = kind === "snapshot" || isHidden(kind, state)
        ? []
        : paths.flatMap((path) => filesOf(other, kind).map((from) => new Map([[path, other.read(from)]])));
      for (const files of [...swaps, ...foreign]) {
        const copy = disk.afterKill();
        for (const [path, bytes] of files) copy.write(path, bytes);
        assertUnharmed(copy, batches, `${state}: other content in ${[...files.keys()]}`);
      }
    }
  });
}

Deno.test("the data directory's checkpoints, however damaged, change no answer", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (const state of STATES) {
    const { disk, batches } = leftBy(state);
    const names = disk.names(DATA).filter((name) => name.endsWith("-checkpoint") || name === CLEAN_SHUTDOWN);
    assert.equal(names.includes(CLEAN_SHUTDOWN), state === "closed cleanly");
    assert.ok(names.includes(RECOVERY_POINTS));
    const paths = [...names.map((name) => `${DATA}/${name}`), `${PARTITION}/${LEADER_EPOCHS}`];
    for (const path of paths) {
      for (const [name, damage] of Object.entries(DAMAGES)) {
        // Another digit is another number.
        if (name === "a byte changed") continue;
        const copy = disk.afterKill();
        damageFile(copy, path, damage(disk.read(path), random));
        assertUnharmed(copy, batches, `seed ${seed}: ${state}, ${name}: ${path}`);
      }
    }
  }
});

Deno.test("a batch damaged in the middle of flushed data: alarm, evidence, and all that follows is served", () => {
  const { disk, batches } = leftBy("flushed and killed");
  const [, log] = filesOf(disk, "log");
  const baseOffset = parseSegmentFile(log!.slice(PARTITION.length + 1))!.offset;
  const nextBaseOffset = parseSegmentFile(filesOf(disk, "log")[2]!.slice(PARTITION.length + 1))!.offset;
  const bytes = disk.read(log!);
  let position = 0;
  for (const { offset, bytes: batch } of batches) {
    if (offset < baseOffset || offset >= nextBaseOffset) continue;
    const damaged = disk.afterKill();
    const flipped = bytes.slice();
    flipped[position + batch.length - 3]! ^= 0x10;
    damaged.write(log!, flipped);
    // Flushed segments are not read at start unless there is a reason to.
    damaged.removeFile(log!.replace(/log$/, "index"));
    using fixture = openTestStore(damaged, { config });
    const label = `the batch at offset ${offset}`;
    const alarms = fixture.lines.filter((line) => line.startsWith("error:"));
    assert.equal(alarms.length, 1, `${label}: ${alarms.join("\n")}`);
    assert.match(alarms[0]!, /had been flushed/, label);
    const evidence = `${log}.${position}.corrupt`;
    assert.ok(alarms[0]!.includes(evidence.slice(PARTITION.length + 1)), label);
    assert.deepEqual(damaged.read(evidence), flipped.slice(position), label);
    const left = batches.filter((batch) => batch.offset < offset || batch.offset >= nextBaseOffset);
    assert.deepEqual(readAll(logOf(fixture)), left, label);
    assert.equal(logOf(fixture).append(testBatch()).baseOffset, lastOffsetOf(batches) + 1, label);
    fixture.store.closeCleanly();
    assert.deepEqual(checkDataDirectory(damaged, DATA).problems, [], label);
    position += batch.length;
  }
  assert.equal(position, bytes.length);
});

function lastOffsetOf(batches: readonly WrittenBatch[]): number {
  return new RecordBatch(batches.at(-1)!.bytes).lastOffset;
}
