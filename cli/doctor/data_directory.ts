/**
 * What can be seen of a data directory from outside.
 * @module
 */
import { dirname, join } from "node:path";
import { LOCK } from "../../storage/file_names.ts";
import { findHolder } from "../lock_holder.ts";
import type { Machine } from "./machine.ts";

/** The process that has it, if it can be seen from here; undefined: none, or nobody can tell. */
export function brokerOf(machine: Machine, dataDirectory: string): number | undefined {
  const holder = holderOf(machine, dataDirectory);
  return holder !== undefined && holder > 0 ? holder : undefined;
}

/** As `brokerOf`, but not above 0 for a process outside of this container. */
export function holderOf(machine: Machine, dataDirectory: string): number | undefined {
  const lock = machine.stat(join(dataDirectory, LOCK));
  const locks = machine.readText("/proc/locks");
  return lock === undefined || locks === undefined ? undefined : findHolder(locks, lock.inode);
}

export function partitionsIn(machine: Machine, dataDirectory: string): number {
  return (machine.list(dataDirectory) ?? []).filter((name) => /^[\w.-]+-\d+$/.test(name)).length;
}

/** The directory itself, or what there is of the way to it. */
export function nearestExisting(machine: Machine, path: string): string {
  let nearest = path;
  while (machine.stat(nearest) === undefined && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return nearest;
}
