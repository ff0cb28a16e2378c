/**
 * The machine that figures come from, as far as it bears on them.
 * @module
 */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly architecture: string;
}

export async function thisMachine(): Promise<Machine> {
  const information = await Deno.readTextFile("/proc/cpuinfo");
  return {
    processor: /^model name\s*: (.*)$/m.exec(information)?.[1] ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryGiB: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    kernel: Deno.osRelease(),
    architecture: Deno.build.arch,
  };
}

export function describeMachine({ processor, cores, memoryGiB, kernel, architecture }: Machine): string {
  return `${cores} cores (${processor}, ${architecture}), ${memoryGiB} GiB, Linux ${kernel}`;
}
