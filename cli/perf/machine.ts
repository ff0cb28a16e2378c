/**
 * The machine that figures come from, as far as it bears on them.
 * @module
 */
import type { Machine } from "./result.ts";

export type { Machine } from "./result.ts";

export async function thisMachine(): Promise<Machine> {
  return {
    processor: await processorName(),
    cores: navigator.hardwareConcurrency,
    memoryGiB: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    kernel: Deno.osRelease(),
    architecture: Deno.build.arch,
  };
}

export function describeMachine({ processor, cores, memoryGiB, kernel, architecture }: Machine): string {
  return `${cores} cores (${processor}, ${architecture}), ${memoryGiB} GiB, Linux ${kernel}`;
}

/** Processors of Arm have no name there. */
async function processorName(): Promise<string> {
  try {
    const information = await Deno.readTextFile("/proc/cpuinfo");
    return /^model name\s*: (.*)$/m.exec(information)?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}
