/**
 * `milena produce` and `milena consume` as processes: what is written is read, and how each of them ends. Runs the source, or
 * the binary that MILENA_BINARY names, against Milena or the broker that MILENA_TEST_BOOTSTRAP names.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { Admin } from "../../client/admin/admin.ts";
import { Consumer, type ConsumerRecord, Producer } from "../../client/mod.ts";
import { milenaProgram, startMilena } from "../support/milena_process.ts";
import { Key, PseudoTerminal } from "../support/pseudo_terminal.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { program, testNeeding } from "../support/requirement.ts";
import { type RunResult, tryCommand } from "../support/run_command.ts";
import { targetOfThisFile } from "../support/target.ts";

const [milena, ...first] = milenaProgram();
const decoder = new TextDecoder();
/** Groups begin at once, and logs are compacted soon. */
const SETTINGS = { "log.cleaner.backoff.ms": "200", "group.initial.rebalance.delay.ms": "0" };
const bytes = (text: string) => new TextEncoder().encode(text);

const target = targetOfThisFile({ settings: SETTINGS });

interface Surroundings {
  readonly bootstrap: string;
  readonly admin: Admin;
  /** Runs the command line against the broker. */
  run(args: readonly string[], stdin?: string): Promise<RunResult & { readonly out: string }>;
  /** As `run`; must exit with 0. Returns what it wrote to standard output. */
  good(args: readonly string[], stdin?: string): Promise<string>;
  /** The path of a file with this text, for as long as the test lasts. */
  file(name: string, text: string): Promise<string>;
}

