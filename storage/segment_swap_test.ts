import assert from "node:assert/strict";
import {
  baseOffsetsOf,
  checkSegments,
  CompactableLog,
  DIRECTORY,
  INDEX_INTERVAL_BYTES,
  jobOf,
  type ReadRecord,
  readRecords,
  segmentContext,
  swapIn,
} from "../tests/support/compactable_log.ts";
import { MemoryDisk, MemoryDiskError } from "../tests/support/memory_disk.ts";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { readAbortedTransactions } from "./compaction/aborted_transactions.ts";
import { Compaction } from "./compaction/compaction.ts";
import { formatSegmentFile, formatSegmentFileInState, join, type SegmentFileKind } from "./file_names.ts";
import { defaultLogConfig } from "./log_config.ts";
import { PartitionRecovery } from "./recovery.ts";
import { commitSwap, finishInterruptedSwaps, finishSwap, retireReplaced } from "./segment_swap.ts";

const ABORTED_PRODUCER = 1;
const NOW_MS = 10_000;

/** A log with all that compaction treats in its own way, compacted once, so that tombstones and markers have a horizon. */
function story(): { disk: MemoryDisk; endOffset: number; dirtyOffset: number } {
  const disk = new MemoryDisk();
  const log = new CompactableLog(disk);
  const put = (key: string, value: string | null = `${key} at ${log.endOffset}`) => ({ key, value });
  log.append([put("a"), put("b"), put("c")]);
  log.append([put("gone")]);
  log.roll();
  log.append([put("gone", null), put("b")]);
  log.append([put("d"), put("e")]);
  log.roll();
  log.append([put("c"), put("f")]);
  log.roll();
  compact(disk, log.endOffset, 0, 1000);
  const dirtyOffset = log.endOffset;
  const first = log.append([put("a"), put("b")], {
    producerId: ABORTED_PRODUCER,
    sequence: 0,
    isTransactional: true,
  });
  log.append([put("a"), put("d"), put("late", null)]);
  log.roll();
  log.end("abort", ABORTED_PRODUCER, first);
  log.append([put("e", null), put("g")]);
  log.roll();
  log.append([put("a"), put("h")]);
  log.roll();
  return { disk, endOffset: log.endOffset, dirtyOffset };
}

function compact(disk: MemoryDisk, endOffset: number, firstDirtyOffset: number, nowMs = NOW_MS): void {
  const context = {
    disk,
    clock: { monotonic: () => 0 },
    log: (_: string, message: string) => assert.fail(message),
    pause: () => {},
  };
  const job = jobOf(disk, endOffset, {
    firstDirtyOffset,
    nowMs,
    deleteRetentionMs: 1000,
    // Two groups, the first of several segments.
    segmentBytes: 700,
    bufferBytes: 300,
  });
  const compaction = new Compaction(context, job);
  compaction.begin();
  for (let group = compaction.next(); group !== undefined; group = compaction.next()) swapIn(disk, group);
}

function newestOf(records: readonly ReadRecord[]): Map<string, ReadRecord> {
  return new Map(records.map((record) => [record.key!, record]));
}

/** Records that a reader of committed data would see. */
function committed(disk: MemoryDisk): ReadRecord[] {
  const aborted = readAbortedTransactions(disk, DIRECTORY);
  return readRecords(disk).filter(({ offset }) =>
    // The aborted batch, of two records, is the first of its transaction.
    !aborted.some(({ firstOffset }) => offset >= firstOffset && offset < firstOffset + 2)
  );
}

