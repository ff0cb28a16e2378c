/** The whole command line, as it is typed. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Command, CommandFailure, type Terminal } from "./command.ts";
import { root } from "./commands.ts";
import { HELP_COLUMNS } from "./help.ts";
import { main } from "./main.ts";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function milena(
  args: string[],
  environment: Record<string, string> = {},
  tree?: Command,
): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal: Terminal = {
    print: (text) => void out.push(text),
    write: (text) => void out.push(text.replace(/\n$/, "")),
    writeBytes: (bytes) => Promise.resolve(void out.push(new TextDecoder().decode(bytes).replace(/\n$/, ""))),
    report: (text) => void err.push(text),
    environment,
  };
  const code = await main(args, terminal, tree);
  return { code, out: out.join("\n"), err: err.join("\n") };
}

function everyPath(path: readonly Command[] = [root]): (readonly Command[])[] {
  return [path, ...(path.at(-1)!.commands ?? []).flatMap((command) => everyPath([...path, command]))];
}

for (const path of everyPath()) {
  const words = path.slice(1).map(({ name }) => name);
  Deno.test(`${["milena", ...words].join(" ")} --help has usage, flags and an example`, async () => {
    const { code, out, err } = await milena([...words, "--help"]);
    equal(code, 0);
    equal(err, "");
    match(out, /^Usage:$/m);
    match(out, /^Flags:$/m);
    match(out, /^Examples?:\n {2}milena /m);
    for (const { name } of path.at(-1)!.flags ?? []) ok(out.includes(`--${name}`), name);
    const longest = Math.max(...out.split("\n").map((line) => line.length));
    ok(longest <= HELP_COLUMNS, `a line of ${longest} characters`);
    if (words[0] !== "help") equal((await milena(["help", ...words])).out, out, "milena help says the same");
  });
}

Deno.test("every example in help is a command line that is understood", async () => {
  for (const path of everyPath()) {
    for (const { line } of path.at(-1)!.examples) {
      const words = line.replace(/ >.*/, "").split(" ").slice(1);
      const { code, err } = await milena([...words, "--help"]);
      equal(code, 0, `${line}: ${err}`);
    }
  }
});

Deno.test("milena without a command shows help and is a misuse", async () => {
  const { code, out, err } = await milena([]);
  equal(code, 2);
  equal(out, "");
  match(err, /Usage:/);
});

Deno.test("milena version says which it is", async () => {
  const { code, out } = await milena(["version"]);
  equal(code, 0);
  match(out, /^milena \d+\.\d+\.\d+ \(linux \w+, Deno \d+\.\d+\.\d+\)$/);
  equal((await milena(["--version"])).out, out);
});

Deno.test("milena says in two lines what it did not understand", async () => {
  deepEqual(await milena(["serev"]), {
    code: 2,
    out: "",
    err: "milena: serev is no command of milena; did you mean serve?\nTry: milena --help",
  });
  deepEqual(await milena(["serve", "--data-dri", "x"]), {
    code: 2,
    out: "",
    err: "milena: --data-dri is no flag of milena serve; did you mean --data-dir?\nTry: milena serve --help",
  });
  equal((await milena(["help", "nothing"])).code, 2);
});

Deno.test("milena gateway says what it wants to know, before it listens", async () => {
  deepEqual(await milena(["gateway"]), {
    code: 2,
    out: "",
    err:
      "milena: which cluster? --bootstrap HOST:PORT names a broker of it, or several with commas between\n" +
      "Try: milena gateway --help",
  });
  const wrong = await milena(["gateway"], { KAFKA_BOOTSTRAP_SERVERS: "kafka-1:9092,kafka-2" });
  equal(wrong.code, 1);
  match(wrong.err, /bootstrap\.servers has "kafka-2" \(KAFKA_BOOTSTRAP_SERVERS\), but must be HOST:PORT/);
  const silent = await milena(["gateway", "--bootstrap", "kafka-1:9092", "--http-listen", "none"]);
  equal(silent.code, 2);
  match(silent.err, /a gateway serves HTTP and nothing else/);
});

