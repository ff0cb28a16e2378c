/**
 * The data directory and the disk below it.
 * @module
 */
import { join } from "node:path";
import { showBytes, showCount, showMany } from "../units.ts";
import { type Check, fail, type Finding, ok, skip, warn } from "./check.ts";
import { holderOf, nearestExisting, partitionsIn } from "./data_directory.ts";
import type { Machine } from "./machine.ts";
import { memoryInfo } from "./memory_info.ts";
import { mountOf } from "./mounts.ts";
import { processName } from "./port_holder.ts";

export const dataDirectory: Check = {
  name: "data directory",
  run({ machine, plan: { dataDirectory } }) {
    const facts = machine.stat(dataDirectory);
    if (facts === undefined) {
      const nearest = nearestExisting(machine, dataDirectory);
      return machine.isWritable(nearest) ? ok(`${dataDirectory} is not there yet, and can be made`) : fail(
        `${dataDirectory} is not there, and can't be made: ${nearest} is not writable for uid ${machine.uid}`,
        owner(machine, dataDirectory),
      );
    }
    if (!facts.isDirectory) return fail(`${dataDirectory} is a file`, "name a directory by --data-dir");
    if (!machine.isWritable(dataDirectory)) {
      return fail(
        `${dataDirectory} belongs to uid ${facts.uid}, with permissions ${
          octal(facts.mode)
        }, and is not writable for uid ${machine.uid}`,
        owner(machine, dataDirectory),
      );
    }
    const foreign = (machine.list(dataDirectory) ?? []).find((name) =>
      !machine.isWritable(join(dataDirectory, name))
    );
    if (foreign !== undefined) {
      return fail(
        `${dataDirectory} has ${foreign}, which is not writable for uid ${machine.uid}: another user's broker made it`,
        `chown -R ${machine.uid} ${dataDirectory}, by root; or start the broker as that user`,
      );
    }
    const pid = holderOf(machine, dataDirectory);
    const holder = pid === undefined
      ? "nobody has it"
      : pid <= 0
      ? "a process outside of this container has it"
      : `${processName(machine, pid)} (pid ${pid}) has it`;
    const found = `${dataDirectory}: ${
      showMany(partitionsIn(machine, dataDirectory), "partition")
    }; ${holder}`;
    return (facts.mode & 0o002) === 0
      ? ok(found)
      : warn(`${found}; everybody may write there`, `chmod o-w ${dataDirectory}`);
  },
};

