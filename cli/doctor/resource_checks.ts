/**
 * How much of everything the broker may have: descriptors, mappings, memory, processors.
 * @module
 */
import { showBytes, showCount, showMany } from "../units.ts";
import { memoryLimit, processorLimit } from "./cgroup.ts";
import { type Check, fail, ok, skip, warn } from "./check.ts";
import { brokerOf, partitionsIn } from "./data_directory.ts";
import { memoryInfo } from "./memory_info.ts";

const LEAST_FILES = 1024;
const ENOUGH_FILES = 10_000;
/** What `cli/reactor_worker.ts` leaves to connections and segments that are not flushed yet. */
const FILES_FOR_OTHERS = 8192;

export const fileDescriptors: Check = {
  name: "file descriptors",
  run({ machine, plan }) {
    const pid = brokerOf(machine, plan.dataDirectory);
    const line = machine.readText(`/proc/${pid ?? "self"}/limits`)?.match(/^Max open files\s+(\S+)\s+(\S+)/m);
    if (!line) return skip("this system does not tell how many files may be open");
    const [, soft, hard] = line;
    const limit = hard === "unlimited" ? Infinity : Number(hard);
    const segments = Math.min(
      plan.maxOpenSegments,
      Math.max(Math.floor(limit / 4), limit - FILES_FOR_OTHERS),
    );
    const partitions = partitionsIn(machine, plan.dataDirectory);
    const found =
      `${shown(hard!)} may be open (soft limit ${shown(soft!)}, which the broker raises): room for ` +
      `${showCount(segments)} segments at once beside connections, and ${
        showMany(partitions, "partition")
      } here`;
    const raise =
      "LimitNOFILE=1048576 in a systemd unit, --ulimit nofile=1048576 for Docker, ulimit -Hn elsewhere";
    if (limit < LEAST_FILES) return fail(found, raise);
    if (limit < ENOUGH_FILES || partitions > segments) return warn(found, raise);
    return ok(found);
  },
};

/** Of the runtime itself and of what the broker shares. */
const OTHER_MAPPINGS = 1000;
const MAPPINGS_OF_SEGMENT = 2;

export const mappings: Check = {
  name: "memory mappings",
  run({ machine, plan }) {
    const text = machine.readText("/proc/sys/vm/max_map_count");
    if (text === undefined) return skip("this system does not tell vm.max_map_count");
    const limit = Number(text);
    const wanted = OTHER_MAPPINGS + MAPPINGS_OF_SEGMENT * Math.min(plan.maxOpenSegments, plan.maxPartitions);
    const pid = brokerOf(machine, plan.dataDirectory);
    const used = pid === undefined ? undefined : machine.readText(`/proc/${pid}/maps`)?.split("\n").length;
    const found =
      `vm.max_map_count is ${showCount(limit)}; up to ${
        showCount(wanted)
      } are wanted, two for each open segment` +
      (used === undefined ? "" : `; the broker has ${showCount(used)} now`);
    const raise =
      "sysctl -w vm.max_map_count=262144, and the same line in /etc/sysctl.d; or a lower milena.max.open.segments";
    if (used !== undefined && used > limit * 0.9) return fail(found, raise);
    return limit < wanted ? warn(found, raise) : ok(found);
  },
};

const LEAST_MEMORY = 256e6;
const ENOUGH_MEMORY = 1e9;

export const memory: Check = {
  name: "memory",
  run({ machine }) {
    const info = memoryInfo(machine);
    if (info === undefined) return skip("this system does not tell how much memory there is");
    const limit = memoryLimit(machine);
    const leftInGroup = limit === undefined ? Infinity : Math.max(0, limit.maxBytes - limit.usedBytes);
    const available = Math.min(info.availableBytes, leftInGroup);
    const found = `${showBytes(available)} of ${showBytes(info.totalBytes)} can be had` +
      (limit === undefined ? "" : `; a control group allows ${showBytes(limit.maxBytes)}`) +
      `; ${showBytes(info.cachedBytes)} are page cache`;
    const advice =
      "give it more: what a broker does not use itself keeps its logs in the page cache, and reads off the disk";
    if (available < LEAST_MEMORY) return fail(found, advice);
    return available < ENOUGH_MEMORY ? warn(found, advice) : ok(found);
  },
};

const MAX_SWAPPINESS = 10;

export const swap: Check = {
  name: "swap",
  run({ machine }) {
    const info = memoryInfo(machine);
    const swappiness = machine.readText("/proc/sys/vm/swappiness")?.trim();
    if (info === undefined || swappiness === undefined) return skip("this system does not tell how it swaps");
    if (info.swapBytes === 0) return ok("there is none");
    const found = `${showBytes(info.swapBytes)}, ${
      showBytes(info.swapUsedBytes)
    } of it in use; vm.swappiness is ${swappiness}`;
    return Number(swappiness) > MAX_SWAPPINESS
      ? warn(
        found,
        "sysctl -w vm.swappiness=1: a broker whose heap is on the disk answers late, in favour of cold pages",
      )
      : ok(found);
  },
};

export const hugePages: Check = {
  name: "huge pages",
  run({ machine }) {
    const text = machine.readText("/sys/kernel/mm/transparent_hugepage/enabled")?.trim();
    const chosen = /\[(\w+)\]/.exec(text ?? "")?.[1];
    if (chosen === undefined) return skip("this kernel has no transparent huge pages, or does not tell");
    return chosen === "always"
      ? warn(
        "transparent huge pages are always made",
        "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: making them stops threads for milliseconds, and memory grows",
      )
      : ok(`transparent huge pages: ${chosen}`);
  },
};

export const processors: Check = {
  name: "processors",
  run({ machine }) {
    const limit = processorLimit(machine);
    const usable = Math.min(machine.processors, limit ?? Infinity);
    const found = `${machine.processors}` +
      (limit === undefined || limit >= machine.processors
        ? ""
        : `, of which a control group allows ${limit.toFixed(1)}`);
    return usable < 2
      ? warn(
        found,
        "two or more: the loop, HTTP and the disk have a thread each, and wait for each other on one",
      )
      : ok(found);
  },
};

function shown(limit: string): string {
  return limit === "unlimited" ? limit : showCount(Number(limit));
}
