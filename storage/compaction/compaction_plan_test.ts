import assert from "node:assert/strict";
import { type CompactionCandidate, mostUrgent, planCompaction } from "./compaction_plan.ts";
import { groupSegments, MAX_GROUP_SEGMENTS } from "./segment_groups.ts";

const NOW = 1_000_000;

/** Five segments of ten offsets and 100 bytes, a second apart, the last one ending at 50 and 10 s ago. */
function candidate(
  changes: Partial<Omit<CompactionCandidate, "config">> & {
    readonly config?: Partial<CompactionCandidate["config"]>;
  } = {},
): CompactionCandidate {
  const segments = Array.from({ length: 5 }, (_, index) => ({
    baseOffset: index * 10,
    endOffset: index * 10 + 10,
    sizeInBytes: 100,
    firstTimestampMs: NOW - 15_000 + index * 1000,
    largestTimestampMs: NOW - 14_000 + index * 1000,
  }));
  return {
    segments,
    firstDirtyOffset: 20,
    logStartOffset: 0,
    endOffset: 60,
    lastStableOffset: 60,
    recoveryPoint: 60,
    earliestDeleteHorizonMs: Infinity,
    ...changes,
    config: {
      compacts: true,
      minCompactionLagMs: 0,
      maxCompactionLagMs: Infinity,
      minCleanableDirtyRatio: 0.5,
      ...changes.config,
    },
  };
}

Deno.test("planCompaction waits until more than min.cleanable.dirty.ratio of the log is dirty", () => {
  const plan = planCompaction(candidate(), NOW);
  assert.equal(plan?.reason, "dirty ratio");
  assert.deepEqual([plan.firstDirtyOffset, plan.endOffset, plan.segments.length], [20, 50, 5]);
  assert.deepEqual([plan.cleanBytes, plan.dirtyBytes, plan.dirtyRatio], [200, 300, 0.6]);
  assert.equal(planCompaction(candidate({ config: { minCleanableDirtyRatio: 0.6 } }), NOW), undefined);
  assert.equal(planCompaction(candidate({ firstDirtyOffset: 30 }), NOW), undefined);
  assert.equal(planCompaction(candidate({ config: { compacts: false } }), NOW), undefined);
  assert.equal(planCompaction(candidate({ segments: [] }), NOW), undefined);
});

Deno.test("planCompaction counts what is dirty of a segment that was compacted in part", () => {
  const plan = planCompaction(candidate({ firstDirtyOffset: 14 }), NOW);
  assert.deepEqual([plan?.cleanBytes, plan?.dirtyBytes], [140, 360]);
});

Deno.test("planCompaction takes a checkpoint that is not within the log for none", () => {
  for (const firstDirtyOffset of [undefined, 5, 61]) {
    const plan = planCompaction(candidate({ firstDirtyOffset, logStartOffset: 10 }), NOW);
    assert.equal(plan?.firstDirtyOffset, 10);
  }
});

Deno.test("planCompaction reaches no further than transactions, the recovery point and min.compaction.lag.ms let it", () => {
  const end = (changes: Parameters<typeof candidate>[0]) =>
    planCompaction(candidate({ firstDirtyOffset: 0, ...changes }), NOW)?.endOffset;
  assert.equal(end({}), 50);
  assert.equal(end({ lastStableOffset: 49 }), 40);
  assert.equal(end({ lastStableOffset: 40 }), 40);
  assert.equal(end({ recoveryPoint: 35 }), 30);
  assert.equal(end({ recoveryPoint: 0 }), undefined);
  assert.equal(end({ config: { minCompactionLagMs: 12_000 } }), 30);
  assert.equal(end({ config: { minCompactionLagMs: 12_001 } }), 20);
  assert.equal(end({ config: { minCompactionLagMs: 60_000 } }), undefined);
});

Deno.test("planCompaction does not wait longer than max.compaction.lag.ms", () => {
  const plan = (maxCompactionLagMs: number) =>
    planCompaction(candidate({ config: { maxCompactionLagMs, minCleanableDirtyRatio: 1 } }), NOW);
  // The first dirty record is 13 s old.
  assert.equal(plan(13_000), undefined);
  assert.deepEqual([plan(12_000)?.reason, plan(12_000)?.overdueMs], ["max lag", 1000]);
});

Deno.test("planCompaction compacts for the sake of tombstones whose time has passed", () => {
  const plan = (earliestDeleteHorizonMs: number, firstDirtyOffset = 50) =>
    planCompaction(candidate({ earliestDeleteHorizonMs, firstDirtyOffset }), NOW);
  assert.equal(plan(NOW + 1), undefined);
  assert.deepEqual([plan(NOW)?.reason, plan(NOW)?.firstDirtyOffset, plan(NOW)?.endOffset], [
    "delete horizon",
    50,
    50,
  ]);
  // What is behind the last sealed segment is not this compaction's.
  assert.equal(plan(NOW, 55)?.firstDirtyOffset, 50);
});

Deno.test("mostUrgent takes what is overdue first, then what is dirtiest, then tombstones", () => {
  const lag = (firstTimestampMs: number) =>
    planCompaction(
      candidate({
        segments: [{
          baseOffset: 20,
          endOffset: 30,
          sizeInBytes: 1,
          firstTimestampMs,
          largestTimestampMs: NOW,
        }],
        config: { maxCompactionLagMs: 1000 },
      }),
      NOW,
    );
  const ratio = (firstDirtyOffset: number) => planCompaction(candidate({ firstDirtyOffset }), NOW);
  const horizon = planCompaction(candidate({ firstDirtyOffset: 50, earliestDeleteHorizonMs: 5 }), NOW);
  assert.equal(mostUrgent([undefined, horizon, ratio(20), ratio(10), lag(900), lag(800)]), 5);
  assert.equal(mostUrgent([undefined, horizon, ratio(20), ratio(10)]), 3);
  assert.equal(mostUrgent([undefined, horizon]), 1);
  assert.equal(mostUrgent([undefined]), -1);
});

Deno.test("groupSegments joins neighbours while they fit a segment, its indexes and int32", () => {
  const of = (sizes: readonly number[], limits = {}, offsetsEach = 10) =>
    groupSegments(
      sizes.map((sizeInBytes, index) => ({
        baseOffset: index * offsetsEach,
        endOffset: (index + 1) * offsetsEach,
        sizeInBytes,
        largestTimestampMs: 0,
      })),
      { segmentBytes: 100, segmentIndexBytes: 1000, indexIntervalBytes: 10, ...limits },
    ).map((group) => group.map(({ sizeInBytes }) => sizeInBytes));
  assert.deepEqual(of([]), []);
  assert.deepEqual(of([40, 60, 1, 0, 200, 0, 99]), [[40, 60], [1, 0], [200], [0, 99]]);
  // Three entries of 12 bytes, one of them kept for the roll: 20 bytes of log.
  assert.deepEqual(of([10, 10, 10], { segmentIndexBytes: 36 }), [[10, 10], [10]]);
  assert.deepEqual(of([1, 1, 1], {}, 2 ** 30), [[1, 1], [1]]);
  // A hundred thousand tiny segments were one group once, whose names did not fit what carries them between threads.
  const tiny = new Array<number>(2 * MAX_GROUP_SEGMENTS + 1).fill(0);
  assert.deepEqual(of(tiny).map(({ length }) => length), [MAX_GROUP_SEGMENTS, MAX_GROUP_SEGMENTS, 1]);
});
