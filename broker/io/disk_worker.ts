/**
 * The loop of an I/O Worker: takes one job of its lane after the other and may wait for the disk as long as that takes.
 * @module
 */
import { decodeJob, type DiskJob, type DiskOutcome, encodeMessage } from "./disk_jobs.ts";
import type { LaneRings } from "./lanes.ts";
import { pause } from "./pause.ts";
import { Ring } from "./ring.ts";

/** Does a job: returns its result, if it has one, and tells by `report` what it has before. Throws an Error with a `code`. */
export type RunJob = (job: DiskJob, report: (result: unknown) => void) => unknown;

/** Runs until a "stop" job. `wake` tells the reactor that an outcome is there. */
export function runDiskWorker(rings: LaneRings, run: RunJob, wake: () => void): void {
  const jobs = new Ring(rings.jobs);
  const outcomes = new Ring(rings.outcomes);
  const tell = (outcome: DiskOutcome) => {
    const message = encodeMessage(outcome);
    // The reactor empties this ring in each turn; only if it stands still can it be full, and then waiting is right.
    while (!outcomes.tryPush(message)) {
      wake();
      pause(1);
    }
    wake();
  };
  for (;;) {
    const job = decodeJob(jobs.pop());
    if (job.kind === "stop") return;
    const { token } = job;
    tell({
      token,
      isLast: true,
      ...attempt(() => run(job, (result) => tell({ token, isLast: false, result }))),
    });
  }
}

function attempt(run: () => unknown): Pick<DiskOutcome, "result" | "failure"> {
  try {
    const result = run();
    return result === undefined ? {} : { result };
  } catch (error) {
    return {
      failure: {
        message: error instanceof Error ? error.message : String(error),
        code: (error as { code?: string }).code ?? "EIO",
      },
    };
  }
}
