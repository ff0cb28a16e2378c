/**
 * The completion scripts in the shells that they are for, with a broker that has topics and groups: bash and zsh on a
 * terminal, where TAB is pressed; fish tells what it would complete.
 */
import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { Admin } from "../../client/admin/admin.ts";
import { type MilenaProcess, milenaProgram, startMilena } from "../support/milena_process.ts";
import { Key, PseudoTerminal } from "../support/pseudo_terminal.ts";
import { program, testNeeding } from "../support/requirement.ts";
import { runCommand } from "../support/run_command.ts";

const PROMPT = "ready> ";

/** A home with nothing in it but `milena` and the script, and a broker with three topics and a group. */
class Fixture implements AsyncDisposable {
  static async start(shell: "bash" | "zsh" | "fish"): Promise<Fixture> {
    const broker = await startMilena();
    const fixture = new Fixture(broker);
    using admin = new Admin({ "bootstrap.servers": broker.bootstrap });
    for (const name of ["orders", "other", "payments"]) await admin.createTopic({ name, partitionCount: 1 });
    await admin.alterGroupOffsets("readers", [{ topic: "orders", partition: 0, offset: 0 }]);
    const words = milenaProgram().map((word) => `'${word}'`).join(" ");
    await Deno.writeTextFile(join(fixture.home, "milena"), `#!/bin/sh\nexec ${words} "$@"\n`, {
      mode: 0o755,
    });
    const { stdout } = await runCommand(join(fixture.home, "milena"), ["completion", shell]);
    await Deno.writeFile(fixture.script, stdout);
    await Deno.writeTextFile(join(fixture.home, "a-file"), "");
    return fixture;
  }

  readonly home = Deno.makeTempDirSync({ prefix: "milena-shell-" });
  readonly script = join(this.home, "script");
  readonly environment: Record<string, string>;
  readonly #broker: MilenaProcess;

  private constructor(broker: MilenaProcess) {
    this.#broker = broker;
    this.environment = {
      HOME: this.home,
      PATH: `${this.home}:${Deno.env.get("PATH")}`,
      MILENA_BOOTSTRAP: broker.bootstrap,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker[Symbol.asyncDispose]();
    await Deno.remove(this.home, { recursive: true });
  }
}

testNeeding(
  [program("bash"), program("python3")],
  "milena completion bash completes what is typed",
  async () => {
    await using fixture = await Fixture.start("bash");
    const lines = [
      `PS1='${PROMPT}'`,
      "bind 'set enable-bracketed-paste off'",
      "bind 'set bell-style none'",
      "source script",
    ];
    await Deno.writeTextFile(join(fixture.home, "rc"), lines.join("\n"));
    await using shell = new PseudoTerminal("bash", ["--noprofile", "--rcfile", "rc", "-i"], {
      size: { columns: 100, rows: 40 },
      environment: fixture.environment,
      directory: fixture.home,
    });
    await shell.waitFor(PROMPT.trim());
    for (
      const [typed, shown] of [
        ["milena top", "milena topic"],
        ["milena topic add", "milena topic add-partitions"],
        ["milena topic describe pa", "milena topic describe payments"],
        ["milena topic list --format=js", "milena topic list --format=json"],
        ["milena topic list --format y", "milena topic list --format yaml"],
        ["milena group seek rea", "milena group seek readers"],
        [
          "milena group seek readers --topics=orders,pay",
          "milena group seek readers --topics=orders,payments",
        ],
        ["milena topic list --config-file a-f", "milena topic list --config-file a-file"],
      ] as const
    ) {
      await shell.send(typed + Key.TAB);
      await shell.waitFor(({ text }) => text.split("\n").some((line) => line.trimEnd() === PROMPT + shown));
      await shell.send("\x15");
    }
    await shell.send(`milena topic describe o${Key.TAB}${Key.TAB}`);
    await shell.waitFor(/orders +other/);
  },
);

testNeeding(
  [program("zsh"), program("python3")],
  "milena completion zsh completes what is typed",
  async () => {
    await using fixture = await Fixture.start("zsh");
    const lines = [
      `PS1='${PROMPT}'`,
      "unset zle_bracketed_paste",
      "unsetopt prompt_sp beep",
      "autoload -U compinit",
      "compinit -u -D",
    ];
    await Deno.writeTextFile(join(fixture.home, ".zshrc"), [...lines, "source script"].join("\n"));
    await using shell = new PseudoTerminal("zsh", ["-i"], {
      size: { columns: 100, rows: 40 },
      environment: { ...fixture.environment, ZDOTDIR: fixture.home, TERM: "dumb" },
      directory: fixture.home,
    });
    await shell.waitFor(PROMPT.trim());
    for (
      const [typed, shown] of [
        ["milena topic add", "milena topic add-partitions"],
        ["milena topic describe pa", "milena topic describe payments"],
        ["milena topic list --format=js", "milena topic list --format=json"],
        ["milena topic list --config-file a-f", "milena topic list --config-file a-file"],
      ] as const
    ) {
      await shell.send(typed + Key.TAB);
      await shell.waitFor(({ text }) => text.split("\n").some((line) => line.trimEnd() === PROMPT + shown));
      await shell.send(Key.CTRL_C);
      await shell.waitFor(({ text }) => text.trimEnd().split("\n").at(-1) === PROMPT.trim());
    }
    await shell.send(`milena topic de${Key.TAB}`);
    await shell.waitFor(/describe +-- partitions, offsets and settings of topics/);
  },
);

testNeeding([program("fish")], "milena completion fish completes what is typed", async () => {
  await using fixture = await Fixture.start("fish");
  const complete = async (line: string) => {
    const { stdout } = await runCommand(
      "fish",
      ["--no-config", "-c", `source script; complete -C '${line}'`],
      {
        environment: fixture.environment,
        directory: fixture.home,
      },
    );
    return new TextDecoder().decode(stdout).trim().split("\n");
  };
  deepEqual(await complete("milena topic de"), [
    "delete\tdelete topics and all their records",
    "describe\tpartitions, offsets and settings of topics",
  ]);
  deepEqual(await complete("milena topic describe o"), ["orders", "other"]);
  deepEqual(await complete("milena topic list --format="), [
    "--format=json",
    "--format=table",
    "--format=yaml",
  ]);
  equal((await complete("milena topic list --config-file a-")).join(), "a-file");
});
