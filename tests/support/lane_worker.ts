/// <reference lib="deno.worker" />
/**
 * An I/O Worker whose jobs only say that they were done: on the read lane not before `gate` is opened. A removal tells of
 * each file first, as a job with several outcomes does.
 */
import { runDiskWorker } from "../../broker/io/disk_worker.ts";
import type { LaneName, LaneRings } from "../../broker/io/lanes.ts";

export interface StartLane {
  readonly lane: LaneName;
  readonly rings: LaneRings;
  readonly gate: SharedArrayBuffer;
}

self.onmessage = ({ data: { lane, rings, gate } }: MessageEvent<StartLane>) => {
  runDiskWorker(rings, ({ kind, job }, report) => {
    if (lane === "clean") Atomics.wait(new Int32Array(gate), 0, 0);
    if (kind === "syncDirectory" && job.path === "/broken") {
      throw Object.assign(new Error("the directory is broken"), { code: "EIO" });
    }
    if (kind === "remove") { for (const path of job.files) report({ removed: path }); }
    return { lane };
  }, () => {});
  self.postMessage("ended");
  self.close();
};
