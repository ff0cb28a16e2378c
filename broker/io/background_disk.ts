/**
 * The reactor's end of the I/O Worker: submits jobs and hears of their outcomes, never waiting.
 *
 * A file given to `sync` is retained until its outcome is back, so its descriptor number can't come to mean
 * another file meanwhile. What the ring has no room for waits here, in order.
 * @module
 */
import type { DiskFile } from "../../storage/disk.ts";
import type { BackgroundDisk } from "../../storage/environment.ts";
import { decodeOutcome, type DiskJob, encodeMessage } from "./disk_jobs.ts";
import type { Ring } from "./ring.ts";

type Done = (error?: Error) => void;

/** What the I/O Worker could not do; `code` is the errno's name. */
export class BackgroundDiskError extends Error {
  override readonly name = "BackgroundDiskError";
  constructor(message: string, readonly code: string) {
    super(message);
  }
}

export class RingBackgroundDisk implements BackgroundDisk {
  readonly #jobs: Ring;
  readonly #outcomes: Ring;
  readonly #waiting = new Map<number, Done>();
  readonly #overflow: Uint8Array[] = [];
  readonly #onFirstJob: () => void;
  #nextToken = 1;

  /** @param onFirstJob there is work for the I/O Worker: a thread costs 11 MB, so it need not run before. */
  constructor(jobs: Ring, outcomes: Ring, onFirstJob: () => void = () => {}) {
    this.#jobs = jobs;
    this.#outcomes = outcomes;
    this.#onFirstJob = onFirstJob;
  }

  /** Jobs whose outcome is not back yet. */
  get pendingCount(): number {
    return this.#waiting.size;
  }

  sync(files: readonly DiskFile[], done: Done): void {
    for (const file of files) file.retain();
    this.#submit(
      (token) => ({
        kind: "sync",
        token,
        descriptors: files.map((file) => file.descriptor),
        paths: files.map((file) => file.path),
      }),
      (error) => {
        for (const file of files) file.release();
        done(error);
      },
    );
  }

  remove(
    paths: { files: readonly string[]; directories: readonly string[]; parent: string },
    done: Done,
  ): void {
    this.#submit((token) => ({ kind: "remove", token, ...paths }), done);
  }

  /** Calls back for every outcome that has come. The reactor calls this in each turn of its loop. */
  deliver(): void {
    for (let bytes = this.#outcomes.tryPop(); bytes !== undefined; bytes = this.#outcomes.tryPop()) {
      const { token, failure } = decodeOutcome(bytes);
      const done = this.#waiting.get(token);
      this.#waiting.delete(token);
      done?.(failure && new BackgroundDiskError(failure.message, failure.code));
    }
    while (this.#overflow.length > 0 && this.#jobs.tryPush(this.#overflow[0]!)) this.#overflow.shift();
  }

  #submit(job: (token: number) => DiskJob, done: Done): void {
    if (this.#nextToken === 1) this.#onFirstJob();
    const token = this.#nextToken++;
    this.#waiting.set(token, done);
    const message = encodeMessage(job(token));
    if (this.#overflow.length > 0 || !this.#jobs.tryPush(message)) this.#overflow.push(message);
  }
}
