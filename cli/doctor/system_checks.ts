/**
 * What the broker runs on: system, kernel, runtime, clocks.
 * @module
 */
import { unsupportedReason } from "../../ffi/platform.ts";
import { type Check, fail, ok, skip, warn } from "./check.ts";
import { mountOf } from "./mounts.ts";

/** The oldest runtime that tests run on. */
const LEAST_RUNTIME = "2.6.10";
const WITH_NOWAIT = "4.14";
const WITH_CACHESTAT = "6.5";

export const platform: Check = {
  name: "system",
  run({ machine }) {
    const { os, arch } = machine;
    const reason = unsupportedReason({ os, arch });
    if (reason !== undefined) {
      return fail(`${os} on ${arch}`, `${reason} The commands that are clients run anywhere`);
    }
    try {
      machine.probeSystemCalls();
    } catch (error) {
      return fail(
        `the system refuses a call that the broker needs: ${(error as Error).message}`,
        "a seccomp profile, or a C library that is not glibc: run it with the container runtime's default profile on a glibc image",
      );
    }
    return ok(`${os} on ${arch}; epoll and the C library answer`);
  },
};

export const kernel: Check = {
  name: "kernel",
  run({ machine }) {
    const release = machine.readText("/proc/sys/kernel/osrelease")?.trim();
    if (release === undefined) return skip("this system does not tell its kernel's version");
    if (isOlder(release, WITH_NOWAIT)) {
      return warn(
        `Linux ${release} can't say whether a read would wait for the disk (that takes ${WITH_NOWAIT})`,
        "a newer kernel: on this one a consumer of old records holds up all the others while the disk is read",
      );
    }
    if (isOlder(release, WITH_CACHESTAT)) {
      return ok(
        `Linux ${release}; without cachestat (${WITH_CACHESTAT}) the page cache is asked in small steps`,
      );
    }
    return ok(`Linux ${release}; it has all that is used`);
  },
};

export const runtime: Check = {
  name: "runtime",
  run({ machine: { runtimeVersion } }) {
    return isOlder(runtimeVersion, LEAST_RUNTIME)
      ? fail(
        `Deno ${runtimeVersion}`,
        `Deno ${LEAST_RUNTIME} or a newer 2.x, or the executable, which brings its own`,
      )
      : ok(`Deno ${runtimeVersion}`);
  },
};

export const temporaryFolder: Check = {
  name: "temporary folder",
  run({ machine }) {
    const path = machine.temporaryDirectory;
    const mount = mountOf(machine.realPath(path), machine.readText("/proc/self/mountinfo") ?? "");
    const consequence =
      "the processor's instruction for checksums can't be used, and TypeScript takes its place, ten times as slow";
    if (!machine.isWritable(path)) {
      return warn(
        `${path} can't be written: ${consequence}`,
        "set TMPDIR to a folder that this user may write",
      );
    }
    if (mount?.options.has("noexec")) {
      return warn(
        `${path} is mounted noexec: ${consequence}`,
        "set TMPDIR to a folder on a file system without noexec",
      );
    }
    return ok(`${path} can be written, and code in it be run`);
  },
};

const EARLIEST_YEAR = 2025;
const MAX_JUMP_MS = 50;

export const clock: Check = {
  name: "clock",
  async run({ machine, beganAt }) {
    const now = new Date(machine.wallMs());
    const setIt =
      "start a time service (systemd-timesyncd, chrony): records get their timestamps from this clock";
    if (now.getUTCFullYear() < EARLIEST_YEAR) {
      return fail(`it is ${now.toISOString()} by this machine's clock`, setIt);
    }
    const jumpMs = machine.wallMs() - beganAt.wallMs - (machine.monotonicMs() - beganAt.monotonicMs);
    if (Math.abs(jumpMs) > MAX_JUMP_MS) {
      return warn(
        `the clock was set by ${Math.round(jumpMs)} ms while this ran`,
        "let the time service slew the clock, not step it: records' timestamps went back, or left a gap",
      );
    }
    const status = await machine.run("timedatectl", ["show", "--property=NTPSynchronized", "--value"]);
    if (status?.trim() === "yes" || machine.stat("/run/systemd/timesync/synchronized") !== undefined) {
      return ok("synchronised by a time service");
    }
    if (status?.trim() === "no") return warn("not synchronised by a time service", setIt);
    const tracking = await machine.run("chronyc", ["-c", "tracking"]);
    if (tracking !== undefined) {
      return tracking.trim().endsWith("Not synchronised")
        ? warn("chrony is not synchronised", "chronyc sources tells why")
        : ok("synchronised by chrony");
    }
    return skip("nobody here tells whether a time service keeps the clock (in a container: the host's does)");
  },
};

const SLOW_SOURCES = ["acpi_pm", "hpet", "jiffies"];

export const clockSource: Check = {
  name: "clock source",
  run({ machine }) {
    const source = machine.readText("/sys/devices/system/clocksource/clocksource0/current_clocksource")
      ?.trim();
    if (source === undefined) return skip("this kernel does not tell where it takes the time from");
    return SLOW_SOURCES.includes(source)
      ? warn(
        `${source}: each look at the time is a system call`,
        "tsc or the hypervisor's own clock (kvm-clock), by the kernel's clocksource parameter",
      )
      : ok(source);
  },
};

/** By numbers: "6.10" is newer than "6.9". */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? "").split(".").map(Number);
  const [left, right] = [numbers(version), numbers(than)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
