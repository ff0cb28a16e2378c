/**
 * `milena serve` as a process: what it says, how it ends, and what it answers to those who start it wrongly. Runs against
 * the source, or the binary that MILENA_BINARY names.
 */
import { equal, match, ok } from "node:assert/strict";
import { createConnection } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMilena } from "../support/milena_process.ts";
import { type RunResult, tryCommand } from "../support/run_command.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** Runs the program to its end. */
function milena(args: string[], environment: Record<string, string> = {}): Promise<RunResult> {
  const binary = Deno.env.get("MILENA_BINARY");
  const [program, ...first] = binary ? [binary] : [Deno.execPath(), "run", "-A", join(repository, "main.ts")];
  return tryCommand(program!, [...first, ...args], { environment, timeoutMs: 20_000 });
}

/** A start that must fail: free ports unless told otherwise, and a directory of its own. */
async function failingStart(flags: string[], dataDirectory?: string): Promise<string> {
  const directory = dataDirectory ?? await Deno.makeTempDir({ prefix: "milena-test-" });
  try {
    const result = await milena([
      "serve",
      ...["--data-dir", directory],
      ...flags.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"],
      ...flags.includes("--http-listen") ? [] : ["--http-listen", "127.0.0.1:0"],
      ...flags,
    ]);
    equal(result.code, 1, result.stderr);
    ok(!/^\s+at /m.test(result.stderr), `a stack trace: ${result.stderr}`);
    ok(!new TextDecoder().decode(result.stdout).includes("milena ready"));
    const lines = result.stderr.trim().split("\n");
    equal(lines.length, 1, `one sentence: ${result.stderr}`);
    match(lines[0]!, /^milena: \S/);
    return lines[0]!;
  } finally {
    if (dataDirectory === undefined) await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("serve prints a banner, and the ready line last on standard output", async () => {
  const directory = await Deno.makeTempDir({ prefix: "milena-test-" });
  try {
    const binary = Deno.env.get("MILENA_BINARY");
    const [program, ...first] = binary
      ? [binary]
      : [Deno.execPath(), "run", "-A", join(repository, "main.ts")];
    const free = ["--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--data-dir", directory];
    const child = new Deno.Command(program!, {
      args: [...first, "serve", ...free],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let said = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (said.includes("milena ready")) child.kill("SIGINT");
    }
    equal((await child.status).code, 0);
    const lines = said.trimEnd().split("\n");
    const ready = /^milena ready kafka=(127\.0\.0\.1:\d+) http=(127\.0\.0\.1:\d+)$/.exec(lines.at(-1)!);
    ok(ready, lines.at(-1));
    const banner = lines.slice(0, -1).join("\n");
    match(banner, /^Milena \d/);
    ok(banner.includes(directory));
    match(banner, /a killed process loses nothing acknowledged; a power cut at most the last second/);
    ok(
      banner.includes(`milena produce greetings -b ${ready[1]}`) && banner.includes(`http://${ready[2]}/`),
      "the real ports",
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("serve answers on both ports and ends with 0 on SIGTERM, though clients are connected", async () => {
  await using broker = await startMilena();
  const answer = await fetch(`http://${broker.http.host}:${broker.http.port}/livez`);
  equal(answer.status, 200);
  await answer.body?.cancel();
  const client = createConnection(broker.kafka.port, broker.kafka.host);
  await new Promise((resolve) => client.once("connect", resolve));
  client.on("error", () => {});
  client.write(new Uint8Array([0, 0, 1, 0, 0])); // a request that never becomes whole
  const tookMs = await broker.terminate();
  ok(tookMs < 5000, `${tookMs} ms`);
  client.destroy();
});

Deno.test("serve with --sync says that acknowledged is on disk", async () => {
  await using broker = await startMilena({ sync: true });
  const answer = await fetch(`http://${broker.http.host}:${broker.http.port}/topics/t/records`, {
    method: "POST",
    body: "x",
  });
  equal((await answer.json()).durability, "disk");
});

Deno.test("serve takes settings from the environment, a file and flags, and warns of what it does not know", async () => {
  const file = await Deno.makeTempFile({ suffix: ".properties" });
  try {
    await Deno.writeTextFile(file, "num.partitions=3\nnum.partitons=4\nzookeeper.connect=localhost:2181\n");
    await using broker = await startMilena({ args: ["--config", file], settings: { "node.id": "7" } });
    const base = `http://${broker.http.host}:${broker.http.port}`;
    const put = await fetch(`${base}/topics/three`, { method: "PUT" });
    ok(put.ok, await put.text());
    const { partitions } = await (await fetch(`${base}/topics/three`)).json();
    equal(partitions.length, 3);
    equal(partitions[0].leader, 7);
    match(broker.stderr, /^\d{4}-\S+Z WARN num\.partitons is no setting; did you mean num\.partitions\?/m);
    match(broker.stderr, /WARN zookeeper\.connect has no effect: there is no ZooKeeper here/);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("serve says that its Kafka port is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const said = await failingStart(["--listen", `127.0.0.1:${taken.addr.port}`]);
  match(said, new RegExp(`127\\.0\\.0\\.1:${taken.addr.port}.*port`));
});

Deno.test("serve says that its HTTP port is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const said = await failingStart(["--http-listen", `127.0.0.1:${taken.addr.port}`]);
  match(
    said,
    new RegExp(`can't listen on 127\\.0\\.0\\.1:${taken.addr.port} for HTTP: another program has that port`),
  );
});

Deno.test("serve says that this machine has no such address", async () => {
  match(await failingStart(["--listen", "203.0.113.1:0"]), /203\.0\.113\.1/);
  match(await failingStart(["--listen", "no-such-host.invalid:0"]), /no-such-host\.invalid/);
});

Deno.test("serve says that its directory can't be written", async () => {
  match(await failingStart([], "/proc/milena"), /\/proc\/milena/);
  const file = await Deno.makeTempFile();
  try {
    match(await failingStart([], file), new RegExp(file));
    match(await failingStart([], join(file, "below")), new RegExp(file));
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("serve says that its directory belongs to something else, and leaves it alone", async () => {
  const directory = await Deno.makeTempDir({ prefix: "milena-test-" });
  try {
    await Deno.writeTextFile(join(directory, "precious.txt"), "keep me");
    match(await failingStart([], directory), new RegExp(directory));
    equal([...Deno.readDirSync(directory)].map(({ name }) => name).join(), "precious.txt");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("serve says that another process has its directory", async () => {
  await using broker = await startMilena();
  match(await failingStart([], broker.dataDirectory), new RegExp(broker.dataDirectory));
  const answer = await fetch(`http://${broker.http.host}:${broker.http.port}/livez`);
  equal(answer.status, 200, "the first one is unharmed");
  await answer.body?.cancel();
});

Deno.test("serve tells settings that don't fit together with both numbers", async () => {
  const said = await failingStart(["--set", "message.max.bytes=200000000"]);
  match(said, /message\.max\.bytes is 200000000 .* socket\.request\.max\.bytes, which is 104857600/);
});

Deno.test("milena exits with 2 on what it does not understand", async () => {
  for (const args of [["srve"], ["serve", "--listn", "x"], ["serve", "--set", "num.partitons=1"], []]) {
    const { code, stderr, stdout } = await milena(args);
    equal(code, 2, stderr);
    equal(stdout.length, 0);
  }
});

Deno.test("milena help and milena version work without a broker", async () => {
  const help = await milena(["serve", "--help"]);
  equal(help.code, 0);
  match(new TextDecoder().decode(help.stdout), /Usage:\n {2}milena serve \[flags\]/);
  equal((await milena(["version"])).code, 0);
});
