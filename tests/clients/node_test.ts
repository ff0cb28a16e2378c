/**
 * The client on Node: built as the package that people install, used by a script of theirs, beside a started broker.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { buildModules, buildNpmPackage } from "../../scripts/npm.ts";
import { runTypeScript } from "../../scripts/npm_declarations.ts";
import { Authority, openssl } from "../support/certificates.ts";
import { startMilena } from "../support/milena_process.ts";
import { node, runNode } from "../support/node_program.ts";
import { testNeeding } from "../support/requirement.ts";
import { writeAll } from "../support/tiny_server.ts";

/** Its name stands in no import here: to this project it is no package. */
const PACKAGE = "@milena/client";

/** What is installed lies under its name. */
async function install(directory: string): Promise<void> {
  await buildNpmPackage(join(directory, `node_modules/${PACKAGE}`));
}

const roundTrips = `
import { Admin, Consumer, json, Producer, string } from "${PACKAGE}";
const common = { "bootstrap.servers": given.bootstrap };
const outcomes = [];
for (const sender of ["worker", "inline"]) {
  for (const codec of ["none", "gzip", "snappy", "lz4"]) {
    const topic = sender + "-" + codec;
    const producer = new Producer({
      ...common, sender, "compression.type": codec, "key.serializer": string, "value.serializer": json(),
    });
    const sent = await Promise.all(
      Array.from({ length: 500 }, (_, i) => producer.send({ topic, key: "k" + i % 7, value: { i, text: "x".repeat(i) } })),
    );
    await producer.close();
    const consumer = new Consumer({
      ...common, "auto.offset.reset": "earliest", "key.deserializer": string, "value.deserializer": json(),
    });
    await consumer.assign([{ topic, partition: 0, offset: 0 }]);
    const read = [];
    while (read.length < sent.length) read.push(...await consumer.poll({ timeoutMs: 5000 }));
    await consumer.close();
    outcomes.push({
      topic,
      offsets: sent.every(({ offset }, i) => offset === i),
      records: read.every(({ key, value, offset }, i) =>
        key === "k" + i % 7 && value.i === i && value.text.length === i && offset === i),
    });
  }
}
const group = new Consumer({
  ...common, "group.id": "g", "auto.offset.reset": "earliest", "key.deserializer": string, "value.deserializer": json(),
});
group.subscribe(["worker-lz4"]);
let grouped = 0;
for await (const record of group) {
  if (++grouped === 500) break;
}
await group.commit();
await group.close();
const admin = new Admin(common);
const topics = (await admin.listTopics()).map(({ name }) => name);
const committed = (await admin.listGroupOffsets("g")).map(({ topic, offset }) => topic + " " + offset);
admin.close();
let zstd;
try {
  new Producer({ ...common, "compression.type": "zstd" });
  zstd = "made";
} catch (error) {
  zstd = error.name + ": " + error.message;
}
console.log(JSON.stringify({ major: Number(process.versions.node.split(".")[0]), outcomes, topics, committed, zstd }));
`;

