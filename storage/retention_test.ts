import assert from "node:assert/strict";
import { findExpired, type SegmentAge } from "./retention.ts";

const NEVER = { deletesOld: true, retentionMs: Infinity, retentionBytes: Infinity };

/** Ten offsets each, of one second, the last one active. */
function segments(sizes: readonly number[]): SegmentAge[] {
  return sizes.map((size, index) => ({
    size,
    endOffset: (index + 1) * 10,
    isActive: index === sizes.length - 1,
    newestMs: (index + 1) * 1000,
  }));
}

function state(list: readonly SegmentAge[], changes = {}) {
  return {
    logStartOffset: 0,
    highWatermark: list.length * 10,
    totalBytes: list.reduce((sum, { size }) => sum + size, 0),
    nowMs: 10_000,
    ...changes,
  };
}

Deno.test("findExpired lets go of segments whose newest record is older than retention.ms, the active one too", () => {
  const list = segments([100, 100, 100]);
  const at = (nowMs: number) => findExpired(list, state(list, { nowMs }), { ...NEVER, retentionMs: 500 });
  assert.deepEqual(at(1500), { count: 0, reason: undefined });
  assert.deepEqual(at(1501), { count: 1, reason: "retention.ms" });
  assert.deepEqual(at(2501), { count: 2, reason: "retention.ms" });
  assert.deepEqual(at(3501), { count: 3, reason: "retention.ms" });
});

Deno.test("findExpired keeps a young segment before old ones, and what lies behind it", () => {
  const list = segments([100, 100, 100]).map((segment, index) =>
    index === 0 ? { ...segment, newestMs: 9999 } : segment
  );
  assert.deepEqual(findExpired(list, state(list), { ...NEVER, retentionMs: 500 }).count, 0);
});

Deno.test("findExpired keeps at least retention.bytes", () => {
  const list = segments([100, 50, 100, 10]);
  const keeping = (retentionBytes: number) =>
    findExpired(list, state(list), { ...NEVER, retentionBytes }).count;
  assert.deepEqual([261, 260, 161, 160, 111, 110, 109, 11, 10, 1, 0].map(keeping), [
    0,
    0,
    0,
    1,
    1,
    2,
    2,
    2,
    3,
    3,
    4,
  ]);
});

Deno.test("findExpired lets go of what lies below the log start offset under any policy, but never the active segment", () => {
  const list = segments([100, 100, 100]);
  const from = (logStartOffset: number) =>
    findExpired(list, state(list, { logStartOffset }), { ...NEVER, deletesOld: false });
  assert.deepEqual(from(9).count, 0);
  assert.deepEqual(from(10), { count: 1, reason: "log start offset" });
  assert.deepEqual(from(30).count, 2);
});

Deno.test("findExpired keeps what is not acknowledged yet", () => {
  const list = segments([100, 100, 100]);
  const config = { ...NEVER, retentionMs: 0, retentionBytes: 0 };
  assert.deepEqual(findExpired(list, state(list, { highWatermark: 19 }), config).count, 1);
});

Deno.test("findExpired does nothing under cleanup.policy=compact, and never takes an empty active segment", () => {
  const list = segments([100, 0]);
  const config = { ...NEVER, retentionMs: 0, retentionBytes: 0 };
  assert.deepEqual(findExpired(list, state(list), { ...config, deletesOld: false }).count, 0);
  assert.deepEqual(findExpired(list, state(list), config).count, 1);
});
