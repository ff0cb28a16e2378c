import { deepEqual, equal, throws } from "node:assert/strict";
import { CommandFailure } from "../command.ts";
import type { Bound } from "../bound.ts";
import { parseOffsetRange } from "./offset_range.ts";

const NOW_MS = Date.parse("2026-11-25T12:00:00Z");

function words(bound: Bound | undefined): string {
  if (bound === undefined) return "-";
  if (bound.kind === "time") return new Date(bound.timestampMs).toISOString().slice(0, 16);
  return "count" in bound ? `${bound.kind} ${bound.count}` : bound.kind;
}

function range(text: string): string {
  const { from, to } = parseOffsetRange(text, NOW_MS);
  return `${words(from)} → ${words(to)}`;
}

Deno.test("parseOffsetRange takes one bound as where to begin", () => {
  equal(range("start"), "start → -");
  equal(range("end"), "end → -");
  equal(range("47"), "offset 47 → -");
  equal(range("+2"), "afterStart 2 → -");
  equal(range("-3"), "beforeEnd 3 → -");
  equal(range("@1700000000000"), "2023-11-14T22:13 → -");
  equal(range("@-1h"), "2026-11-25T11:00 → -");
  equal(range("@2026-11-25T10:30"), "2026-11-25T10:30 → -");
});

Deno.test("parseOffsetRange takes two bounds, or either of them", () => {
  equal(range("100:200"), "offset 100 → offset 200");
  equal(range("100:"), "offset 100 → -");
  equal(range(":200"), "start → offset 200");
  equal(range(":end"), "start → end");
  equal(range("-10:end"), "beforeEnd 10 → end");
  equal(range("+5:-5"), "afterStart 5 → beforeEnd 5");
});

Deno.test("parseOffsetRange finds the colon between two times, whatever colons they have", () => {
  equal(range("@-2h:-1h"), "2026-11-25T10:00 → 2026-11-25T11:00");
  equal(range("@-1h:end"), "2026-11-25T11:00 → end");
  equal(range("@:-1h"), "start → 2026-11-25T11:00");
  equal(range("@2026-11-25:2026-11-26"), "2026-11-25T00:00 → 2026-11-26T00:00");
  equal(range("@2026-11-25T10:30:2026-11-25T11:30"), "2026-11-25T10:30 → 2026-11-25T11:30");
  equal(range("@2026-11-25T10:30:00+01:00:2026-11-25T11:30:00Z"), "2026-11-25T09:30 → 2026-11-25T11:30");
  equal(range("@2026-11-25T10:30:"), "2026-11-25T10:30 → -");
});

Deno.test("parseOffsetRange refuses what is none", () => {
  for (
    const text of [
      "",
      ":",
      "@",
      "@:",
      "x",
      "1:x",
      "x:1",
      "--1",
      "1.5",
      "@x",
      "@-1h:x",
      "9".repeat(16),
      "toString",
    ]
  ) {
    throws(() => range(text), CommandFailure, text);
  }
  deepEqual(parseOffsetRange("0", NOW_MS), { from: { kind: "offset", count: 0 }, to: undefined });
});