testNeeding([node], "the client on Node writes and reads records, in two threads and in one", async () => {
  await using broker = await startMilena();
  const directory = await Deno.makeTempDir({ prefix: "milena-node-" });
  try {
    await install(directory);
    const found = await runNode(directory, roundTrips, { bootstrap: broker.bootstrap }) as {
      readonly major: number;
      readonly outcomes: readonly { readonly offsets: boolean; readonly records: boolean }[];
      readonly topics: readonly string[];
      readonly committed: readonly string[];
      readonly zstd: string;
    };
    equal(found.outcomes.length, 8);
    deepEqual(found.outcomes.filter(({ offsets, records }) => !offsets || !records), []);
    equal(found.topics.filter((name) => /^(worker|inline)-/.test(name)).length, 8);
    // Whoever stops at a record is not done with it.
    deepEqual(found.committed, ["worker-lz4 499"]);
    if (found.major < 22) match(found.zstd, /^ConfigError: .*zstd wants Deno, or Node 22\.15 or newer/);
    await checksTypes(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** The declarations that come along must let pass what is right, refuse what is wrong, and lack nothing themselves. */
async function checksTypes(directory: string): Promise<void> {
  const path = join(directory, "user.mts");
  await Deno.writeTextFile(
    path,
    `import { Consumer, json, Producer, type RecordMetadata, string } from "${PACKAGE}";
    const producer = new Producer<string, { a: number }>({
      "bootstrap.servers": "a:1", "key.serializer": string, "value.serializer": json<{ a: number }>(),
    });
    export const sent: RecordMetadata = await producer.send({ topic: "t", key: "k", value: { a: 1 } });
    // @ts-expect-error: the key is a text
    await producer.send({ topic: "t", key: 5, value: { a: 1 } });
    // @ts-expect-error: there is no such config
    new Producer({ "bootstrap.server": "a:1" });
    const consumer = new Consumer({
      "bootstrap.servers": "a:1", "key.deserializer": string, "value.deserializer": json<{ a: number }>(),
    });
    for await (const { value } of consumer) sum(value?.a ?? 0);
    function sum(_: number) {}
    `,
  );
  await runTypeScript(directory, [
    ...["--noEmit", "--strict", "--target", "esnext", "--module", "nodenext", "--lib", "esnext,dom", path],
  ]);
}

const socketScript = `
import { openSocket } from "./open_socket.js";
async function outcome(address, tls) {
  let socket;
  try {
    socket = await openSocket(address, { timeoutMs: 5000, tls });
  } catch (error) {
    return error.failure + ": " + error.message;
  }
  const sent = crypto.getRandomValues(new Uint8Array(60_000));
  const into = new Uint8Array(50_000);
  let end = 0;
  const writing = (async () => {
    for (let i = 0; i < 20; i++) await socket.write(sent);
  })();
  while (end < 20 * sent.length) {
    const room = into.subarray(0, 1 + (end * 7919) % into.length);
    const count = await socket.read(room);
    if (count === null) return "ended after " + end;
    for (let i = 0; i < count; i++) {
      if (room[i] !== sent[(end + i) % sent.length]) return "other bytes at " + (end + i);
    }
    end += count;
  }
  await writing;
  socket.close();
  return "echoed";
}
const outcomes = {};
for (const [name, { address, tls }] of Object.entries(given)) outcomes[name] = await outcome(address, tls);
console.log(JSON.stringify(outcomes));
`;

async function echo(socket: Deno.Conn): Promise<void> {
  const into = new Uint8Array(100_000);
  for (let count = await socket.read(into); count !== null; count = await socket.read(into)) {
    await writeAll(socket, into.subarray(0, count));
  }
}

async function serve(listener: Deno.Listener<Deno.Conn>): Promise<void> {
  for await (const socket of listener) echo(socket).catch(() => {}).finally(() => close(socket));
}

function close(socket: Deno.Conn): void {
  try {
    socket.close();
  } catch {
    // The other side was faster.
  }
}

testNeeding([node, openssl], "openSocket() on Node carries bytes, and believes whom it should", async () => {
  await using authority = await Authority.create();
  await using stranger = await Authority.create("somebody else");
  const host = "127.0.0.1";
  const listeners: Deno.Listener<Deno.Conn>[] = [Deno.listen({ hostname: host, port: 0 })];
  for (
    const certified of [
      await authority.sign("broker", "DNS:localhost,IP:127.0.0.1"),
      await authority.sign("broker", "DNS:elsewhere.example"),
      await authority.sign("broker", "IP:127.0.0.1", -1),
    ]
  ) listeners.push(Deno.listenTls({ hostname: host, port: 0, ...certified }) as Deno.Listener<Deno.Conn>);
  const [plain, secure, misnamed, expired] = listeners.map(({ addr }) => ({
    host,
    port: (addr as Deno.NetAddr).port,
  }));
  for (const listener of listeners) void serve(listener);
  const directory = await Deno.makeTempDir({ prefix: "milena-node-" });
  try {
    await buildModules(directory, ["client/sockets/open_socket.ts"]);
    ok((await Deno.readTextFile(join(directory, "open_socket.js"))).includes("export"));
    const tls = { ca: authority.cert };
    const found = await runNode(directory, socketScript, {
      plain: { address: plain },
      secure: { address: secure, tls },
      byName: { address: { ...secure, host: "localhost" }, tls },
      unknown: { address: secure, tls: { ca: stranger.cert } },
      misnamed: { address: misnamed, tls },
      expired: { address: expired, tls },
      unencrypted: { address: plain, tls },
      unusable: { address: secure, tls: { ...tls, cert: authority.cert, key: "none" } },
      nobody: { address: { path: join(directory, "none.sock") } },
    }) as Record<string, string>;
    const wanted: Record<string, RegExp> = {
      plain: /: echoed$/,
      secure: /: echoed$/,
      byName: /: echoed$/,
      unknown: /: tls: .*give that authority's certificate in ssl\.ca/,
      misnamed: /: tls: .*certificate is for other names/,
      expired: /: tls: .*has expired/,
      unencrypted: /: tls: .*that port does not speak TLS/,
      unusable: /: tls: .*ssl\.ca, ssl\.cert or ssl\.key can't be used/,
      nobody: /: unreachable: no connection to a broker at unix:/,
    };
    for (const [name, words] of Object.entries(wanted)) match(`${name}: ${found[name]}`, words);
  } finally {
    for (const listener of listeners) listener.close();
    await Deno.remove(directory, { recursive: true });
  }
});
