/**
 * The processor time that this process takes, and this thread by itself, in which records are appended and read.
 * @module
 */
import process from "node:process";
import type { ClientUsage } from "./result.ts";

export class ClientMeter {
  readonly #cpuSeconds = cpuSeconds();
  readonly #callerNanoseconds = callerNanoseconds();

  /** Since it was made. */
  read(records: number): ClientUsage {
    const now = callerNanoseconds();
    const nanoseconds = now === undefined || this.#callerNanoseconds === undefined
      ? undefined
      : now - this.#callerNanoseconds;
    return {
      cpuSeconds: cpuSeconds() - this.#cpuSeconds,
      callerSeconds: nanoseconds === undefined ? undefined : nanoseconds / 1e9,
      callerNanosecondsPerRecord: nanoseconds === undefined || records === 0
        ? undefined
        : nanoseconds / records,
    };
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The first number of schedstat is the time on a processor. */
function callerNanoseconds(): number | undefined {
  try {
    return Number(Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ")[0]);
  } catch {
    // No Linux, or a kernel that does not tell.
    return undefined;
  }
}
