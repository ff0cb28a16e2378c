import { equal, ok } from "node:assert/strict";
import { newOffset, type Target, targetOf } from "./offset_reset.ts";

const position = { start: 10, end: 20, committed: 15, atTimestamp: 12 };

Deno.test("targetOf() is the one that is given, and none of two or of none", () => {
  equal(JSON.stringify(targetOf({ shift: -1, validate_only: true })), '{"shift":-1}');
  equal(JSON.stringify(targetOf({ offset: 0 })), '{"offset":0}');
  equal(targetOf({}), undefined);
  equal(targetOf({ to: "latest", offset: 1 }), undefined);
});

Deno.test("newOffset() goes where it is told", () => {
  const cases: [Target, number][] = [
    [{ to: "earliest" }, 10],
    [{ to: "latest" }, 20],
    [{ timestamp: 1 }, 12],
    [{ offset: 13 }, 13],
    [{ shift: -2 }, 13],
    [{ shift: 3 }, 18],
  ];
  for (const [target, expected] of cases) {
    equal(newOffset(target, position), expected, JSON.stringify(target));
  }
});

Deno.test("newOffset() stays within the partition", () => {
  equal(newOffset({ offset: 3 }, position), 10);
  equal(newOffset({ offset: 2 ** 53 - 1 }, position), 20);
  equal(newOffset({ shift: -Number.MAX_SAFE_INTEGER }, position), 10);
  equal(newOffset({ shift: Number.MAX_SAFE_INTEGER }, position), 20);
  // All records are older: what comes next.
  equal(newOffset({ timestamp: 9 }, { ...position, atTimestamp: -1 }), 20);
  // What was committed has been deleted, or the topic made anew.
  equal(newOffset({ shift: 1 }, { ...position, committed: 2 }), 10);
  ok(newOffset({ shift: 1 }, { ...position, committed: undefined }) === 11);
});
