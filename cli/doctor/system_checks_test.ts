import { equal, match } from "node:assert/strict";
import { clock, clockSource, isOlder, kernel, platform, runtime, temporaryFolder } from "./system_checks.ts";
import { findingOn } from "./testing/finding_of.ts";

Deno.test("platform fails where the broker can't run, or may not call the system", async () => {
  equal(await findingOn(platform, {}), "ok: linux on x86_64; epoll and the C library answer");
  match(
    await findingOn(platform, { os: "darwin" }),
    /^fail: darwin on x86_64 → .*container or virtual machine.* clients/,
  );
  const refused = () => {
    throw new Error("epoll_create1: EPERM");
  };
  match(await findingOn(platform, { probeSystemCalls: refused }), /^fail: .*EPERM → .*seccomp/);
});

Deno.test("kernel knows from which version on the page cache can be asked", async () => {
  const on = (release: string | undefined) =>
    findingOn(kernel, { files: { "/proc/sys/kernel/osrelease": release } });
  match(await on("6.5.0-generic"), /^ok: .*all that is used/);
  match(await on("5.15.0-1051-aws"), /^ok: .*without cachestat/);
  match(await on("4.9.0"), /^warn: .*4\.14/);
  match(await on(undefined), /^skip/);
});

Deno.test("runtime wants one that is new enough", async () => {
  equal(await findingOn(runtime, { runtimeVersion: "2.9.6" }), "ok: Deno 2.9.6");
  match(await findingOn(runtime, { runtimeVersion: "2.6.9" }), /^fail: Deno 2\.6\.9 → Deno 2\.6\.10/);
});

Deno.test("isOlder compares numbers, and not letters", () => {
  equal(isOlder("6.10", "6.9"), false);
  equal(isOlder("4.14", "4.14.0"), false);
  equal(isOlder("4.13.9-rc1", "4.14"), true);
  equal(isOlder("5", "4.14"), false);
});

Deno.test("temporaryFolder warns where native add-ons can't be unpacked or run", async () => {
  const mounts = (options: string) => ({
    "/proc/self/mountinfo":
      `25 1 0:1 / / rw - ext4 /dev/sda1 rw\n26 25 0:2 / /tmp ${options} - tmpfs tmpfs rw\n`,
  });
  match(await findingOn(temporaryFolder, { files: mounts("rw,nosuid") }), /^ok: \/tmp/);
  match(
    await findingOn(temporaryFolder, { files: mounts("rw,noexec") }),
    /^warn: \/tmp is mounted noexec.*TMPDIR/,
  );
  match(
    await findingOn(temporaryFolder, { isWritable: () => false }),
    /^warn: \/tmp can't be written.*TMPDIR/,
  );
});

Deno.test("clock asks who keeps it, and watches it meanwhile", async () => {
  const said = (program: string, text: string) => ({
    run: (asked: string) => Promise.resolve(asked === program ? text : undefined),
  });
  match(await findingOn(clock, said("timedatectl", "yes\n")), /^ok: synchronised/);
  match(
    await findingOn(clock, said("timedatectl", "no\n")),
    /^warn: not synchronised.* → start a time service/,
  );
  match(
    await findingOn(clock, said("chronyc", "A29FC87B,ntp,3,1.0,Normal\n")),
    /^ok: synchronised by chrony/,
  );
  match(await findingOn(clock, said("chronyc", "7F7F0101,,10,1.0,Not synchronised\n")), /^warn: chrony/);
  match(await findingOn(clock, said("none", "")), /^skip: nobody here tells/);
  match(await findingOn(clock, { wallMs: () => Date.UTC(1970, 0, 1) }), /^fail: it is 1970-01-01/);
  match(
    await findingOn(clock, { wallMs: () => Date.UTC(2026, 10, 25) + 3000, monotonicMs: () => 1000 }),
    /^warn: the clock was set by 2000 ms/,
  );
});

Deno.test("clockSource warns of those that take a system call", async () => {
  const path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
  equal(await findingOn(clockSource, {}), "ok: tsc");
  match(await findingOn(clockSource, { files: { [path]: "acpi_pm\n" } }), /^warn: acpi_pm/);
});
