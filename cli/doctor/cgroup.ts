/**
 * How much memory and processor time the control groups above this process leave it, by either version of them.
 *
 * What must be true: the tightest limit on the way up counts, since a group is bound by those that it is in.
 * @module
 */
import type { Machine } from "./machine.ts";

export interface MemoryLimit {
  readonly maxBytes: number;
  readonly usedBytes: number;
}

/** Version 1 says "no limit" by a number that no machine has. */
const UNLIMITED = 2 ** 62;

export function memoryLimit(machine: Machine): MemoryLimit | undefined {
  let tightest: MemoryLimit | undefined;
  for (const directory of directories(machine, "memory")) {
    const number = (name: string) => {
      const text = machine.readText(`${directory}/${name}`)?.trim();
      return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
    };
    const maxBytes = number("memory.max") ?? number("memory.limit_in_bytes");
    if (maxBytes === undefined || maxBytes >= UNLIMITED) continue;
    const usedBytes = number("memory.current") ?? number("memory.usage_in_bytes") ?? 0;
    if (tightest === undefined || maxBytes < tightest.maxBytes) tightest = { maxBytes, usedBytes };
  }
  return tightest;
}

/** Processors' worth of time: 1.5 is one and a half. undefined: as many as there are. */
export function processorLimit(machine: Machine): number | undefined {
  let tightest: number | undefined;
  for (const directory of directories(machine, "cpu")) {
    const [quota, period] = machine.readText(`${directory}/cpu.max`)?.trim().split(" ") ?? [
      machine.readText(`${directory}/cpu.cfs_quota_us`)?.trim(),
      machine.readText(`${directory}/cpu.cfs_period_us`)?.trim(),
    ];
    const limit = Number(quota) / Number(period);
    if (limit > 0 && limit < (tightest ?? Infinity)) tightest = limit;
  }
  return tightest;
}

/** Of the groups that this process is in, from the innermost up. */
function* directories(machine: Machine, controller: string): Generator<string> {
  for (const line of machine.readText("/proc/self/cgroup")?.split("\n") ?? []) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const isVersion2 = controllers === "";
    if (!isVersion2 && !controllers.split(",").includes(controller)) continue;
    const root = isVersion2 ? "/sys/fs/cgroup" : `/sys/fs/cgroup/${controller}`;
    const parts = path.split("/").filter((part) => part !== "");
    for (let length = parts.length; length >= 0; length--) yield [root, ...parts.slice(0, length)].join("/");
  }
}
