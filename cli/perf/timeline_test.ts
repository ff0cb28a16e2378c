import { deepEqual, equal, ok } from "node:assert/strict";
import { Timeline } from "./timeline.ts";

Deno.test("Timeline gives the rate of each span", () => {
  const timeline = new Timeline(1000);
  timeline.add(1000, 10, 1000);
  timeline.add(1049, 10, 1000);
  timeline.add(1050, 5, 500);
  deepEqual(timeline.points(1100), [
    { seconds: 0.025, recordsPerSecond: 400, bytesPerSecond: 40_000 },
    { seconds: 0.075, recordsPerSecond: 100, bytesPerSecond: 10_000 },
  ]);
});

Deno.test("Timeline takes a span that is not over for as long as it is", () => {
  const timeline = new Timeline(0);
  timeline.add(60, 10, 0);
  deepEqual(timeline.points(75).at(-1), { seconds: 0.0625, recordsPerSecond: 400, bytesPerSecond: 0 });
  // What came in the last 3 ms of a span of 50 says nothing of its rate.
  equal(timeline.points(103).length, 2);
});

Deno.test("Timeline of a long time has as few points as that of a short one, and has lost nothing", () => {
  const timeline = new Timeline(0);
  for (let second = 0; second < 3600; second++) timeline.add(second * 1000 + 500, 100, 10_000);
  const points = timeline.points(3_600_000);
  ok(points.length > 100 && points.length <= 240, `${points.length} points`);
  const seconds = 2 * points[0]!.seconds;
  const sum = points.reduce((sum, { recordsPerSecond }) => sum + recordsPerSecond * seconds, 0);
  ok(Math.abs(sum - 360_000) < 360_000 * 0.01, `${sum} records in all points`);
  equal(timeline.records, 360_000);
  equal(timeline.bytes, 36_000_000);
});

Deno.test("Timeline of nothing has no points before any time has gone by", () => {
  deepEqual(new Timeline(5).points(5), []);
});
