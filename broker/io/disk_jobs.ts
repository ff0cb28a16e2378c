/**
 * The language of the I/O Workers: jobs go one way, outcomes come back, both through a {@link Ring}.
 * A few thousand a second at most (group commit sees to that), so they are JSON: readable, and cheap enough.
 *
 * A job has one outcome or several, all with its token; the one with `isLast` ends it.
 * @module
 */
import { type DiskCalls, type JobKind, type JobKindName, jobKinds, type JobOf } from "./job_kinds.ts";

/** A job of some kind of {@link jobKinds}. */
export type DiskJob = {
  readonly [Name in JobKindName]: {
    readonly kind: Name;
    readonly token: number;
    readonly job: JobOf<Name>;
  };
}[JobKindName];

/** The last word to a lane. */
export interface StopJob {
  readonly kind: "stop";
}

export interface DiskOutcome {
  readonly token: number;
  /** No more outcomes of this job follow. */
  readonly isLast: boolean;
  /** What the kind of job gives back, as JSON brought it over; absent if nothing. */
  readonly result?: unknown;
  /** What failed, for a person, and its errno's name. Always the last. */
  readonly failure?: { readonly message: string; readonly code: string };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeMessage(message: DiskJob | StopJob | DiskOutcome): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

export function decodeJob(bytes: Uint8Array): DiskJob | StopJob {
  return JSON.parse(decoder.decode(bytes));
}

export function decodeOutcome(bytes: Uint8Array): DiskOutcome {
  return JSON.parse(decoder.decode(bytes));
}

/** Does a job by the table of kinds. Throws what the job throws. */
export function runJob(
  { kind, job }: DiskJob,
  calls: DiskCalls,
  report: (result: unknown) => void,
): unknown {
  // Kind and job belong together by the type of DiskJob, which gets lost when they are taken apart.
  return (jobKinds[kind] as JobKind<unknown>).run(job, calls, report);
}
