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
import type { IoWorkerStart } from "./worker_messages.ts";

self.onmessage = ({ data }: MessageEvent<IoWorkerStart>) => {
  const disk = openNativeDisk();
  const reactor = Wakeup.fromDescriptor(data.wakeupDescriptor);
  runDiskWorker(new Ring(data.jobs), new Ring(data.outcomes), {
    syncDescriptor,
    removeFile: (path) => disk.removeFile(path),
    removeDirectory: (path) => disk.removeDirectory(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  }, () => reactor.signal());
  self.close();
};
