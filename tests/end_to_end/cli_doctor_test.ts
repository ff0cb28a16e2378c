/** `milena doctor` as a process: on this machine, beside a broker, before a port that is taken, and on the way to clusters. */
import { equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import type { NamedFinding } from "../../cli/doctor/checks.ts";
import { milenaProgram, startMilena } from "../support/milena_process.ts";
import { tryCommand } from "../support/run_command.ts";

const [milena, ...before] = milenaProgram();

async function doctor(...args: string[]): Promise<{ code: number; out: string; stderr: string }> {
  const { code, stdout, stderr } = await tryCommand(milena, [...before, "doctor", ...args]);
  return { code, out: new TextDecoder().decode(stdout), stderr };
}

/** Findings by name. */
async function findings(...args: string[]): Promise<{ code: number; of: (name: string) => NamedFinding }> {
  const { code, out, stderr } = await doctor(...args, "--format", "json");
  equal(stderr, "");
  const all: readonly NamedFinding[] = JSON.parse(out);
  return {
    code,
    of: (name) =>
      all.find((finding) => finding.name === name) ?? { name, status: "skip", found: `not among ${out}` },
  };
}

const anyPorts = ["--listen", "127.0.0.1:0", "--http-listen", "none"];

async function withDirectory(work: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "milena-doctor-" });
  try {
    await work(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

Deno.test("milena doctor looks at this machine, and leaves nothing behind", async () => {
  await withDirectory(async (path) => {
    const { code, out } = await doctor("--data-dir", path, ...anyPorts);
    // Whether this machine is a good one is not for a test to say.
    equal(code, / [1-9]\d* failed/.test(out) ? 1 : 0);
    match(out, /^ok +system +linux on /m);
    match(out, /^\w+ +data directory +\/.*: 0 partitions; nobody has it$/m);
    match(out, /^\w+ +fdatasync +4 KiB took [\d.]+ ms in the middle, /m);
    match(out, /\n\n\d+ ok, \d+ to look at, \d+ failed/);
    ok(!out.includes("\x1b"));
    equal([...Deno.readDirSync(path)].length, 0);
  });
});

Deno.test("milena doctor knows the broker that runs, and gets to it", async () => {
  await using broker = await startMilena();
  const { host, port } = broker.http;
  const args = [
    "--listen",
    broker.bootstrap,
    "--http-listen",
    `${host}:${port}`,
    "--data-dir",
    broker.dataDirectory,
  ];
  const { of } = await findings(...args, "--bootstrap", broker.bootstrap);
  match(of("data directory").found, new RegExp(`\\(pid ${broker.pid}\\) has it`));
  match(of("Kafka port").found, new RegExp(`served by the broker .*\\(pid ${broker.pid}\\)`));
  equal(of("HTTP port").status, "ok");
  match(of("memory mappings").found, /the broker has [\d,]+ now/);
  match(of(`bootstrap ${broker.bootstrap}`).found, /^answers: cluster \S+, 1 broker$/);
  match(of("broker 1").found, /^advertises 127\.0\.0\.1:\d+, which answers from here$/);
  equal(of("broker 1, requests").found, "all that this client can ask for is there");
});

Deno.test("milena doctor fails where a port is taken, and says by whom", async () => {
  await withDirectory(async (path) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const { code, of } = await findings(
      "--data-dir",
      path,
      "--listen",
      `127.0.0.1:${port}`,
      "--http-listen",
      "none",
    );
    equal(code, 1);
    const { status, found, advice } = of("Kafka port");
    equal(status, "fail");
    match(
      found,
      new RegExp(`127\\.0\\.0\\.1:${port}.*another program has that port: .* \\(pid ${Deno.pid}\\)$`),
    );
    match(advice!, /choose another port/);
  });
});

Deno.test("milena doctor fails where nobody answers, or somebody who does not speak Kafka", async () => {
  await withDirectory(async (path) => {
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const nobody = `127.0.0.1:${free.addr.port}`;
    free.close();
    const answering = (async () => {
      for await (const connection of silent) {
        await connection.read(new Uint8Array(1000)).catch(() => {});
        await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")).catch(() => {});
        connection.close();
      }
    })();
    const stranger = `127.0.0.1:${silent.addr.port}`;
    const bootstrap = `${nobody},${stranger},no-such-host.invalid:9092`;
    const { code, of } = await findings("--data-dir", path, ...anyPorts, "--bootstrap", bootstrap);
    equal(code, 1);
    equal(of(`bootstrap ${nobody}`).status, "fail");
    match(of(`bootstrap ${nobody}`).advice!, /^nobody listens there/);
    match(of(`bootstrap ${stranger}`).advice!, /does not speak Kafka/);
    match(of("bootstrap no-such-host.invalid:9092").found, /^there is no host/);
    silent.close();
    await answering;
  });
});

Deno.test("milena doctor explains an advertised address that can't be reached from here", async () => {
  const advertised = "advertised.listeners=PLAINTEXT://kafka.invalid:29092";
  await using broker = await startMilena({ args: ["--set", advertised] });
  const { code, of } = await findings(
    ...["--data-dir", broker.dataDirectory, ...anyPorts, "--bootstrap", broker.bootstrap],
  );
  equal(code, 1);
  match(
    of("broker 1").found,
    /advertises kafka\.invalid:29092, and from here there is no host kafka\.invalid/,
  );
  match(
    of("broker 1").advice!,
    /^clients connect to what a broker advertises.* set its advertised\.listeners/,
  );
});

Deno.test("milena doctor fails where the data directory is a file", async () => {
  await withDirectory(async (path) => {
    const file = join(path, "data");
    await Deno.writeTextFile(file, "");
    const { code, of } = await findings("--data-dir", file, ...anyPorts);
    equal(code, 1);
    equal(of("data directory").found, `${file} is a file`);
  });
});
