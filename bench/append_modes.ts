/**
 * `log.write.mode` compared: what an append costs the reactor's thread, and the process, by size of batch.
 *
 *     deno run -A bench/append_modes.ts [MiB per run, default 64] [rounds, default 6]
 *
 * Both modes run through the whole log engine, with an I/O Worker that prepares windows as in the broker. Beside them stands what
 * the machine can do at best: a loop of `pwrite`, the same into blocks set aside, and a copy into a mapping whose pages are
 * resident. Ways take turns, there and back (A B C, C B A, …), each on a new file that is removed after; the first
 * round is not counted. Wall time is the writing thread's; CPU is the whole process's, system calls of the kernel's own threads
 * not among it.
 * @module
 */
import process from "node:process";
import { RingBackgroundDisk } from "../broker/io/background_disk.ts";
import { allocateRings } from "../broker/io/lanes.ts";
import { workerModules } from "../cli/broker_threads.ts";
import type { StartIo } from "../cli/worker_messages.ts";
import { openNativeDisk } from "../ffi/native_disk.ts";
import type { NativeFile } from "../ffi/native_file.ts";
import { Wakeup } from "../ffi/wakeup.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { encodeBatch } from "../protocol/records.ts";
import { defaultLogConfig } from "../storage/log_config.ts";
import { defaultStoreConfig, type WriteMode } from "../storage/store_config.ts";
import { TopicStore } from "../storage/topic_store.ts";

const MEBIBYTE = 1024 * 1024;
const BATCH_BYTES = [1024, 4096, 16_384, 65_536, 262_144, MEBIBYTE];

/** Appends `totalBytes` in batches like `batch`; returns the milliseconds that took the writing thread. */
type Way = (batch: RecordBatch, totalBytes: number) => number;

const ways: Readonly<Record<string, Way>> = {
  "bare pwrite": (batch, totalBytes) =>
    bare(batch, totalBytes, (file) => (at) => file.writeAt(batch.bytes, at)),
  "bare pwrite, allocated": (batch, totalBytes) =>
    bare(batch, totalBytes, (file) => {
      file.allocate(0, totalBytes);
      return (at) => file.writeAt(batch.bytes, at);
    }),
  "bare copy, resident": (batch, totalBytes) =>
    bare(batch, totalBytes, (file) => {
      const region = file.mapForWriting(0, totalBytes);
      region.populate(0, totalBytes);
      return (at) => region.write(batch.bytes, at);
    }),
  "engine, pwrite": (batch, totalBytes) => engine("pwrite", batch, totalBytes),
  "engine, mmap": (batch, totalBytes) => engine("mmap", batch, totalBytes),
};

function batchOf(batchBytes: number): RecordBatch {
  const overhead =
    encodeBatch([{ key: null, value: new Uint8Array(batchBytes), headers: [], timestamp: 1 }]).length -
    batchBytes;
  const value = Uint8Array.from({ length: batchBytes - overhead }, (_, index) => index * 31);
  return new RecordBatch(encodeBatch([{ key: null, value, headers: [], timestamp: 1 }]));
}

function bare(
  batch: RecordBatch,
  totalBytes: number,
  open: (file: NativeFile) => (at: number) => void,
): number {
  const directory = Deno.makeTempDirSync({ prefix: "milena-bench-" });
  try {
    using file = openNativeDisk().open(`${directory}/log`, { create: true });
    const write = open(file);
    const startMs = performance.now();
    for (let at = 0; at + batch.bytes.length <= totalBytes; at += batch.bytes.length) write(at);
    return performance.now() - startMs;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

const rings = allocateRings();
using wakeup = Wakeup.create();
const background = new RingBackgroundDisk(rings, {
  startLane: (lane) => {
    const start: StartIo = { type: "start", lane, rings: rings[lane], wakeupDescriptor: wakeup.descriptor };
    new Worker(workerModules.io, { type: "module" }).postMessage(start);
  },
});

function engine(writeMode: WriteMode, batch: RecordBatch, totalBytes: number): number {
  const directory = Deno.makeTempDirSync({ prefix: "milena-bench-" });
  const store = TopicStore.open({
    directory,
    background,
    disk: openNativeDisk(),
    clock: { now: () => 0, monotonic: () => 0 },
    random: { bytes: (length) => new Uint8Array(length).fill(7) },
    log: (_, message) => console.error(message),
    nodeId: 0,
    clusterId: undefined,
    config: { ...defaultStoreConfig, writeMode },
    parseLogConfig: () => ({ ...defaultLogConfig, maxMessageBytes: 2 * MEBIBYTE }),
    onReadableChange: () => {},
  });
  try {
    const log = store.createTopic("bench", 1, new Map()).partitions[0]!;
    const startMs = performance.now();
    for (let at = 0; at + batch.bytes.length <= totalBytes; at += batch.bytes.length) {
      log.append(batch);
      background.deliver();
    }
    return performance.now() - startMs;
  } finally {
    store[Symbol.dispose]();
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Lets the I/O Workers be heard of, and messages come. */
async function settle(): Promise<void> {
  do {
    await new Promise((resolve) => setTimeout(resolve, 20));
    background.deliver();
  } while (background.pendingCount > 0);
}

class Runs {
  readonly microsPerBatch: number[] = [];
  userMs = 0;
  systemMs = 0;

  add(micros: number, cpu: { readonly user: number; readonly system: number }): void {
    this.microsPerBatch.push(micros);
    this.userMs += cpu.user / 1000;
    this.systemMs += cpu.system / 1000;
  }
}

async function compare(batchBytes: number, totalBytes: number, rounds: number): Promise<Map<string, Runs>> {
  const batch = batchOf(batchBytes);
  const results = new Map(Object.keys(ways).map((name) => [name, new Runs()]));
  for (let round = 0; round <= rounds; round++) {
    const order = Object.entries(ways);
    for (const [name, way] of round % 2 === 0 ? order : order.reverse()) {
      const before = process.cpuUsage();
      const milliseconds = way(batch, totalBytes);
      await settle();
      const cpu = process.cpuUsage(before);
      if (round > 0) {
        results.get(name)!.add(milliseconds * 1000 / Math.floor(totalBytes / batch.bytes.length), cpu);
      }
    }
  }
  return results;
}

if (import.meta.main) {
  const totalBytes = Number(Deno.args[0] ?? 64) * MEBIBYTE;
  const rounds = Number(Deno.args[1] ?? 6);
  // The I/O Worker's thread is there before anything is measured.
  engine("mmap", batchOf(MEBIBYTE), 16 * MEBIBYTE);
  await settle();
  console.log("| batch KiB | way | µs/batch, each run | best GB/s | user ms/run | system ms/run |");
  console.log("| --- | --- | --- | --- | --- | --- |");
  for (const batchBytes of BATCH_BYTES) {
    for (
      const [name, { microsPerBatch, userMs, systemMs }] of await compare(batchBytes, totalBytes, rounds)
    ) {
      const best = (batchBytes / Math.min(...microsPerBatch) / 1000).toFixed(2);
      const all = microsPerBatch.map((micros) => micros.toPrecision(3)).join(" ");
      const cpu = [userMs, systemMs].map((ms) => (ms / rounds).toFixed(1)).join(" | ");
      console.log(`| ${batchBytes / 1024} | ${name} | ${all} | ${best} | ${cpu} |`);
    }
  }
  background.stop();
  Deno.exit(0);
}
