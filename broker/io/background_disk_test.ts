import assert from "node:assert/strict";
import { MemoryDisk } from "../../tests/support/memory_disk.ts";
import type { StartLane } from "../../tests/support/lane_worker.ts";
import { type JobOutcome, RingBackgroundDisk } from "./background_disk.ts";
import { decodeJob, runJob } from "./disk_jobs.ts";
import { runDiskWorker, type RunJob } from "./disk_worker.ts";
import { allocateRings, type LaneName, type LaneRings } from "./lanes.ts";
import { Ring } from "./ring.ts";

const GATE_BYTES = 4;
const noCalls = {
  disk: new MemoryDisk(),
  syncDescriptor: () => {},
  bringIntoCache: () => {},
  log: () => {},
  populateMemory: () => {},
};

/** Lets a lane's loop do on this thread all that was asked so far. */
function work(rings: LaneRings, run: RunJob): void {
  assert.ok(new Ring(rings.jobs).tryPush(new TextEncoder().encode('{"kind":"stop"}')));
  runDiskWorker(rings, run, () => {});
}

/** The same for the first job only. */
function workOnce(rings: LaneRings, run: RunJob): void {
  const first = new Ring(rings.jobs).tryPop();
  assert.ok(first);
  const alone = { jobs: Ring.allocate(1 << 18), outcomes: rings.outcomes };
  new Ring(alone.jobs).tryPush(first);
  work(alone, run);
}

/** The jobs that wait in a lane's ring. */
function jobsIn({ jobs }: LaneRings) {
  const ring = new Ring(jobs);
  const found = [];
  for (let bytes = ring.tryPop(); bytes !== undefined; bytes = ring.tryPop()) found.push(decodeJob(bytes));
  return found;
}

/** A disk with `count` open files. */
function openFiles(count: number) {
  const disk = new MemoryDisk();
  const files = Array.from({ length: count }, (_, index) => disk.open(`/file-${index}`, { create: true }));
  return { disk, files };
}

Deno.test("RingBackgroundDisk sends each kind of job to its lane, and starts a lane with its first job", () => {
  const rings = allocateRings();
  const started: LaneName[] = [];
  const background = new RingBackgroundDisk(rings, { startLane: (lane) => started.push(lane) });
  const { files } = openFiles(1);
  assert.deepEqual(started, []);
  background.sync(files, () => {});
  background.syncDirectory("/data", () => {});
  assert.deepEqual(started, ["sync"]);
  background.remove({ files: ["/a"], directories: ["/d"], parent: "/" }, () => {});
  assert.deepEqual(started, ["sync", "clean"]);
  assert.deepEqual(jobsIn(rings.sync), [
    { kind: "sync", token: 1, job: { descriptors: [-1], paths: ["/file-0"] } },
    { kind: "syncDirectory", token: 2, job: { path: "/data" } },
  ]);
  assert.deepEqual(jobsIn(rings.clean), [
    { kind: "remove", token: 3, job: { files: ["/a"], directories: [] } },
    { kind: "remove", token: 4, job: { files: [], directories: ["/d"], parent: "/" } },
  ]);
  assert.deepEqual(jobsIn(rings.read), []);
  background.warm({ file: files[0]!, position: 5, length: 10 }, () => {});
  assert.deepEqual(started, ["sync", "clean", "read"]);
  assert.deepEqual(jobsIn(rings.read), [
    { kind: "warm", token: 5, job: { descriptor: -1, path: "/file-0", position: 5, length: 10 } },
  ]);
  background.stop();
  assert.deepEqual(jobsIn(rings.sync), [{ kind: "stop" }]);
  assert.deepEqual(jobsIn(rings.clean), [{ kind: "stop" }]);
  const idleRings = allocateRings();
  const idle = new RingBackgroundDisk(idleRings);
  idle.syncDirectory("/data", () => {});
  idle.stop();
  assert.deepEqual(jobsIn(idleRings.read), [], "nobody listens there");
});

