/// <reference lib="deno.worker" />
/**
 * The reactor's thread: plugs Linux into a {@link Server} and runs it until it is asked to stop.
 * @module
 */
import { RingBackgroundDisk } from "../broker/io/background_disk.ts";
import { Metrics } from "../broker/metrics/metrics.ts";
import { Server } from "../broker/server.ts";
import { connectUnix } from "../ffi/connect_unix.ts";
import { raiseFileLimit } from "../ffi/file_limit.ts";
import { openNativeDisk } from "../ffi/native_disk.ts";
import { listenTcp, listenUnix } from "../ffi/native_listener.ts";
import { createPoller } from "../ffi/poller.ts";
import { SystemError } from "../ffi/system_error.ts";
import { Wakeup } from "../ffi/wakeup.ts";
import { loadNativeCrc32c } from "../protocol/crc32c.ts";
import { DataDirectoryError } from "../storage/log_error.ts";
import type { StoreConfig } from "../storage/store_config.ts";
import { Control, type FromReactor, type StartReactor } from "./worker_messages.ts";

/** Which the logs leave to I/O Workers: one that can't be started for want of them takes the whole process with it. */
const SPARE_DESCRIPTORS = 64;
const DESCRIPTORS_FOR_OTHERS = 8192;

function tell(message: FromReactor): void {
  self.postMessage(message);
}

// The listener must be there before the module awaits anything: messages are dispatched meanwhile, and one that nobody
// hears is gone. So the add-on is loaded in here, not above.
self.onmessage = async ({ data }: MessageEvent<StartReactor>) => {
  tell({ type: "starting" });
  try {
    await loadNativeCrc32c();
    run(data);
    tell({ type: "stopped" });
  } catch (error) {
    tell({ type: "failed", message: sentence(error), ...stackOf(error) });
  }
  self.close();
};

function run(
  { config, gatewayPath, relayPath, control, wakeupDescriptor, ioRings, metrics: memory, logLevel }:
    StartReactor,
): void {
  const startedMs = performance.now();
  const metrics = new Metrics(memory);
  const words = new Int32Array(control);
  let recoveredBytes = 0;
  const background = new RingBackgroundDisk(ioRings, {
    startLane: (lane) => tell({ type: "diskWork", lane }),
    onSynced: ({ ms, isFailed }) => {
      for (const one of ms) metrics.observe("fdatasync", one / 1000);
      if (isFailed) metrics.add("failedSyncs", 1);
    },
  });
  using wakeup = Wakeup.fromDescriptor(wakeupDescriptor);
  using poller = createPoller(wakeup);
  const listeners = config.listeners.map((address) => listenTcp({ ...address, ...config.socketBuffers }));
  try {
    const server = new Server({ ...config, store: withinFileLimit(config.store) }, listeners, {
      disk: openNativeDisk(raiseFileLimit() - SPARE_DESCRIPTORS),
      background,
      poller,
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
      log: (level, message) => tell({ type: "log", level, message }),
      logLevel,
      metrics,
      onMetricRows: (changes) => tell({ type: "metricRows", changes }),
      heapBytes: () => Deno.memoryUsage().heapUsed,
      connectHttp: relayPath === undefined ? undefined : () => connectUnix(relayPath),
      shouldStop: () => Atomics.load(words, Control.STOP) !== 0,
      onRecoveryProgress: (doneBytes, totalBytes) => {
        recoveredBytes = doneBytes;
        tell({ type: "progress", doneBytes, totalBytes });
      },
    });
    server.listen(listenUnix(gatewayPath, { replace: true }));
    tell({
      type: "ready",
      listeners: listeners.map(({ local }) => local),
      clusterId: server.broker.clusterId,
      nodeId: config.nodeId,
      recoveredBytes,
      startMs: performance.now() - startedMs,
    });
    server.run();
  } finally {
    for (const listener of listeners) listener.close();
    background.stop();
  }
}

/**
 * A segment in use has one file open; one that is finished and not flushed yet, up to four. What segments leave is for these
 * and for connections.
 */
function withinFileLimit(store: StoreConfig): StoreConfig {
  const limit = raiseFileLimit();
  const most = Math.max(Math.floor(limit / 4), limit - DESCRIPTORS_FOR_OTHERS);
  return { ...store, maxOpenSegments: Math.min(store.maxOpenSegments, most) };
}

/** What a user is told: what failed on the machine in its own words, and our mistakes with where to look. */
function sentence(error: unknown): string {
  if (error instanceof SystemError && error.code === "EADDRINUSE") {
    return `${error.path} is in use by another process: choose another port with --listen, or 0 for any free one`;
  }
  const isExpected = error instanceof SystemError || error instanceof DataDirectoryError;
  const { message } = error as Error;
  return isExpected
    ? message
    : `a defect in Milena, please report it (MILENA_DEBUG=1 tells where it is): ${message}`;
}

function stackOf(error: unknown): { stack?: string } {
  return error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
}