/** After a restart every key has its newest value, once, and none that was deleted has come back. */
function verify(disk: MemoryDisk, before: ReadonlyMap<string, ReadRecord>, endOffset: number, label: string) {
  finishInterruptedSwaps(disk, DIRECTORY, () => {});
  const suspicious = disk.names(DIRECTORY).filter((name) => /\.(cleaned|swap)$/.test(name));
  assert.deepEqual(suspicious, [], label);
  checkSegments(disk, label);
  const after = newestOf(committed(disk));
  for (const [key, record] of before) {
    if (record.value === null && !after.has(key)) continue;
    assert.deepEqual(after.get(key), record, label);
  }
  for (const key of after.keys()) assert.ok(before.has(key), label);
  const recovery = new PartitionRecovery({
    ...segmentContext(disk),
    clock: { now: () => 0, monotonic: () => 0 },
    log: (level, message) =>
      assert.ok(level === "info" || message.includes("leader-epoch"), `${label}: ${message}`),
  }, {
    directory: DIRECTORY,
    config: { ...defaultLogConfig, indexIntervalBytes: INDEX_INTERVAL_BYTES },
    wasClosedCleanly: false,
    recoveryPoint: endOffset,
    logStartOffset: 0,
  });
  const loaded = recovery.run();
  assert.equal(loaded.endOffset, endOffset, label);
  assert.equal(disk.names(DIRECTORY).some((name) => name.endsWith(".corrupt")), false, label);
}

function callsOf(disk: MemoryDisk, run: () => void): number {
  let count = 0;
  disk.onCall = () => void count++;
  run();
  disk.onCall = () => {};
  return count;
}

/** Runs until the disk's call number `dieAt`, at and after which nothing happens any more. */
function dieAt(disk: MemoryDisk, call: number, run: () => void): void {
  let count = 0;
  disk.shortWriteShare = 0.6;
  disk.onCall = (made, path) => {
    if (++count >= call) throw new MemoryDiskError(made, path, "DEAD");
  };
  try {
    run();
  } catch (error) {
    if (!(error instanceof MemoryDiskError)) throw error;
  }
}

Deno.test("a compaction and its swaps, killed or without power at any disk call, lose and double nothing", () => {
  const seed = testSeed();
  const { disk: whole, endOffset, dirtyOffset } = story();
  const before = newestOf(committed(whole));
  assert.equal(before.get("a")?.offset, endOffset - 2);
  const finished = whole.afterKill();
  const count = callsOf(finished, () => compact(finished, endOffset, dirtyOffset));
  verify(finished, before, endOffset, "without a crash");
  const wanted = readRecords(finished);
  assert.ok(wanted.length < readRecords(whole).length);
  for (let call = 1; call <= count; call++) {
    const disk = whole.afterKill();
    dieAt(disk, call, () => compact(disk, endOffset, dirtyOffset));
    const left = [
      disk.afterKill(),
      disk.afterPowerCut(),
      ...[0, 1, 2].map((round) => disk.afterPowerCut(new SeededRandom(seed + call * 3 + round))),
    ];
    for (const [index, found] of left.entries()) {
      const label = `seed ${seed}, died at call ${call}, disk ${index}`;
      verify(found, before, endOffset, label);
      // The next compaction, from where the checkpoint on disk says, comes to the same.
      compact(found, endOffset, dirtyOffset);
      compact(found, endOffset, dirtyOffset);
      assert.deepEqual(readRecords(found), wanted, label);
    }
  }
});

Deno.test("finishInterruptedSwaps, itself interrupted at any disk call, loses nothing", () => {
  const seed = testSeed();
  const { disk: whole, endOffset, dirtyOffset } = story();
  const before = newestOf(committed(whole));
  const counted = whole.afterKill();
  const count = callsOf(counted, () => compact(counted, endOffset, dirtyOffset));
  let interrupted = 0;
  for (let call = 1; call <= count; call++) {
    const crashed = whole.afterKill();
    dieAt(crashed, call, () => compact(crashed, endOffset, dirtyOffset));
    const probe = crashed.afterKill();
    if (!probe.names(DIRECTORY).some((name) => /\.(cleaned|swap)$/.test(name))) continue;
    const finishing = callsOf(probe, () => finishInterruptedSwaps(probe, DIRECTORY, () => {}));
    // Every third, beginning elsewhere each time, covers them all over the calls before.
    for (let second = 1 + call % 3; second <= finishing; second += 3) {
      const disk = crashed.afterKill();
      dieAt(disk, second, () => finishInterruptedSwaps(disk, DIRECTORY, () => {}));
      const label = `seed ${seed}, died at call ${call}, then at ${second}`;
      verify(disk.afterKill(), before, endOffset, label);
      verify(
        disk.afterPowerCut(new SeededRandom(seed + call * 1000 + second)),
        before,
        endOffset,
        `${label}, no power`,
      );
      interrupted++;
    }
  }
  assert.ok(interrupted > 100);
});

