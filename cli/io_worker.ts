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
import type { StartIo } from "./worker_messages.ts";

self.onmessage = ({ data }: MessageEvent<StartIo>) => {
  const disk = openNativeDisk();
  const reactor = Wakeup.fromDescriptor(data.wakeupDescriptor);
  runDiskWorker(new Ring(data.ioRings.jobs), new Ring(data.ioRings.outcomes), {
    syncDescriptor,
    removeFile: (path) => disk.removeFile(path),
    removeDirectory: (path) => disk.removeDirectory(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  }, () => reactor.signal());
  self.close();
};