Deno.test("RingBackgroundDisk keeps a file open while it is brought into the page cache, and reads ahead of that", () => {
  const rings = allocateRings();
  const background = new RingBackgroundDisk(rings);
  const { disk, files: [file] } = openFiles(1);
  const outcomes: (string | undefined)[] = [];
  background.warm({ file: file!, position: 7, length: 100 }, (error) => outcomes.push(error?.message));
  file!.close();
  assert.deepEqual(disk.openPaths, ["/file-0"]);
  const read: unknown[] = [];
  const calls = { ...noCalls, bringIntoCache: (...range: unknown[]) => void read.push(range) };
  work(rings.read, (job, report) => runJob(job, calls, report));
  background.deliver();
  assert.deepEqual(outcomes, [undefined]);
  assert.deepEqual(read, [[{ descriptor: -1, path: "/file-0", position: 7, length: 100 }, 400]]);
  assert.deepEqual(disk.openPaths, []);
});

Deno.test("RingBackgroundDisk gives a job several outcomes in their order, with what they carry, until the last", () => {
  const rings = allocateRings();
  const background = new RingBackgroundDisk(rings);
  const outcomes: JobOutcome[] = [];
  const others: JobOutcome[] = [];
  background.submit("remove", { files: [], directories: [] }, (outcome) => outcomes.push(outcome));
  background.submit("remove", { files: [], directories: [] }, (outcome) => others.push(outcome));
  work(rings.clean, ({ token }, report) => {
    if (token === 2) throw Object.assign(new Error("no such thing"), { code: "ENOENT" });
    report({ group: [0, 99], name: "ä" });
    report(null);
    return { groups: 2 };
  });
  assert.equal(background.pendingCount, 2);
  background.deliver();
  assert.equal(background.pendingCount, 0);
  assert.deepEqual(outcomes, [
    { isLast: false, result: { group: [0, 99], name: "ä" }, error: undefined },
    { isLast: false, result: null, error: undefined },
    { isLast: true, result: { groups: 2 }, error: undefined },
  ]);
  assert.deepEqual(others.map(({ isLast, error }) => [isLast, error?.message, error?.code]), [
    [true, "no such thing", "ENOENT"],
  ]);
});

Deno.test("RingBackgroundDisk syncs more files than one job names, keeps them open meanwhile, and stops at a failure", () => {
  const rings = allocateRings();
  const background = new RingBackgroundDisk(rings);
  const { disk, files } = openFiles(120);
  const outcomes: (string | undefined)[] = [];
  background.sync(files, (error) => outcomes.push(error?.message));
  for (const file of files) file.close();
  assert.equal(disk.openPaths.length, 120);
  const synced: string[] = [];
  const calls = { ...noCalls, syncDescriptor: (_: number, path: string) => void synced.push(path) };
  for (let round = 0; round < 3; round++) {
    assert.deepEqual(outcomes, []);
    work(rings.sync, (job, report) => runJob(job, calls, report));
    background.deliver();
  }
  assert.deepEqual(outcomes.splice(0), [undefined]);
  assert.deepEqual(synced, files.map(({ path }) => path));
  assert.deepEqual(disk.openPaths, []);

  const again = openFiles(120);
  synced.length = 0;
  background.sync(again.files, (error) => outcomes.push(error?.message));
  work(rings.sync, (job, report) =>
    runJob(job, {
      ...calls,
      syncDescriptor: (_, path) => {
        if (path === "/file-3") throw new Error("no more");
        synced.push(path);
      },
    }, report));
  background.deliver();
  assert.deepEqual(outcomes, ["no more"]);
  assert.deepEqual(synced, ["/file-0", "/file-1", "/file-2"], "what comes after a failure is not tried");
  assert.equal(background.pendingCount, 0);
});