/** A directory with these files, of which each log file holds one batch from its base offset up to `lastOffset`. */
function directoryOf(names: readonly string[], lastOffsets: Readonly<Record<string, number>> = {}) {
  const disk = new MemoryDisk();
  disk.makeDirectory(DIRECTORY);
  for (const name of names) {
    const baseOffset = Number(name.slice(0, 20));
    const recordCount = (lastOffsets[name] ?? baseOffset) - baseOffset + 1;
    if (name.includes(".log")) {
      const maker = new CompactableLog(new MemoryDisk());
      maker.endOffset = baseOffset;
      maker.append(Array.from({ length: recordCount }, () => ({ key: "k", value: name })));
      maker.roll();
      disk.write(
        join(DIRECTORY, name),
        (maker.disk as MemoryDisk).read(`${DIRECTORY}/${formatSegmentFile(0, "log")}`),
      );
    } else {
      disk.write(join(DIRECTORY, name), new TextEncoder().encode(name));
    }
  }
  return disk;
}

const name = (offset: number, kind: SegmentFileKind, state?: "cleaned" | "swap" | "deleted") =>
  state === undefined ? formatSegmentFile(offset, kind) : formatSegmentFileInState(offset, kind, state);

/** Names that are left. An index tells by its content which it was. */
function finished(disk: MemoryDisk): string[] {
  finishInterruptedSwaps(disk, DIRECTORY, () => {});
  return disk.names(DIRECTORY);
}

const contentOf = (disk: MemoryDisk, file: string) =>
  new TextDecoder().decode(disk.read(join(DIRECTORY, file)));

Deno.test("commitSwap, retireReplaced and finishSwap take a segment from .cleaned to its place", () => {
  const disk = directoryOf([
    name(0, "log", "cleaned"),
    name(0, "index", "cleaned"),
    name(0, "timeindex", "cleaned"),
    name(0, "log"),
    name(0, "index"),
    name(0, "timeindex"),
    name(0, "txnindex"),
    name(10, "log"),
    name(20, "log"),
  ]);
  const calls: string[] = [];
  disk.onCall = (call, path) => call === "rename" && calls.push(path.slice(DIRECTORY.length + 19));
  commitSwap(disk, DIRECTORY, 0);
  assert.deepEqual(calls.splice(0), ["00.index.cleaned", "00.timeindex.cleaned", "00.log.cleaned"]);
  const retired = retireReplaced(disk, DIRECTORY, [10, 0]);
  assert.deepEqual(calls.splice(0), ["00.index", "00.timeindex", "00.txnindex", "00.log", "10.log"]);
  assert.deepEqual(retired.map((path) => path.slice(DIRECTORY.length + 19)), [
    "00.index.deleted",
    "00.timeindex.deleted",
    "00.txnindex.deleted",
    "00.log.deleted",
    "10.log.deleted",
  ]);
  finishSwap(disk, DIRECTORY, 0);
  assert.equal(calls.at(-1), "00.log.swap");
  // Once more, after an error: what has no log file has been retired.
  disk.rename(join(DIRECTORY, name(0, "log")), join(DIRECTORY, name(0, "log", "swap")));
  assert.deepEqual(retireReplaced(disk, DIRECTORY, [0, 10]), []);
  finishSwap(disk, DIRECTORY, 0);
  assert.deepEqual(disk.names(DIRECTORY).filter((file) => !file.endsWith(".deleted")), [
    name(0, "index"),
    name(0, "log"),
    name(0, "timeindex"),
    name(20, "log"),
  ]);
});

Deno.test("finishInterruptedSwaps removes what was being written", () => {
  const disk = directoryOf([name(0, "log"), name(0, "log", "cleaned"), name(0, "index", "cleaned")]);
  assert.deepEqual(finished(disk), [name(0, "log")]);
});