/** They share a broker, so each has topics of its own. */
function test(name: string, body: (around: Surroundings) => Promise<void>, needs = [program("bash")]): void {
  testNeeding(needs, name, async () => {
    const { bootstrap } = target;
    const directory = await Deno.makeTempDir({ prefix: "milena-records-" });
    using admin = new Admin({ "bootstrap.servers": bootstrap });
    const environment = { MILENA_BOOTSTRAP: bootstrap, NO_COLOR: "1" };
    const run: Surroundings["run"] = async (args, stdin) => {
      const options = {
        environment,
        timeoutMs: 30_000,
        ...stdin === undefined ? {} : { stdin: bytes(stdin) },
      };
      const result = await tryCommand(milena, [...first, ...args], options);
      return { ...result, out: decoder.decode(result.stdout) };
    };
    try {
      await body({
        bootstrap,
        admin,
        run,
        async good(args, stdin) {
          const { code, out, stderr } = await run(args, stdin);
          equal(code, 0, `milena ${args.join(" ")}: ${stderr}`);
          return out;
        },
        async file(name, text) {
          const path = join(directory, name);
          await Deno.writeTextFile(path, text);
          return path;
        },
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

async function allRecords(bootstrap: string, topic: string, count: number): Promise<ConsumerRecord[]> {
  await using consumer = new Consumer({
    "bootstrap.servers": bootstrap,
    "auto.offset.reset": "earliest",
  });
  using admin = new Admin({ "bootstrap.servers": bootstrap });
  const [description] = await admin.describeTopics([topic]);
  await consumer.assign(description!.partitions.map((_, partition) => ({ topic, partition, offset: 0 })));
  const records: ConsumerRecord[] = [];
  while (records.length < count) records.push(...await consumer.poll({ timeoutMs: 5000 }));
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

test("produce writes lines, keys, headers, tombstones and whole files; consume shows them in any format", async (around) => {
  const { good, run, file } = around;
  const produced = await run(["produce", "shown", "-H", "a=1", "-H", "b"], "one\n\ntwo\r\nthree");
  equal(produced.code, 0);
  equal(produced.out, "", "standard output is for records");
  match(produced.stderr, /^4 records \(11 bytes\) written to shown-0, offsets 0 to 3, in [\d.]+ s\n$/);
  await good(["produce", "shown", "-K", "\\t", "-Z", "-q"], "k1\tv1\nk2\t\n");
  await good([
    "produce",
    "shown",
    "--whole-file",
    "-k",
    "k3",
    await file("a.bin", "x\ny"),
    await file("b.bin", ""),
  ]);
  equal(await good(["consume", "shown", "-e", "-n", "4"]), "one\n\ntwo\nthree\n");
  equal(
    await good(["consume", "shown", "-e", "-f", "%t-%p@%o %K:%k %V:%v{hex} %H:%h\\n", "-o", "3"]),
    [
      "shown-0@3 -1: 5:7468726565 2:a=1,b=",
      "shown-0@4 2:k1 2:7631 0:",
      "shown-0@5 2:k2 -1: 0:",
      "shown-0@6 2:k3 3:780a79 0:",
      "shown-0@7 2:k3 0: 0:",
      "",
    ].join("\n"),
  );
  const [json] = (await good(["consume", "shown", "-o", "0:1", "-f", "json"])).split("\n");
  const { timestamp, ...record } = JSON.parse(json!);
  ok(Math.abs(Date.now() - timestamp) < 60_000);
  deepEqual(record, {
    topic: "shown",
    partition: 0,
    offset: 0,
    key: null,
    value: "one",
    value_format: "text",
    headers: [{ key: "a", value: "1" }, { key: "b", value: null }],
  });
  const meta = JSON.parse(await good(["consume", "shown", "-o", "5:6", "--meta-only"]));
  deepEqual([meta.key_size, meta.value_size, "value" in meta], [2, null, false]);
});

test("produce ends at what can't be written, with its line, and what was before it is delivered", async (around) => {
  const { admin, run, good, file } = around;
  const refused = async (args: string[], stdin: string, message: RegExp) => {
    const { code, stderr } = await run(["produce", ...args], stdin);
    equal(code, 1, stderr);
    match(stderr, message);
  };
  const json = ["--input", "json"];
  await refused(
    ["a", ...json],
    '{"value":1}\n\n{"valeu":2}\n{"value":3}\n',
    /line 3 of standard input: "valeu" is not a/,
  );
  await refused(
    ["a", ...json],
    '{"value":4}\n{"value":',
    /line 2 of standard input: column 10: a value was expected/,
  );
  await refused(["a", "-K", ":"], "k:5\nno key\n", /line 2 of standard input: there is no ":" in it/);
  await refused(
    ["a", "-X", "max.request.size=1000"],
    `6\n${"x".repeat(1001)}\n`,
    /line 2 .* more than the 1000 bytes/,
  );
  await refused(
    ["a", "-p", "1"],
    "7\n",
    /line 1 of standard input: a record is for partition 1 of a, which has 1/,
  );
  equal(await good(["consume", "a", "-e"]), "1\n4\n5\n6\n");
  // What the broker refuses.
  await admin.createTopic({ name: "small", configs: new Map([["max.message.bytes", "500"]]) });
  const lines = `${"ok\n".repeat(3)}${"x".repeat(1000)}\n`;
  await refused(
    [
      "small",
      await file("lines.txt", lines),
      "-X",
      "batch.size=0",
      "-X",
      "max.in.flight.requests.per.connection=1",
    ],
    "",
    /3 records written to small-0, offsets 0 to 2.*\nmilena: 1 record could not be delivered, from line 4 of .*lines.txt on: .*MESSAGE_TOO_LARGE/s,
  );
  const missing = await run(["consume", "nowhere"]);
  equal(missing.code, 1);
  match(missing.stderr, /there is no topic "nowhere"/);
});

test("consume --format json | produce --input json writes the same records, byte for byte", async (around) => {
  const { bootstrap, admin, good } = around;
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const texts = [
    "",
    "null",
    '{"a": 1,  "b":12345678901234567890.10}',
    '{"b":2,"a":{"c":[1,2 ]},"a":0}',
    " 1",
    "1 ",
    "[1,\n2]",
    "[1,\r2]",
    '"text"',
    "plain",
    "ünï\u{1f600}\u2028",
    "\ufeff{}",
    '\0\x01"\\',
  ];
  const some = () => {
    const kind = random.below(10);
    if (kind === 0) return null;
    if (kind < 7) return bytes(random.pick(texts));
    return Uint8Array.from({ length: random.below(50) }, () => random.below(256));
  };
  for (const name of ["from", "to"]) await admin.createTopic({ name, partitionCount: 3 });
  const count = 500;
  {
    await using producer = new Producer({ "bootstrap.servers": bootstrap, "sender": "inline" });
    for (let i = 0; i < count; i++) {
      const headers = Array.from(
        { length: random.below(3) },
        () => ({ key: random.pick(texts), value: some() }),
      );
      const timestamp = 1_700_000_000_000 + random.below(1e6);
      await producer.append({
        topic: "from",
        partition: random.below(3),
        key: some(),
        value: some(),
        headers,
        timestamp,
      });
    }
  }
  const json = await good(["consume", "from", "-e", "-f", "json"]);
  equal(json.split("\n").length - 1, count);
  await good(["produce", "to", "--input", "json", "-z", "lz4"], json);
  const shape = ({ partition, offset, timestamp, key, value, headers }: ConsumerRecord) => ({
    partition,
    offset,
    timestamp,
    key,
    value,
    headers: [...headers],
  });
  const from = await allRecords(bootstrap, "from", count);
  deepEqual((await allRecords(bootstrap, "to", count)).map(shape), from.map(shape), `seed ${seed}`);
});

test("consume reads from offsets and times, partitions, topics by pattern, and what a filter wants", async (around) => {
  const { bootstrap, admin, good, run } = around;
  for (const name of ["orders-eu", "orders-us"]) await admin.createTopic({ name, partitionCount: 2 });
  {
    await using producer = new Producer({ "bootstrap.servers": bootstrap, "sender": "inline" });
    for (let i = 0; i < 40; i++) {
      const topic = i < 20 ? "orders-eu" : "orders-us";
      await producer.append({
        topic,
        partition: i % 2,
        value: String(i),
        timestamp: 1_700_000_000_000 + i * 1000,
      });
    }
  }
  const read = async (...args: string[]) => {
    const text = await good(["consume", "-e", ...args]);
    return text.split("\n").slice(0, -1).map(Number).sort((a, b) => a - b);
  };
  deepEqual(await read("orders-eu", "-o", "-1"), [18, 19]);
  deepEqual(await read("orders-eu", "-o", "8", "-p", "1"), [17, 19]);
  deepEqual(await read("orders-eu", "-o", "+1:-8"), [2, 3]);
  deepEqual(await read("orders-eu", "-o", "@1700000005000:1700000008000"), [5, 6, 7]);
  deepEqual(await read("orders-eu", "-o", "@2023-11-14T22:13:37"), [17, 18, 19]);
  deepEqual(await read("orders-eu", "-o", "end"), []);
  deepEqual(await read("orders-eu", "-o", "500"), []);
  deepEqual(await read("orders-eu", "orders-us", "-o", "-1"), [18, 19, 38, 39]);
  deepEqual(await read("-r", "^orders-(eu|us)$", "--filter", "value >= 19 && value < 22"), [19, 20, 21]);
  equal((await read("-r", "orders.*", "-n", "25")).length, 25);
  // Behind the end: nothing before it is shown, and what is there then is.
  const later = run(["consume", "orders-eu", "-p", "0", "-o", "11", "-n", "1"]);
  await good(["produce", "orders-eu", "-p", "0", "-q"], "1010\n1011\n");
  equal((await later).out, "1011\n");
  const misread = await run(["consume", "orders-eu", "--filter", "value >>"]);
  equal(misread.code, 2);
  match(misread.stderr, /--filter cannot be read at column/);
  match(
    (await run(["consume", "orders-eu", "-p", "2"])).stderr,
    /orders-eu has no partition 2: it has 2, from 0 on/,
  );
});

test("consume --until-end ends where partitions end, also if nothing can be read there", async (around) => {
  const { bootstrap, admin, good } = around;
  await admin.createTopic({ name: "ends", partitionCount: 3 });
  const transactional = {
    "bootstrap.servers": bootstrap,
    "sender": "inline",
    "transactional.id": "x",
    "linger.ms": 0,
  } as const;
  {
    await using producer = new Producer(transactional);
    await producer.initTransactions();
    for (const [value, how] of [["kept", "commit"], ["dropped", "abort"]] as const) {
      producer.beginTransaction();
      for (const partition of [0, 1]) await producer.append({ topic: "ends", partition, value });
      await producer.flush();
      if (how === "commit") await producer.commitTransaction();
      else await producer.abortTransaction();
    }
    equal(await good(["consume", "ends", "-e", "--isolation", "read_committed"]), "kept\nkept\n");
    equal((await good(["consume", "ends", "-e"])).split("\n").sort().join(), ",dropped,dropped,kept,kept");
    equal(await good(["consume", "ends", "-e", "-p", "2"]), "", "an empty partition");
    equal(await good(["consume", "ends", "-e", "-g", "g", "--isolation", "read_committed"]), "kept\nkept\n");
    // An open transaction: what is committed ends before it.
    producer.beginTransaction();
    await producer.append({ topic: "ends", partition: 2, value: "open" });
    await producer.flush();
    equal(await good(["consume", "ends", "-e", "--isolation", "read_committed", "-p", "2"]), "");
    await producer.abortTransaction();
  }
  // The end of a log that nothing is left of.
  const configs = new Map([
    ["cleanup.policy", "compact"],
    ["segment.ms", "100"],
    ["min.cleanable.dirty.ratio", "0.01"],
  ]);
  await admin.createTopic({ name: "c", configs });
  await good(["produce", "c", "-K", ":", "-q"], "a:1\nb:2\na:3\nb:4\n");
  equal((await good(["consume", "c", "-e", "-o", "2:end"])).trimEnd(), "3\n4");
  equal(await good(["consume", "c", "-o", ":2", "-f", "%o:%v\\n"]), "0:1\n1:2\n", "ends by itself");
});

test("consume --group commits what was written, and goes on there", async (around) => {
  const { admin, good, run, bootstrap } = around;
  await admin.createTopic({ name: "grouped", partitionCount: 2 });
  const values = Array.from({ length: 100 }, (_, i) => String(i));
  await good(["produce", "grouped", "-q"], values.join("\n"));
  const shown: string[] = [];
  for (const args of [["-n", "30"], ["-n", "1", "--filter", "value >= 0"], ["-e", "-n", "29"], ["-e"]]) {
    shown.push(...(await good(["consume", "grouped", "-g", "g", ...args])).split("\n").slice(0, -1));
  }
  equal(shown.length, 100);
  deepEqual([...shown].sort((a, b) => Number(a) - Number(b)), values, "each once");
  equal(await good(["consume", "grouped", "-g", "g", "-e"]), "");
  const { code, stderr } = await run(["consume", "grouped", "-g", "g", "-o", "5"]);
  equal(code, 2);
  match(stderr, /milena group seek/);
  // Nothing is committed of what whoever reads has not got.
  const script = `"$@" | { read -r line; echo "$line"; }`;
  const environment = { MILENA_BOOTSTRAP: bootstrap };
  const args = ["-c", script, "bash", milena, ...first, "consume", "grouped", "-g", "h"];
  const piped = await tryCommand("bash", args, { environment, timeoutMs: 20_000 });
  equal(piped.code, 0, piped.stderr);
  equal(piped.stderr, "");
});

test("consume ends with 0 when nobody reads it any more, also while nothing comes", async (around) => {
  const { bootstrap, good } = around;
  await good(["produce", "much", "-q"], `${"x".repeat(100)}\n`.repeat(20_000));
  await good(["produce", "little", "-q"], "only\n");
  for (const [topic, expected] of [["much", "x".repeat(100)], ["little", "only"]] as const) {
    const script = '"$@" | head -1; echo "${PIPESTATUS[0]}"';
    const { stdout, stderr } = await tryCommand("bash", [
      "-c",
      script,
      "bash",
      milena,
      ...first,
      "consume",
      topic,
    ], {
      environment: { MILENA_BOOTSTRAP: bootstrap },
      timeoutMs: 20_000,
    });
    equal(decoder.decode(stdout), `${expected}\n0\n`);
    equal(stderr, "");
  }
});

testNeeding([], "consume says when no broker answers any more, and when one does again", async () => {
  await using broker = await startMilena();
  const child = new Deno.Command(milena, {
    args: [...first, "consume", "quiet"],
    env: { MILENA_BOOTSTRAP: broker.bootstrap },
    stdout: "null",
    stderr: "piped",
  });
  using admin = new Admin({ "bootstrap.servers": broker.bootstrap });
  await admin.createTopic({ name: "quiet", partitionCount: 1 });
  const process = child.spawn();
  const lines = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  const hear = async (words: RegExp) => {
    while (!words.test(said)) {
      const { done, value } = await lines.read();
      ok(!done, `it has ended, having said: ${said}`);
      said += value;
    }
  };
  // Until then it has not begun to watch.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await broker.kill9();
  await hear(/no broker answers, waiting: .*\n/);
  await broker.start();
  await hear(/the brokers answer again\n/);
  process.kill("SIGINT");
  await process.status;
  await lines.cancel();
});

test("produce and consume end in order on SIGINT: what was read is delivered, and said", async ({ bootstrap, good }) => {
  const spawn = (args: string[]) =>
    new Deno.Command(milena, {
      args: [...first, ...args],
      env: { MILENA_BOOTSTRAP: bootstrap },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const producing = spawn(["produce", "signals", "-X", "linger.ms=60000"]);
  const input = producing.stdin.getWriter();
  await input.write(bytes("one\ntwo\nthr"));
  await good(["produce", "signals", "-q"], "other\n");
  const consuming = spawn(["consume", "signals"]);
  await consuming.stdin.close();
  const reader = consuming.stdout.getReader();
  equal(decoder.decode((await reader.read()).value), "other\n");
  producing.kill("SIGINT");
  const [{ code }, said] = await Promise.all([producing.status, new Response(producing.stderr).text()]);
  await input.close().catch(() => {});
  equal(code, 130);
  match(said, /^2 records \(6 bytes\) written to signals-0, offsets 1 to 2, in /);
  await producing.stdout.cancel();
  equal(decoder.decode((await reader.read()).value), "one\ntwo\n");
  consuming.kill("SIGINT");
  equal((await consuming.status).code, 0);
  equal(await new Response(consuming.stderr).text(), "");
  await reader.cancel();
});

test(
  "produce shows on a terminal how far it is with a file, and Ctrl-C ends it",
  async ({ bootstrap, file, good }) => {
    const path = await file("lines.txt", "x\n".repeat(2_000_000));
    // A request for each record takes long enough to be watched.
    const slow = [
      "batch.size=0",
      "linger.ms=0",
      "max.in.flight.requests.per.connection=1",
      "buffer.memory=65536",
    ];
    const args = [...first, "produce", "watched", path, ...slow.flatMap((config) => ["-X", config])];
    await using terminal = new PseudoTerminal(milena, args, {
      environment: { MILENA_BOOTSTRAP: bootstrap },
    });
    await terminal.waitFor(/\[=*> *\] \d+\.\d% of 4\.00 MB, .*B\/s, .* left/);
    await terminal.send(Key.CTRL_C);
    equal(await terminal.exitCode(), 130);
    match(terminal.screen.text, /[\d,]+ records \(.*\) written to watched-0, offsets 0 to [\d,]+, in /);
    ok(!terminal.screen.text.includes("% of"), "the line is cleared");
    const said = /([\d,]+) records \(/.exec(terminal.screen.text)![1]!.replaceAll(",", "");
    equal(
      (await good(["consume", "watched", "-e"])).length / 2,
      Number(said),
      "what it says was delivered, was",
    );
  },
  [program("python3")],
);