Deno.test("milena config print tells every value and where it comes from", async () => {
  const { code, out, err } = await milena(
    ["config", "print", "--sync", "--listen", ":7", "--set", "num.partitions=3"],
    { KAFKA_NODE_ID: "4", KAFKA_OFFSETS_RETENTION_MINUTES: "1" },
  );
  equal(code, 0);
  match(out, /^SETTING +VALUE +SOURCE$/m);
  match(out, /^num\.partitions +3 +--set$/m);
  match(out, /^node\.id +4 +KAFKA_NODE_ID$/m);
  match(out, /^log\.flush\.interval\.messages +1 +--sync$/m);
  match(out, /^listeners +PLAINTEXT:\/\/:7 +--listen$/m);
  match(out, /^fetch\.max\.bytes +57671680 +default$/m);
  match(out, /^cluster\.id +- +default$/m);
  equal(
    err,
    "milena: offsets.retention.minutes has no effect in this version (KAFKA_OFFSETS_RETENTION_MINUTES)",
  );
});

Deno.test("milena config print --explain makes a file that --config reads to the same values", async () => {
  const path = await Deno.makeTempFile({ suffix: ".properties" });
  try {
    const flags = ["--sync", "--set", "num.partitions=3", "--http-listen", "none"];
    const explained = await milena(["config", "print", "--explain", ...flags]);
    match(
      explained.out,
      /^# Partitions of a topic.*\n# int, at least 1\n# Default 1\.\n# From --set:\nnum\.partitions=3$/m,
    );
    match(explained.out, /^# Default 1000; Kafka's is none\.$/m);
    await Deno.writeTextFile(path, explained.out);
    const values = (text: string) => text.split("\n").map((line) => line.split(/ +/).slice(0, 2).join("="));
    const direct = await milena(["config", "print", ...flags]);
    const read = await milena(["config", "print", "--config", path]);
    equal(read.err, "");
    deepEqual(values(read.out), values(direct.out));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("milena tells of a configuration file that can't be read", async () => {
  deepEqual(await milena(["config", "print", "--config", "/no/such/file"]), {
    code: 1,
    out: "",
    err: "milena: --config /no/such/file: there is no such file",
  });
  equal((await milena(["config", "print", "--config", "/"])).err, "milena: --config /: it is a directory");
});

Deno.test("milena tells flags that are wrong from settings that are", async () => {
  const mistyped = await milena(["config", "print", "--set", "num.partitons=3"]);
  equal(mistyped.code, 2);
  match(
    mistyped.err,
    /^milena: num\.partitons is no setting; did you mean num\.partitions\? \(--set\)\nTry: /,
  );
  equal((await milena(["config", "print", "--set", "num.partitions"])).code, 2);
  equal(
    (await milena(["config", "print", "--listen", "9092"])).err.split("\n")[0],
    'milena: --listen is "9092", but must be HOST:PORT, such as 127.0.0.1:9092',
  );
  const wrong = await milena(["config", "print"], {
    KAFKA_NUM_PARTITIONS: "none",
    KAFKA_MESSAGE_MAX_BYTES: "-1",
  });
  equal(wrong.code, 1);
  equal(wrong.err.split("\n").length, 2, "one line for each");
});

Deno.test("milena never shows a stack, unless MILENA_DEBUG asks for it", async () => {
  const examples = [{ line: "milena break", summary: "breaks" }];
  const run = (error: Error) => () => Promise.reject(error);
  const tree: Command = {
    name: "milena",
    summary: "x",
    examples,
    commands: [
      { name: "break", summary: "x", examples, run: run(new TypeError("x is not a function")) },
      { name: "fail", summary: "x", examples, run: run(new CommandFailure("the disk is full")) },
    ],
  };
  deepEqual(await milena(["break"], {}, tree), { code: 1, out: "", err: "milena: x is not a function" });
  deepEqual(await milena(["fail"], {}, tree), { code: 1, out: "", err: "milena: the disk is full" });
  match((await milena(["break"], { MILENA_DEBUG: "1" }, tree)).err, /\n +at /);
});

Deno.test("help and version that can't be written are told in a sentence, and a closed pipe is no failure", async () => {
  for (const args of [["--help"], ["--version"], ["topic", "list", "--help"]]) {
    for (
      const [thrown, code, said] of [
        [
          new Error("No space left on device (os error 28)"),
          1,
          "milena: No space left on device (os error 28)",
        ],
        [new Deno.errors.BrokenPipe("Broken pipe (os error 32)"), 0, ""],
      ] as const
    ) {
      const err: string[] = [];
      const terminal: Terminal = {
        print: () => {
          throw thrown;
        },
        write: () => {},
        writeBytes: () => Promise.resolve(),
        report: (text) => void err.push(text),
        environment: {},
      };
      equal(await main(args, terminal), code);
      equal(err.join("\n"), said);
    }
  }
});
