/** `milena top` on a real terminal, in front of a broker that has traffic and goes away for a while; and without one. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { commitOffsets } from "../../client/admin/group_offsets.ts";
import { Cluster } from "../../client/cluster.ts";
import { HttpClient } from "../support/http_client.ts";
import { type MilenaProcess, milenaProgram, startMilena } from "../support/milena_process.ts";
import { Key, PseudoTerminal, type PseudoTerminalOptions } from "../support/pseudo_terminal.ts";
import { program, testNeeding } from "../support/requirement.ts";
import { tryCommand } from "../support/run_command.ts";
import { stepwise } from "../support/steps.ts";

const [milena, ...before] = milenaProgram();

function top(broker: MilenaProcess, args: readonly string[], options: PseudoTerminalOptions): PseudoTerminal {
  const all = [...before, "top", "--bootstrap", broker.bootstrap, "--interval", "0.2", ...args];
  return new PseudoTerminal(milena, all, options);
}

/** Records for orders, and a few for clicks, until it is disposed. What fails meanwhile has failed. */
class Traffic implements AsyncDisposable {
  readonly #ended: Promise<void>;
  #isOn = true;

  constructor(http: HttpClient) {
    this.#ended = this.#run(http);
  }

  async #run(http: HttpClient): Promise<void> {
    while (this.#isOn) {
      await send(http, "orders", 100).catch(() => {});
      await send(http, "clicks", 5).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOn = false;
    await this.#ended;
  }
}

async function send(http: HttpClient, topic: string, count: number): Promise<void> {
  const records = Array.from({ length: count }, (_, i) => ({ value: i, partition: i % 2 }));
  await http.ask("POST", `/topics/${topic}`, { body: { records } });
}

async function brokerWithTopics(): Promise<[MilenaProcess, HttpClient]> {
  const broker = await startMilena();
  const http = new HttpClient(broker);
  for (const topic of ["orders", "clicks", "idle"]) {
    await http.ask("PUT", `/topics/${topic}`, { body: { partitions: 2 }, status: 201 });
  }
  await send(http, "orders", 100);
  using cluster = new Cluster({ bootstrap: [broker.kafka], clientId: "test" });
  await commitOffsets(cluster, "billing", [{ topic: "orders", partition: 0, offset: 10 }]);
  return [broker, http];
}

