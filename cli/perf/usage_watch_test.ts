import { deepEqual, equal, rejects } from "node:assert/strict";
import type { UsageSource } from "./usage_source.ts";
import { samplesOf, UsageWatch } from "./usage_watch.ts";

function counting(): UsageSource & { count: number; fails: boolean } {
  return {
    name: "a source",
    count: 0,
    fails: false,
    read() {
      if (this.fails) return Promise.reject(new Error("gone"));
      this.count++;
      return Promise.resolve({ cpuSeconds: 10 + this.count, residentBytes: 1000 * this.count });
    },
  };
}

Deno.test("UsageWatch gives what was used between its start and its end", async () => {
  const watch = await UsageWatch.start(counting());
  const usage = await watch!.stop(performance.now(), 500_000);
  equal(usage.cpuSeconds, 1);
  equal(usage.cpuSecondsPerMillionRecords, 2);
  equal(usage.maxResidentBytes, 2000);
  equal(usage.source, "a source");
});

Deno.test("UsageWatch keeps what it has when the source stops answering", async () => {
  const source = counting();
  const watch = await UsageWatch.start(source);
  source.fails = true;
  equal((await watch!.stop(0, 1)).cpuSeconds, 0);
  equal(watch!.failure, "gone");
});

Deno.test("UsageWatch does not start with a source that can't be read", async () => {
  const source = counting();
  source.fails = true;
  await rejects(UsageWatch.start(source), /gone/);
  equal(await UsageWatch.start(undefined), undefined);
});

Deno.test("samplesOf gives processors in use, and passes over times that are too short to tell", () => {
  const readings = [
    { atMs: 1000, cpuSeconds: 5, residentBytes: 1 },
    { atMs: 1500, cpuSeconds: 5.25, residentBytes: 2 },
    { atMs: 1510, cpuSeconds: 5.26, residentBytes: 3 },
    { atMs: 2500, cpuSeconds: 6.75, residentBytes: 4 },
  ];
  deepEqual(samplesOf(readings, 1000), [
    { seconds: 0.25, processors: 0.5, residentBytes: 2 },
    { seconds: 1, processors: 1.5, residentBytes: 4 },
  ]);
});
