import { equal, match } from "node:assert/strict";
import { fileDescriptors, hugePages, mappings, memory, processors, swap } from "./resource_checks.ts";
import { findingOf, findingOn } from "./testing/finding_of.ts";
import {
  directory,
  fileLimits,
  goodPlan,
  madeUpMachine,
  memInfo,
  surroundingsOf,
} from "./testing/made_up.ts";

/** Process 77 has the lock of the data directory. */
const withBroker = (files: Record<string, string>) =>
  madeUpMachine({
    files: { "/proc/locks": "1: FLOCK  ADVISORY  WRITE 77 08:02:5678 0 EOF\n", ...files },
    stat: () => directory({ inode: 5678 }),
  });

Deno.test("fileDescriptors holds the hard limit against segments and partitions", async () => {
  match(
    await findingOf(fileDescriptors),
    /^ok: 1,048,576 may be open \(soft limit 1,024.*20,000 segments.*0 partitions/,
  );
  const limits = (hard: string) => ({ "/proc/self/limits": fileLimits("256", hard) });
  match(
    await findingOn(fileDescriptors, { files: limits("4096") }),
    /^warn: 4,096 .*room for 1,024 segments.* → LimitNOFILE/,
  );
  match(await findingOn(fileDescriptors, { files: limits("512") }), /^fail: 512 /);
  match(await findingOn(fileDescriptors, { files: limits("unlimited") }), /^ok: unlimited may be open/);
  const list = () => Array.from({ length: 13_000 }, (_, i) => `orders-${i}`);
  match(
    await findingOn(fileDescriptors, { files: limits("20000"), list }),
    /^warn: .*11,808 segments.*13,000 partitions here/,
  );
});

Deno.test("fileDescriptors are those of the broker that runs, if one does", async () => {
  const machine = withBroker({ "/proc/77/limits": fileLimits("100", "100") });
  match(await findingOf(fileDescriptors, surroundingsOf({ machine })), /^fail: 100 /);
});

Deno.test("mappings are two for each segment that may be open, and those that the broker has now", async () => {
  match(await findingOf(mappings), /^ok: vm\.max_map_count is 65,530; up to 41,000/);
  const files = { "/proc/sys/vm/max_map_count": "30000\n" };
  match(await findingOn(mappings, { files }), /^warn: .*30,000.* → sysctl -w vm\.max_map_count/);
  const few = { ...goodPlan, maxOpenSegments: 1000 };
  match(await findingOn(mappings, { files }, { plan: few }), /^ok: .*up to 3,000/);
  const machine = withBroker({ ...files, "/proc/77/maps": "a mapping\n".repeat(29_000) });
  match(await findingOf(mappings, surroundingsOf({ machine })), /^fail: .*the broker has 29,001 now/);
});

Deno.test("memory is what is left by the machine and by control groups of either version", async () => {
  match(await findingOf(memory), /^ok: 8\.19 GB of 16\.4 GB can be had; 4\.10 GB are page cache$/);
  const group = "/sys/fs/cgroup/system.slice";
  match(
    await findingOn(memory, {
      files: { [`${group}/memory.max`]: "2000000000\n", [`${group}/memory.current`]: "1900000000\n" },
    }),
    /^fail: 100 MB of .*; a control group allows 2\.00 GB/,
  );
  const old = {
    "/proc/self/cgroup": "4:memory:/docker/x\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "800000000\n",
  };
  match(await findingOn(memory, { files: old }), /^warn: 800 MB of /);
  const unlimited = { ...old, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" };
  match(await findingOn(memory, { files: unlimited }), /^ok: 8\.19 GB/);
  match(
    await findingOn(memory, { files: { "/proc/meminfo": memInfo({ MemTotal: 2e6, MemAvailable: 2e5 }) } }),
    /^fail: 205 MB/,
  );
});

Deno.test("swap warns where the kernel likes to use it", async () => {
  equal(await findingOf(swap), "ok: there is none");
  const info = memInfo({ MemTotal: 16e6, SwapTotal: 2e6, SwapFree: 1e6 });
  match(
    await findingOn(swap, { files: { "/proc/meminfo": info } }),
    /^warn: 2\.05 GB, 1\.02 GB of it in use; vm\.swappiness is 60 → /,
  );
  const files = { "/proc/meminfo": info, "/proc/sys/vm/swappiness": "1\n" };
  match(await findingOn(swap, { files }), /^ok: 2\.05 GB/);
});

Deno.test("hugePages warns where they are made for everybody", async () => {
  const path = "/sys/kernel/mm/transparent_hugepage/enabled";
  equal(await findingOf(hugePages), "ok: transparent huge pages: madvise");
  match(
    await findingOn(hugePages, { files: { [path]: "[always] madvise never\n" } }),
    /^warn: .*always.* → echo madvise/,
  );
});

Deno.test("processors are as many as control groups allow", async () => {
  equal(await findingOf(processors), "ok: 8");
  equal(await findingOn(processors, { files: { "/sys/fs/cgroup/cpu.max": "max 100000\n" } }), "ok: 8");
  match(
    await findingOn(processors, { files: { "/sys/fs/cgroup/cpu.max": "50000 100000\n" } }),
    /^warn: 8, of which a control group allows 0\.5 → /,
  );
  const old = {
    "/proc/self/cgroup": "1:cpu,cpuacct:/\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
  };
  equal(await findingOn(processors, { files: old }), "ok: 8, of which a control group allows 4.0");
  match(await findingOn(processors, { processors: 1 }), /^warn: 1 → /);
});