const needs = [program("python3")];
/** Of a shell, root's or another's. */
const PROMPT = /[#$]$/;
/** The first word of each row of the table: below its heading, above the line of keys. */
const names = (rows: readonly string[]) => {
  const heading = rows.findIndex((row) => /^(TOPIC|GROUP|BROKER)/.test(row));
  return rows.slice(heading + 1, -1).map((row) => row.split(" ")[0]).filter((name) => name !== "");
};

testNeeding(
  needs,
  "milena top shows what goes on, answers to keys, and gives the terminal back",
  stepwise(async (step) => {
    const [started, http] = await brokerWithTopics();
    await using broker = started;
    await using _traffic = new Traffic(http);
    const metrics = `http://${broker.http.host}:${broker.http.port}/metrics`;
    await using terminal = top(broker, ["--metrics", metrics], {
      size: { columns: 120, rows: 20 },
    });
    const { screen } = terminal;

    await step("topics stand in the order of their rates, with what the broker tells of itself", async () => {
      await terminal.waitFor(({ rows }) => names(rows).slice(0, 2).join() === "orders,clicks");
      await terminal.waitFor(/\norders +2 +0 +[1-9][\d,.]* +[\d.]+ k?B/);
      await terminal.waitFor(/\n\d+ connections {2}[\d,.]+ requests\/s {2}p99 produce [\d.]+ ms/);
      ok(screen.isAlternate && !screen.isCursorVisible);
      match(screen.rows[0]!, /^milena top {2}127\.0\.0\.1:\d+ {2}1 broker {2}controller \d+ {2}4 topics/);
      equal(screen.lookOf("milena top"), "1");
    });
    await step("another column sorts them", async () => {
      await terminal.send(Key.LEFT.repeat(3));
      await terminal.waitFor(({ rows }) => names(rows).join() === "__consumer_offsets,clicks,idle,orders");
      await terminal.send("r");
      await terminal.waitFor(({ rows }) => names(rows).join() === "orders,idle,clicks,__consumer_offsets");
    });
    await step("what is typed behind a slash filters", async () => {
      await terminal.send("/cli");
      await terminal.waitFor(({ rows }) => names(rows).join() === "clicks");
      await terminal.send(Key.ESCAPE);
      await terminal.waitFor(({ rows }) => names(rows).length === 4);
    });
    await step("groups have their lag, and brokers what they lead", async () => {
      await terminal.send("2");
      await terminal.waitFor(/\nbilling +Empty +0 +1 +[1-9][\d,]* +\+/);
      await terminal.send(Key.TAB);
      await terminal.waitFor(/\n127\.0\.0\.1:\d+ +\d+ +controller/);
      await terminal.send("1");
      await terminal.waitFor("orders");
    });
    await step("a smaller terminal has the same in fewer columns", async () => {
      await terminal.resize({ columns: 40, rows: 10 });
      await terminal.waitFor(/\nTOPIC▼? +RECORDS\/S▼? +BYTES\/S\n/);
      deepEqual(names(screen.rows).toSorted(), ["__consumer_offse…", "clicks", "idle", "orders"]);
      await terminal.send("?");
      await terminal.waitFor("Keys  (any key goes back)");
      await terminal.send("x");
      await terminal.waitFor("orders");
      await terminal.resize({ columns: 100, rows: 20 });
      await terminal.waitFor("PARTITIONS");
    });
    await step("while it is paused nothing moves", async () => {
      await terminal.send("p");
      await terminal.waitFor("PAUSED");
      const { text } = screen;
      await new Promise((resolve) => setTimeout(resolve, 500));
      equal(screen.text, text);
      await terminal.send("p");
      await terminal.waitFor((screen) => screen.text !== text && !screen.text.includes("PAUSED"));
    });
    await step("a broker that is killed is missed, and found again when it is back", async () => {
      await broker.kill9();
      await terminal.waitFor(/\nno figures for \d+ s: .*127\.0\.0\.1/);
      match(screen.text, /\norders /, "what was known last is still there");
      await broker.start();
      await terminal.waitFor(({ text }) => !/no (figures|answer)/.test(text));
      await terminal.waitFor(/\norders +2 +0 +[1-9][\d,.]* /);
    });
    await step("q gives the terminal back as it was", async () => {
      await terminal.send("q");
      equal(await terminal.exitCode(), 0);
      ok(!screen.isAlternate && screen.isCursorVisible);
      equal(screen.text, "");
    });
  }),
);

testNeeding(
  needs,
  "milena top gives the terminal back whatever ends it, and colours nothing under NO_COLOR",
  async () => {
    const [started] = await brokerWithTopics();
    await using broker = started;
    const environment = { NO_COLOR: "1" };
    const ways: readonly [string, (terminal: PseudoTerminal) => Promise<void>][] = [
      ["Ctrl-C", (terminal) => terminal.send(Key.CTRL_C)],
      ["Escape", (terminal) => terminal.send(Key.ESCAPE)],
      ["SIGTERM", (terminal) => terminal.signal("SIGTERM")],
      ["SIGINT", (terminal) => terminal.signal("SIGINT")],
      ["SIGHUP", (terminal) => terminal.signal("SIGHUP")],
    ];
    await Promise.all(ways.map(async ([way, end]) => {
      await using terminal = top(broker, ["--metrics", "none"], { environment });
      await terminal.waitFor("orders");
      equal(terminal.screen.lookOf("milena top"), "", "no colours");
      await end(terminal);
      equal(await terminal.exitCode(), 0, way);
      ok(!terminal.screen.isAlternate && terminal.screen.isCursorVisible, way);
      equal(terminal.screen.text, "", way);
    }));
  },
);

testNeeding(
  [...needs, program("bash")],
  "milena top is suspended by Ctrl-Z, and drawn anew when it goes on",
  async () => {
    const [started] = await brokerWithTopics();
    await using broker = started;
    await using terminal = new PseudoTerminal("bash", ["--norc", "-i"]);
    const { screen } = terminal;
    await terminal.waitFor(PROMPT);
    const line = [milena, ...before, "top", "-b", broker.bootstrap, "--metrics", "none"].join(" ");
    await terminal.send(`${line}\r`);
    await terminal.waitFor("orders");
    await terminal.send(Key.CTRL_Z);
    await terminal.waitFor(/Stopped/);
    ok(!screen.isAlternate && screen.isCursorVisible);
    await terminal.send("fg\r");
    await terminal.waitFor((screen) => screen.isAlternate && screen.text.includes("orders"));
    await terminal.send("q");
    await terminal.waitFor((screen) => !screen.isAlternate && PROMPT.test(screen.text));
  },
);

testNeeding(needs, "milena top goes on where nobody could wake it after Ctrl-Z", async () => {
  const [started] = await brokerWithTopics();
  await using broker = started;
  await using terminal = top(broker, ["--metrics", "none"], {});
  await terminal.waitFor("orders");
  await terminal.send(Key.CTRL_Z);
  await terminal.waitFor((screen) => !screen.isAlternate);
  await terminal.waitFor((screen) => screen.isAlternate && screen.text.includes("orders"));
  await terminal.send("q");
  equal(await terminal.exitCode(), 0);
});

testNeeding(needs, "milena top leaves a shell whose terminal echoes and has lines again", async () => {
  const [started] = await brokerWithTopics();
  await using broker = started;
  const script = '"$@"; stty -a | tr ";" "\\n" | grep -oE -e "-?(icanon|echo|isig|icrnl)\\b" | sort | xargs';
  const args = ["-c", script, "sh", milena, ...before, "top", "-b", broker.bootstrap, "--metrics", "none"];
  await using terminal = new PseudoTerminal("sh", args);
  await terminal.waitFor("orders");
  await terminal.send("q");
  await terminal.exitCode();
  equal(terminal.screen.text, "echo icanon icrnl isig");
});

Deno.test("milena top without a terminal writes one measurement, as tables or for a program", async () => {
  const [started, http] = await brokerWithTopics();
  await using broker = started;
  await using _traffic = new Traffic(http);
  const run = async (...args: string[]) => {
    const all = [...before, "top", "-b", broker.bootstrap, "-i", "0.3", "--metrics", "none", ...args];
    const { code, stdout, stderr } = await tryCommand(milena, all);
    return { code, stderr, out: new TextDecoder().decode(stdout) };
  };
  const tables = await run();
  equal(tables.code, 0);
  match(tables.out, /^records\/s in +[1-9]/m);
  match(tables.out, /^orders +2 +0 +[1-9][\d.]* +[1-9]/m);
  match(tables.out, /^billing +Empty +0 +1 +[1-9]/m);
  ok(!tables.out.includes("\x1b"));
  const { out } = await run("--format", "json", "--filter", "orders");
  const { cluster, topics, groups, brokers, metrics, gaps } = JSON.parse(out);
  ok(cluster.recordsIn > 0 && cluster.bytesIn > 0 && cluster.lag > 0);
  deepEqual(topics.map(({ name }: { name: string }) => name), ["orders"]);
  ok(topics[0].recordsIn > 0 && topics[0].records > 0 && topics[0].size > 0);
  deepEqual(
    [groups.length, brokers.length, metrics, gaps],
    [1, 1, null, []],
  );
  const wrong = await run("--sort", "lagg", "--tab", "groups");
  equal(wrong.code, 2);
  match(wrong.stderr, /--sort is "lagg", but the columns of groups are .*did you mean lag\?/);
});
