import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { Key, PseudoTerminal } from "./pseudo_terminal.ts";
import { program, testNeeding } from "./requirement.ts";

const needs = [program("python3")];

testNeeding(
  needs,
  "PseudoTerminal gives a program a terminal of the size wanted, and its exit code",
  async () => {
    await using terminal = new PseudoTerminal("sh", ["-c", "stty size; tty; exit 3"], {
      size: { columns: 50, rows: 10 },
    });
    equal(await terminal.exitCode(), 3);
    equal(terminal.screen.rows[0], "10 50");
    match(terminal.screen.rows[1]!, /^\/dev\//);
  },
);

testNeeding(needs, "PseudoTerminal sends keys and signals, and tells of a new size", async () => {
  const script =
    'trap "stty size" WINCH; echo ready; while ! read line; do :; done; echo "got $line"; exec cat';
  await using terminal = new PseudoTerminal("sh", ["-c", script]);
  await terminal.waitFor("ready");
  await terminal.resize({ columns: 40, rows: 5 });
  await terminal.waitFor("5 40");
  await terminal.send("ab\r");
  await terminal.waitFor("got ab");
  await terminal.send(Key.CTRL_C);
  equal(await terminal.exitCode(), 130);
  deepEqual(terminal.screen.rows.slice(0, 2), ["ready", "5 40"]);
});

testNeeding(needs, "PseudoTerminal tells what the screen shows where it waits in vain", async () => {
  await using terminal = new PseudoTerminal("sh", ["-c", "echo hello; sleep 100"]);
  await terminal.waitFor("hello");
  await rejects(terminal.waitFor("bye", 50), /not within 50 ms: bye; its screen:\n│hello/);
  await terminal.signal("SIGTERM");
  equal(await terminal.exitCode(), 143);
  await rejects(terminal.waitFor("bye"), /it ended before bye/);
});