Deno.test("RingBackgroundDisk removes a directory of any size, and tells the first failure at the end", () => {
  const rings = allocateRings();
  const background = new RingBackgroundDisk(rings);
  const disk = new MemoryDisk();
  disk.makeDirectory("/d");
  const files = Array.from({ length: 20_000 }, (_, index) => `/d/${"long-name-".repeat(20)}${index}`);
  for (const path of files) if (!path.endsWith("7")) disk.open(path, { create: true }).close();
  const outcomes: (string | undefined)[] = [];
  background.remove({ files, directories: ["/d"], parent: "/" }, (error) => outcomes.push(error?.message));
  const calls = { ...noCalls, disk };
  for (let round = 0; outcomes.length === 0; round++) {
    assert.ok(round < 100_000);
    workOnce(rings.clean, (job, report) => runJob(job, calls, report));
    background.deliver();
  }
  assert.deepEqual(outcomes, [`removeFile ${files[7]}: ENOENT`]);
  assert.ok(!disk.exists("/d"));
});

Deno.test("a lane that is held up holds up no other, and each ends when it is told to", async () => {
  const rings = allocateRings();
  const gate = new SharedArrayBuffer(GATE_BYTES);
  const workers: Worker[] = [];
  const ends: Promise<unknown>[] = [];
  const background = new RingBackgroundDisk(rings, {
    startLane: (lane) => {
      const worker = new Worker(new URL("../../tests/support/lane_worker.ts", import.meta.url), {
        type: "module",
      });
      workers.push(worker);
      ends.push(new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data)));
      const start: StartLane = { lane, rings: rings[lane], gate };
      worker.postMessage(start);
    },
  });
  const lines: string[] = [];
  try {
    background.remove(
      { files: ["/a"], directories: [], parent: "/" },
      (error) => lines.push(`removed ${error?.message}`),
    );
    const failed = Promise.withResolvers<void>();
    for (let i = 0; i < 1000; i++) {
      background.syncDirectory("/data", (error) => lines.push(`${error?.message}`));
    }
    background.syncDirectory("/broken", (error) => {
      lines.push(`${error?.name}: ${error?.message}`);
      failed.resolve();
    });
    await deliverUntil(background, failed.promise);
    assert.deepEqual(new Set(lines), new Set(["undefined", "BackgroundDiskError: the directory is broken"]));
    assert.equal(lines.length, 1001);
    assert.equal(background.pendingCount, 2, "the removal still waits");

    new Int32Array(gate)[0] = 1;
    Atomics.notify(new Int32Array(gate), 0);
    background.stop();
    assert.deepEqual(await Promise.all(ends), ["ended", "ended"]);
    background.deliver();
    assert.equal(lines.at(-1), "removed undefined", "what was asked before the end is done");
    assert.equal(background.pendingCount, 0);
  } finally {
    for (const worker of workers) worker.terminate();
  }
});

/** As the reactor does in each turn, until `end` has come. */
async function deliverUntil(background: RingBackgroundDisk, end: Promise<void>): Promise<void> {
  let isOver = false;
  void end.then(() => isOver = true);
  while (!isOver) {
    background.deliver();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

Deno.test("RingBackgroundDisk.populate keeps the memory mapped until the outcome is back, and tells nobody of a failure", () => {
  const rings = allocateRings();
  const started: LaneName[] = [];
  const background = new RingBackgroundDisk(rings, { startLane: (lane) => started.push(lane) });
  const disk = new MemoryDisk();
  using file = disk.open("/log", { create: true });
  const populated: unknown[] = [];
  for (const fails of [false, true]) {
    const region = file.mapForWriting(0, 100);
    background.populate(region);
    region.close();
    assert.equal(disk.mappedBytes, 100);
    work(rings.prepare, (job, report) =>
      runJob(job, {
        ...noCalls,
        populateMemory: (memory) => {
          populated.push(memory);
          if (fails) throw new Error("nothing is mapped there");
        },
      }, report));
    background.deliver();
    assert.equal(disk.mappedBytes, 0);
    assert.equal(background.pendingCount, 0);
    assert.deepEqual(populated.splice(0), [region.memory]);
  }
  assert.deepEqual(started, ["prepare"]);
});
