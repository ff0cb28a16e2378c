/**
 * The completion scripts in the shells that they are for, with a broker that has topics and groups: bash and zsh on a
 * terminal, where TAB is pressed; fish tells what it would complete.
 */
import { deepEqual } from "node:assert/strict";
import { join } from "node:path";
import { Admin } from "../../client/mod.ts";
import { milenaProgram } from "../support/milena_process.ts";
import { Key, PseudoTerminal } from "../support/pseudo_terminal.ts";
import { program, testNeeding } from "../support/requirement.ts";
import { runCommand } from "../support/run_command.ts";
import { targetOfThisFile } from "../support/target.ts";

const PROMPT = "ready>";
const SIZE = { columns: 100, rows: 40 };
/** CTRL-U: bash drops what was typed. */
const KILL_LINE = "\x15";
/** CTRL-G: zsh leaves the line and prompts again. Unlike CTRL-C it is a key like others, and waits for its turn. */
const SEND_BREAK = "\x07";

/** What is typed before TAB, and what is there then. */
const completed = [
  ["milena topic add", "milena topic add-partitions"],
  ["milena topic describe pa", "milena topic describe payments"],
  ["milena topic list --format=js", "milena topic list --format=json"],
  ["milena topic create x -c retention.m", "milena topic create x -c retention.ms="],
  ["milena group seek readers --topics=orders,pay", "milena group seek readers --topics=orders,payments"],
  ["milena topic list --config-file a-f", "milena topic list --config-file a-file"],
] as const;

const target = targetOfThisFile();
Deno.test.beforeAll(async () => {
  using admin = new Admin({ "bootstrap.servers": target.bootstrap });
  for (const name of ["orders", "other", "payments"]) await admin.createTopic({ name, partitionCount: 1 });
  await admin.alterGroupOffsets("readers", [{ topic: "orders", partition: 0, offset: 0 }]);
});

/** A directory with nothing in it but `milena`, its script for a shell, and a file. */
class Home implements AsyncDisposable {
  static async for(shell: "bash" | "zsh" | "fish"): Promise<Home> {
    const home = new Home();
    const words = milenaProgram().map((word) => `'${word}'`).join(" ");
    await home.write("milena", `#!/bin/sh\nexec ${words} "$@"\n`);
    await Deno.chmod(join(home.directory, "milena"), 0o755);
    const { stdout } = await runCommand(join(home.directory, "milena"), ["completion", shell]);
    await home.write("script", new TextDecoder().decode(stdout));
    await home.write("a-file", "");
    return home;
  }

  readonly directory = Deno.makeTempDirSync({ prefix: "milena-shell-" });
  readonly environment: Record<string, string> = {
    HOME: this.directory,
    PATH: `${this.directory}:${Deno.env.get("PATH")}`,
    MILENA_BOOTSTRAP: target.bootstrap,
  };

  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(join(this.directory, name), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Presses TAB behind `typed`, and returns when that has made `shown` of it. */
async function press(shell: PseudoTerminal, typed: string, shown: string): Promise<void> {
  await shell.send(typed + Key.TAB);
  await shell.waitFor(({ text }) => text.split("\n").some((line) => line.trimEnd() === `${PROMPT} ${shown}`));
}

const onTerminal = (shell: string) => [program(shell), program("python3")];

testNeeding(onTerminal("bash"), "milena completion bash completes what is typed", async () => {
  await using home = await Home.for("bash");
  const { environment, directory } = home;
  const quiet = ["bind 'set enable-bracketed-paste off'", "bind 'set bell-style none'"];
  await home.write("rc", [`PS1='${PROMPT} '`, ...quiet, "source script"].join("\n"));
  const args = ["--noprofile", "--rcfile", "rc", "-i"];
  await using shell = new PseudoTerminal("bash", args, { size: SIZE, environment, directory });
  await shell.waitFor(PROMPT);
  for (const [typed, shown] of completed) {
    await press(shell, typed, shown);
    await shell.send(KILL_LINE);
  }
  await shell.send(`milena topic describe o${Key.TAB}${Key.TAB}`);
  await shell.waitFor(/orders +other/);
});

testNeeding(onTerminal("zsh"), "milena completion zsh completes what is typed", async () => {
  await using home = await Home.for("zsh");
  const { directory } = home;
  const environment = { ...home.environment, ZDOTDIR: directory, TERM: "dumb" };
  const quiet = ["unset zle_bracketed_paste", "unsetopt prompt_sp beep", "bindkey -e"];
  const lines = [`PS1='${PROMPT} '`, ...quiet, "autoload -U compinit", "compinit -u -D", "source script"];
  await home.write(".zshrc", lines.join("\n"));
  await using shell = new PseudoTerminal("zsh", ["-i"], { size: SIZE, environment, directory });
  await shell.waitFor(PROMPT);
  for (const [typed, shown] of completed) {
    await press(shell, typed, shown);
    await shell.send(SEND_BREAK);
    await shell.waitFor(({ text }) => text.trimEnd().split("\n").at(-1) === PROMPT);
  }
  await shell.send(`milena topic de${Key.TAB}`);
  await shell.waitFor(/describe +-- partitions, offsets and settings of topics/);
});

testNeeding([program("fish")], "milena completion fish completes what is typed", async () => {
  await using home = await Home.for("fish");
  const { environment, directory } = home;
  const lines = ["milena topic de", "milena topic describe o", ...completed.map(([typed]) => typed)];
  const asked = lines.map((line) => `complete -C '${line}'; echo`).join("; ");
  const { stdout } = await runCommand("fish", ["--no-config", "-c", `source script; ${asked}`], {
    environment,
    directory,
  });
  const answers = new TextDecoder().decode(stdout).trim().split("\n\n");
  deepEqual(answers, [
    "delete\tdelete topics and all their records\ndescribe\tpartitions, offsets and settings of topics",
    "orders\nother",
    // Each with its meaning where there is one.
    "add-partitions\tgive topics more partitions",
    ...completed.slice(1).map(([, shown]) => shown.split(" ").at(-1)),
  ]);
});
