/**
 * The I/O Worker's loop: takes one job after the other and may wait for the disk as long as that takes.
 * @module
 */
import { decodeJob, type DiskJob, type DiskOutcome, encodeMessage } from "./disk_jobs.ts";
import type { Ring } from "./ring.ts";

/** The system calls that the loop needs; each throws an Error with a `code` when it fails. */
export interface DiskCalls {
  syncDescriptor(descriptor: number, path: string): void;
  removeFile(path: string): void;
  removeDirectory(path: string): void;
  syncDirectory(path: string): void;
}

/** Runs until a "stop" job. `wake` tells the reactor that an outcome is there. */
export function runDiskWorker(jobs: Ring, outcomes: Ring, calls: DiskCalls, wake: () => void): void {
  for (;;) {
    const job = decodeJob(jobs.pop());
    if (job.kind === "stop") return;
    const message = encodeMessage(run(job, calls));
    // The reactor empties this ring in each turn; only if it stands still can it be full, and then waiting is right.
    while (!outcomes.tryPush(message)) {
      wake();
      pause(1);
    }
    wake();
  }
}

function run(job: Exclude<DiskJob, { kind: "stop" }>, calls: DiskCalls): DiskOutcome {
  const { token } = job;
  if (job.kind === "sync") {
    // The first failure ends it: what comes after a failed fdatasync must not look as if it were safe.
    const failure = firstFailure(
      job.descriptors.map((descriptor, i) => () => calls.syncDescriptor(descriptor, job.paths[i]!)),
      true,
    );
    return failure ? { token, failure } : { token };
  }
  const failure = firstFailure([
    ...job.files.map((path) => () => calls.removeFile(path)),
    ...job.directories.map((path) => () => calls.removeDirectory(path)),
    () => calls.syncDirectory(job.parent),
  ], false);
  return failure ? { token, failure } : { token };
}

function firstFailure(steps: (() => void)[], stopAtFailure: boolean): DiskOutcome["failure"] {
  let failure: DiskOutcome["failure"];
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      failure ??= {
        message: error instanceof Error ? error.message : String(error),
        code: (error as { code?: string }).code ?? "EIO",
      };
      if (stopAtFailure) return failure;
    }
  }
  return failure;
}

const pauseCell = new Int32Array(new SharedArrayBuffer(4));

function pause(milliseconds: number): void {
  Atomics.wait(pauseCell, 0, 0, milliseconds);
}
