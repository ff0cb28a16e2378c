import { quietTerminal } from "../testing/quiet_terminal.ts";
import { deepEqual, equal, match } from "node:assert/strict";
import { styleOf } from "../output/style.ts";
import { ok } from "./check.ts";
import { checks, findingsOf } from "./checks.ts";
import { textOf } from "./doctor.ts";
import { madeUpMachine, surroundingsOf } from "./testing/made_up.ts";

Deno.test("checks complain of nothing on a good machine", async () => {
  const findings = await findingsOf(surroundingsOf());
  deepEqual(findings.filter(({ status }) => status !== "ok").map(({ name }) => name), ["cluster"]);
  equal(findings.length, checks.length);
});

Deno.test("checks can't be made where the system tells nothing, and say so", async () => {
  const mute = madeUpMachine({
    readText: () => undefined,
    statFileSystem: () => undefined,
    run: () => Promise.resolve(undefined),
  });
  const findings = await findingsOf(surroundingsOf({ machine: mute }));
  deepEqual(findings.filter(({ status }) => status === "warn" || status === "fail"), []);
  equal(findings.filter(({ status }) => status === "skip").length, 12);
});

Deno.test("checks that break down are findings, and the others are made all the same", async () => {
  const broken = { name: "broken", run: () => Promise.reject(new Error("a defect")) };
  const findings = await findingsOf(surroundingsOf(), [broken, { name: "whole", run: () => ok("fine") }]);
  deepEqual(findings.map(({ name, status }) => `${name} ${status}`), ["broken skip", "whole ok"]);
  match(findings[0]!.found, /a defect/);
});

Deno.test("checks that complain always say what to do", async () => {
  const bad = madeUpMachine({
    os: "plan9",
    processors: 1,
    runtimeVersion: "1.0.0",
    readText: (path) =>
      path.endsWith("limits")
        ? "Max open files 10 10 files"
        : path.startsWith("/proc/sys/vm")
        ? "1"
        : undefined,
    isWritable: () => false,
    probeListen: () => {
      throw new Deno.errors.AddrInUse("in use");
    },
    wallMs: () => 0,
  });
  const findings = await findingsOf(surroundingsOf({ machine: bad }));
  const complaints = findings.filter(({ status }) => status === "warn" || status === "fail");
  equal(complaints.length, 11);
  deepEqual(complaints.filter(({ advice }) => !advice), []);
});

Deno.test("textOf has a line for each finding, what to do below it, and how many there are of each kind", () => {
  const style = styleOf(quietTerminal);
  equal(
    textOf([
      { name: "swap", status: "ok", found: "there is none" },
      { name: "disk space", status: "fail", found: "none is\x1b[2J free", advice: "make room" },
      { name: "clock", status: "skip", found: "nobody tells" },
    ], style),
    [
      "ok    swap        there is none",
      "fail  disk space  none is\\x1b[2J free",
      "                  → make room",
      "skip  clock       nobody tells",
      "",
      "1 ok, 0 to look at, 1 failed, 1 not found out",
    ].join("\n"),
  );
});
