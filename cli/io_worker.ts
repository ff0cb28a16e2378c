/// <reference lib="deno.worker" />
/**
 * An I/O Worker: a thread that may wait for the disk, for the jobs of one lane. Wires system calls to the loop in broker/io.
 * @module
 */
import { runJob } from "../broker/io/disk_jobs.ts";
import { runDiskWorker } from "../broker/io/disk_worker.ts";
import { openNativeDisk } from "../ffi/native_disk.ts";
import { bringIntoCache } from "../ffi/page_cache.ts";
import { syncDescriptor } from "../ffi/sync_descriptor.ts";
import { populateMemory } from "../ffi/writable_mapping.ts";
import { Wakeup } from "../ffi/wakeup.ts";
import type { LogLevel } from "../storage/environment.ts";
import type { FromIo, StartIo } from "./worker_messages.ts";

function tell(message: FromIo): void {
  self.postMessage(message);
}

self.onmessage = ({ data }: MessageEvent<StartIo>) => {
  try {
    run(data);
  } catch (error) {
    const { message, stack } = error as Error;
    // Uncaught, it would show its stack before anybody could prevent it.
    tell({
      type: "failed",
      message: `the I/O Worker for ${data.lane} jobs broke down: ${message}`,
      stack: stack ?? "",
    });
  }
  self.close();
};

function run({ lane, rings, wakeupDescriptor }: StartIo): void {
  nameThread(`io-${lane}`);
  using reactor = Wakeup.fromDescriptor(wakeupDescriptor);
  const calls = {
    disk: openNativeDisk(),
    syncDescriptor,
    bringIntoCache,
    populateMemory,
    log: (level: LogLevel, message: string) => tell({ type: "log", level, message }),
  };
  runDiskWorker(rings, (job, report) => runJob(job, calls, report), () => reactor.signal());
}

/** So that `top -H` and a debugger show which thread it is that waits. */
function nameThread(name: string): void {
  try {
    Deno.writeTextFileSync("/proc/thread-self/comm", name);
  } catch {
    // Without a /proc it stays a "worker".
  }
}