Deno.test("finishInterruptedSwaps replaces the segments within a .log.swap, and no others", () => {
  const swap = name(10, "log", "swap");
  const disk = directoryOf(
    [
      swap,
      name(10, "index", "swap"),
      ...[0, 10, 20, 30].flatMap((offset) => [
        name(offset, "log"),
        name(offset, "index"),
      ]),
    ],
    { [swap]: 29 },
  );
  const left = finished(disk).filter((file) => !file.endsWith(".deleted"));
  assert.deepEqual(left, [0, 10, 30].flatMap((offset) => [name(offset, "index"), name(offset, "log")]));
  assert.equal(contentOf(disk, name(10, "index")), name(10, "index", "swap"));
});

Deno.test("finishInterruptedSwaps takes an index that is in place already for the new segment's", () => {
  // The old segment's log file has gone, so its indexes have.
  const disk = directoryOf([name(0, "log", "swap"), name(0, "index"), name(0, "txnindex"), name(10, "log")]);
  assert.deepEqual(finished(disk), [name(0, "index"), name(0, "log"), name(0, "txnindex"), name(10, "log")]);
});

Deno.test("finishInterruptedSwaps does not let an old segment's index of transactions outlive it", () => {
  const disk = directoryOf([name(0, "log", "swap"), name(0, "log"), name(0, "txnindex")]);
  assert.deepEqual(finished(disk).filter((file) => !file.endsWith(".deleted")), [name(0, "log")]);
});

Deno.test("finishInterruptedSwaps undoes indexes that were renamed before their log file", () => {
  const disk = directoryOf([
    name(0, "log", "cleaned"),
    name(0, "txnindex", "swap"),
    name(0, "log"),
    name(0, "index"),
  ]);
  assert.deepEqual(finished(disk), [name(0, "index"), name(0, "log")]);
});

Deno.test("finishInterruptedSwaps finishes what Kafka left, which renames the log file first", () => {
  const begun = directoryOf([
    name(0, "log", "swap"),
    name(0, "index", "cleaned"),
    name(0, "log"),
    name(0, "index"),
  ]);
  assert.deepEqual(finished(begun).filter((file) => !file.endsWith(".deleted")), [
    name(0, "index"),
    name(0, "log"),
  ]);
  assert.equal(contentOf(begun, name(0, "index")), name(0, "index", "cleaned"));

  const ending = directoryOf([name(0, "log"), name(0, "index", "swap"), name(0, "timeindex")]);
  assert.deepEqual(finished(ending), [name(0, "index"), name(0, "log"), name(0, "timeindex")]);
});

Deno.test("finishInterruptedSwaps undoes the half of a segment that Kafka was splitting, or puts both in place", () => {
  const halves = [name(0, "log", "cleaned"), name(10, "log", "swap")];
  const undone = directoryOf([name(0, "log"), ...halves], { [name(0, "log")]: 19 });
  assert.deepEqual(finished(undone), [name(0, "log")]);
  assert.deepEqual(readRecords(undone).length, 20);

  const both = directoryOf([name(0, "log"), name(0, "log", "swap"), name(10, "log", "swap")], {
    [name(0, "log")]: 19,
    [name(0, "log", "swap")]: 9,
    [name(10, "log", "swap")]: 19,
  });
  finished(both);
  assert.deepEqual(baseOffsetsOf(both), [0, 10]);
  assert.deepEqual(readRecords(both).map(({ offset }) => offset), Array.from({ length: 20 }, (_, at) => at));
});

Deno.test("finishInterruptedSwaps does not put a damaged segment in the place of good ones", () => {
  const disk = directoryOf([name(0, "log"), name(0, "log", "swap")]);
  const path = join(DIRECTORY, name(0, "log", "swap"));
  disk.write(path, disk.read(path).subarray(0, 70));
  const lines: string[] = [];
  finishInterruptedSwaps(disk, DIRECTORY, (level, message) => lines.push(`${level} ${message}`));
  assert.deepEqual(disk.names(DIRECTORY), [name(0, "log")]);
  assert.match(lines.join(), /^warn .*not put in place: it does not end with a batch$/);
});

Deno.test("finishInterruptedSwaps of a directory with nothing to finish only lists it", () => {
  const disk = directoryOf([name(0, "log"), name(0, "index")]);
  assert.equal(callsOf(disk, () => finishInterruptedSwaps(disk, DIRECTORY, () => {})), 1);
});
