/**
 * `milena verify` and `milena dump` as processes: over the directory of a broker that runs, a copy of it, and what a kill
 * leaves; and in a pipe whose reader goes away. Runs against the source, or the binary that MILENA_BINARY names.
 */
import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMilena } from "../support/milena_process.ts";
import { runCommand, type RunResult, tryCommand } from "../support/run_command.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const binary = Deno.env.get("MILENA_BINARY");
const [program, ...first] = binary ? [binary] : [Deno.execPath(), "run", "-A", join(repository, "main.ts")];

function milena(args: string[]): Promise<RunResult> {
  return tryCommand(program!, [...first, ...args], { timeoutMs: 60_000 });
}

function textOf({ stdout }: RunResult): string {
  return new TextDecoder().decode(stdout);
}

/** Every file under `directory`, with what it holds and when it was changed. */
async function fingerprint(directory: string): Promise<string> {
  const command = 'find "$0" -type f -printf "%p %T@ " -exec sha256sum {} \\; | sort';
  return textOf(await runCommand("sh", ["-c", command, directory]));
}

Deno.test("verify works on a broker's directory while it runs, on a copy, after a kill and after a stop", async () => {
  await using broker = await startMilena({ settings: { "log.segment.bytes": "1048576" } });
  const { host, port } = broker.http;
  let isEnough = false;
  let sent = 0;
  const load = (async () => {
    while (!isEnough) {
      const answer = await fetch(`http://${host}:${port}/topics/t/records?key=k`, {
        method: "POST",
        body: "x".repeat(50_000),
      });
      ok(answer.ok, await answer.text());
      sent++;
    }
  })();
  const copy = await Deno.makeTempDir({ prefix: "milena-copy-" });
  try {
    while (sent < 100) await new Promise((resolve) => setTimeout(resolve, 10));
    const live = await milena(["verify", broker.dataDirectory]);
    equal(live.code, 0, textOf(live));
    match(live.stderr, /is in use by process \d+/);
    // The files at the top first, as help says. What the broker removes meanwhile can't be copied.
    const { dataDirectory } = broker;
    const files = 'find "$0" -maxdepth 1 -type f -exec cp -p {} "$1" \\;';
    await runCommand("sh", ["-c", `${files} && { cp -rp "$0"/*-0 "$1" || true; }`, dataDirectory, copy]);
    isEnough = true;
    await load;
    const copied = await milena(["verify", copy]);
    equal(copied.code, 0, textOf(copied));
    equal(copied.stderr, "");
    await broker.kill9();
    const before = await fingerprint(dataDirectory);
    const killed = await milena(["verify", "--json", dataDirectory]);
    equal(killed.code, 0, textOf(killed));
    const summary = JSON.parse(textOf(killed).trimEnd().split("\n").at(-1)!);
    equal(summary.records, sent);
    ok(summary.segments > 2, `segments: ${summary.segments}`);
    equal((await milena(["dump", "--records", join(dataDirectory, "t-0")])).code, 0);
    equal(await fingerprint(dataDirectory), before, "neither has changed anything");
    await broker.start();
    await broker.terminate();
    const stopped = await milena(["verify", dataDirectory]);
    equal(stopped.code, 0, textOf(stopped));
    match(textOf(stopped), /: all is well\. .*It was closed cleanly\.\n$/);
  } finally {
    isEnough = true;
    await load.catch(() => {});
    await Deno.remove(copy, { recursive: true });
  }
});

Deno.test("dump ends quietly when the reader of its pipe has seen enough", async () => {
  await using broker = await startMilena();
  const { host, port } = broker.http;
  for (let index = 0; index < 20; index++) {
    const answer = await fetch(`http://${host}:${port}/topics/t/records`, {
      method: "POST",
      body: "y".repeat(500_000),
    });
    ok(answer.ok, await answer.text());
  }
  const quoted = [program!, ...first].map((word) => `'${word}'`).join(" ");
  const command =
    `{ ${quoted} dump --records '${broker.dataDirectory}/t-0'; echo "code $?" >&2; } | head -c 10`;
  const { stderr, stdout } = await runCommand("sh", ["-c", command]);
  equal(new TextDecoder().decode(stdout), "file    ".padEnd(8) + broker.dataDirectory.slice(0, 2));
  equal(stderr, "code 0\n");
});
