/// <reference lib="deno.worker" />
/**
 * The I/O Worker: the thread that may wait for the disk. Wires system calls to the loop in broker/io.
 * @module
 */
import { runDiskWorker } from "../broker/io/disk_worker.ts";
import { Ring } from "../broker/io/ring.ts";
import { openNativeDisk } from "../ffi/native_disk.ts";
import { syncDescriptor } from "../ffi/sync_descriptor.ts";
import { Wakeup } from "../ffi/wakeup.ts";
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
    tell({ type: "failed", message: `the I/O Worker broke down: ${message}`, stack: stack ?? "" });
  }
  self.close();
};

function run({ ioRings, wakeupDescriptor }: StartIo): void {
  const disk = openNativeDisk();
  using reactor = Wakeup.fromDescriptor(wakeupDescriptor);
  runDiskWorker(new Ring(ioRings.jobs), new Ring(ioRings.outcomes), {
    syncDescriptor,
    removeFile: (path) => disk.removeFile(path),
    removeDirectory: (path) => disk.removeDirectory(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  }, () => reactor.signal());
}