function owner(machine: Machine, path: string): string {
  return `mkdir -p ${path} && chown -R ${machine.uid} ${path}, by root; or another directory by --data-dir`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

const IN_MEMORY = ["tmpfs", "ramfs"];
const OVER_NETWORK = /^(nfs\d?|cifs|smb3|smbfs|9p|ceph|glusterfs|lustre|afs|fuse\..*|fuse|virtiofs)$/;
const WITHOUT_BARRIERS = ["nobarrier", "barrier=0"];

export const fileSystem: Check = {
  name: "file system",
  run({ machine, plan }) {
    const path = machine.realPath(nearestExisting(machine, plan.dataDirectory));
    const mount = mountOf(path, machine.readText("/proc/self/mountinfo") ?? "");
    if (mount === undefined) return skip("this system does not tell what is mounted where");
    const { type, source, options } = mount;
    const found = `${type} at ${mount.path}, from ${source}`;
    if (options.has("ro")) return fail(`${found}, mounted read-only`, `mount -o remount,rw ${mount.path}`);
    if (IN_MEMORY.includes(type)) {
      return warn(
        `${found}: it is memory`,
        "a directory on a disk by --data-dir: here everything is gone with a restart of the machine",
      );
    }
    if (type === "overlay") {
      return warn(
        `${found}: the container's own layer`,
        "a volume for the data directory: this layer is slow, and is gone with the container",
      );
    }
    if (OVER_NETWORK.test(type)) {
      return warn(
        `${found}: another machine's, or another system's`,
        "a local disk: locks, mapped files and fdatasync are not worth there what the broker takes them for",
      );
    }
    const barrier = WITHOUT_BARRIERS.find((option) => options.has(option));
    if (barrier !== undefined) {
      return warn(
        `${found}, mounted ${barrier}`,
        "leave that out: fdatasync returns before a power cut could not take it back",
      );
    }
    if (type === "btrfs" && !options.has("nodatacow")) {
      return warn(
        found,
        `chattr +C ${plan.dataDirectory} while it is empty: logs that are copied on write fall to pieces`,
      );
    }
    return ok(found);
  },
};

const LITTLE_BYTES = 1e9;
const LITTLE_SHARE = 0.1;
const LITTLE_INODES = 20_000;

export const diskSpace: Check = {
  name: "disk space",
  run({ machine, plan }) {
    const facts = machine.statFileSystem(nearestExisting(machine, plan.dataDirectory));
    if (facts === undefined) return skip("this system does not tell how full the disk is");
    const { freeBytes, totalBytes, freeInodes, totalInodes } = facts;
    const found = `${showBytes(freeBytes)} of ${showBytes(totalBytes)} are free` +
      (totalInodes === 0 ? "" : `, and ${showCount(freeInodes)} inodes`);
    const advice = "a larger disk, or shorter retention (retention.ms, retention.bytes of topics)";
    if (freeBytes < Math.min(plan.minFreeBytes, totalBytes / 20)) {
      return fail(`${found}: nothing is written below ${showBytes(plan.minFreeBytes)}`, advice);
    }
    if (totalInodes > 0 && freeInodes < LITTLE_INODES) {
      return warn(found, "a file system with more inodes: each segment of each partition has five files");
    }
    return freeBytes < LITTLE_BYTES || freeBytes < totalBytes * LITTLE_SHARE
      ? warn(found, advice)
      : ok(found);
  },
};

const SLOW_MS = 20;

export const syncLatency: Check = {
  name: "fdatasync",
  run({ machine, plan }) {
    const directory = nearestExisting(machine, plan.dataDirectory);
    if (!machine.isWritable(directory)) return skip(`${directory} can't be written`);
    let durations: readonly number[];
    try {
      durations = machine.probeSync(directory).toSorted((a, b) => a - b);
    } catch (error) {
      return fail(
        `${directory}: ${(error as Error).message}`,
        "look at dmesg: a disk that can't do this loses records",
      );
    }
    const median = durations[Math.floor(durations.length / 2)];
    if (median === undefined) return skip("no write ended in time");
    const found = `4 KiB took ${milliseconds(median)} in the middle, ${
      milliseconds(durations.at(-1)!)
    } at worst, of ${durations.length}`;
    return median > SLOW_MS
      ? warn(found, "a faster disk, or acknowledgements without --sync: with it every batch waits for this")
      : ok(found);
  },
};

function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : `${Math.round(ms)} ms`;
}

const LEAST_DIRTY_BYTES = 64e6;

export const dirtyPages: Check = {
  name: "dirty pages",
  run({ machine }): Finding {
    const info = memoryInfo(machine);
    const limit = threshold(machine, "dirty", info?.availableBytes ?? 0);
    const background = threshold(machine, "dirty_background", info?.availableBytes ?? 0);
    if (limit === undefined || background === undefined) {
      return skip("this system does not tell vm.dirty_ratio");
    }
    const found = `writing back begins at ${showBytes(background)}, and at ${
      showBytes(limit)
    } writers wait for it`;
    const advice =
      "sysctl -w vm.dirty_background_ratio=5 vm.dirty_ratio=20, and dirty_bytes and dirty_background_bytes at 0";
    if (limit < LEAST_DIRTY_BYTES) return warn(`${found}: appends stop for the disk`, advice);
    return background >= limit
      ? warn(`${found}: nothing is written back before writers wait`, advice)
      : ok(found);
  },
};

/** Bytes, by whichever of the two settings counts. */
function threshold(machine: Machine, name: string, availableBytes: number): number | undefined {
  const value = (suffix: string) => Number(machine.readText(`/proc/sys/vm/${name}_${suffix}`) ?? NaN);
  const bytes = value("bytes");
  if (bytes > 0) return bytes;
  const ratio = value("ratio");
  return Number.isNaN(ratio) ? undefined : Math.floor(ratio / 100 * availableBytes);
}
