/**
 * Live streams of a running broker: readers whose connections are cut, readers that stop reading, and what is not shown.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { CompressionType } from "../../protocol/compression.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { kafkajsTransactions } from "../clients/kafkajs_transactions.ts";
import { appBefore } from "../support/app_before.ts";
import { EventReader } from "../support/event_reader.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { numberedLines } from "../support/numbered_lines.ts";
import { SeededRandom, testSeed } from "../support/random.ts";

const MB = 1_000_000;
const encoder = new TextEncoder();

interface StreamedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly value: unknown;
}

function urlOf({ http }: MilenaProcess): string {
  return `http://${http.host}:${http.port}`;
}

async function createTopic(broker: MilenaProcess, topic: string, partitions: number): Promise<void> {
  const response = await fetch(`${urlOf(broker)}/topics/${topic}`, {
    method: "PUT",
    body: JSON.stringify({ partitions }),
  });
  equal(response.status, 201, await response.text());
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(what: string, condition: () => boolean, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    ok(performance.now() < deadline, `${what}: not within ${withinMs} ms`);
    await delay(5);
  }
}

/** A connection behind the head of a stream of events; undefined: the broker is away. */
async function openStream(
  { http }: MilenaProcess,
  path: string,
  lastEventId: string | undefined,
): Promise<Deno.TcpConn | undefined> {
  let socket: Deno.TcpConn | undefined;
  try {
    socket = await Deno.connect({ hostname: http.host, port: http.port });
    // By HTTP/1.0 the body is what follows, up to the end of the connection.
    await socket.write(encoder.encode(
      `GET ${path} HTTP/1.0\r\nhost: x\r\naccept: text/event-stream\r\n` +
        `${lastEventId === undefined ? "" : `last-event-id: ${lastEventId}\r\n`}\r\n`,
    ));
    let head = "";
    const byte = new Uint8Array(1);
    while (!head.endsWith("\r\n\r\n")) {
      if (await socket.read(byte) === null) throw new Deno.errors.ConnectionReset();
      head += String.fromCharCode(byte[0]!);
    }
    ok(/^HTTP\/1\.[01] 200 /.test(head), head);
    return socket;
  } catch (error) {
    socket?.close();
    if (error instanceof Deno.errors.ConnectionRefused || error instanceof Deno.errors.ConnectionReset) {
      return;
    }
    throw error;
  }
}

Deno.test("GET /topics/{topic}/stream shows each record once, in order, to a reader that is cut off again and again", async () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  await using broker = await startMilena();
  await createTopic(broker, "numbers", 3);
  using before = appBefore(broker.kafka);
  const count = 20_000;
  let restarting: Promise<void> | undefined;
  const producing = Promise.resolve(before.app.request("/topics/numbers", {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: numberedLines(count, 50, async (next) => {
      await delay(5);
      if (next === count / 2) {
        restarting = broker.kill9().then(() => broker.start());
        restarting.catch(() => {});
      }
    }),
  }));

  const events = new EventReader();
  const seen: StreamedRecord[] = [];
  let cuts = 0;
  const take = (bytes: Uint8Array) => {
    for (const { name, data } of events.take(bytes)) {
      // While the broker starts: that is no reason for a browser to give up.
      if (name === "error") equal(JSON.parse(data).error_code, 50003, `seed ${seed}: ${data}`);
      else {
        equal(name, "message", `seed ${seed}: ${data}`);
        seen.push(JSON.parse(data));
      }
    }
  };
  const readUntilCut = async () => {
    events.begin();
    const socket = await openStream(broker, "/topics/numbers/stream?from=earliest", events.lastEventId);
    if (socket === undefined) return;
    let isOpen = true;
    const cut = setTimeout(() => {
      isOpen = false;
      cuts++;
      socket.close();
    }, random.below(200));
    const bytes = new Uint8Array(1 + random.below(20_000));
    while (isOpen && seen.length < count) {
      const length = await socket.read(bytes).catch(() => null);
      if (length === null) break;
      take(bytes.subarray(0, length));
    }
    clearTimeout(cut);
    if (isOpen) socket.close();
  };
  const deadline = performance.now() + 60_000;
  while (seen.length < count) {
    ok(performance.now() < deadline, `seed ${seed}: ${seen.length} of ${count} were seen`);
    await readUntilCut();
    await delay(random.below(20));
  }
  const written = await (await producing).json();
  await restarting;
  equal(written.written, count, JSON.stringify(written));
  for (let partition = 0; partition < 3; partition++) {
    const offsets = seen.filter((record) => record.partition === partition).map(({ offset }) => offset);
    ok(offsets.length > 0);
    deepEqual(offsets, offsets.map((_, i) => i), `seed ${seed}: partition ${partition}`);
  }
  const values = seen.map(({ value }) => value as number).sort((a, b) => a - b);
  deepEqual(values, Array.from({ length: count }, (_, i) => i), `seed ${seed}`);
  ok(cuts > 10, `only ${cuts} cuts`);
});

/** Writes so many records of 1 KiB, in one request over a plain socket. */
async function writeLines(broker: MilenaProcess, topic: string, kibibytes: number): Promise<void> {
  using socket = await Deno.connect({ hostname: broker.http.host, port: broker.http.port });
  const writeAll = async (bytes: Uint8Array) => {
    for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
  };
  await writeAll(
    encoder.encode(
      `POST /topics/${topic} HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nconnection: close\r\n` +
        `content-length: ${kibibytes * 1024}\r\n\r\n`,
    ),
  );
  const block = encoder.encode(("x".repeat(1023) + "\n").repeat(1000));
  for (let sent = 0; sent < kibibytes; sent += 1000) await writeAll(block);
  const answer = await new Response(socket.readable).text();
  ok(answer.includes(`"written":${kibibytes},`), answer);
}

/** The largest resident set of the broker while `work` goes on. */
async function peakBytes(broker: MilenaProcess, work: Promise<void>): Promise<number> {
  let peak = 0;
  const look = () => peak = Math.max(peak, broker.figures().residentBytes);
  const timer = setInterval(look, 20);
  await work.finally(() => clearInterval(timer));
  look();
  return peak;
}

Deno.test("GET /topics/{topic}/stream keeps nothing for readers that stop reading, and goes on for the others", async () => {
  await using broker = await startMilena();
  await createTopic(broker, "logs", 3);
  const aborter = new AbortController();
  let live = 0;
  const response = await fetch(`${urlOf(broker)}/topics/logs/stream`, { signal: aborter.signal });
  const following = (async () => {
    for await (const chunk of response.body!) {
      for (const byte of chunk) if (byte === 0x0a) live++;
    }
  })().catch(() => {});

  // What code, windows and V8's heap take once everything has been in use.
  const kibibytes = 200_000;
  let usual = 0;
  let written = 0;
  const write = async () => {
    const peak = await peakBytes(broker, writeLines(broker, "logs", kibibytes));
    written += kibibytes;
    await until("the live reader has seen all", () => live >= written);
    return peak;
  };
  for (let i = 0; i < 2; i++) usual = Math.max(usual, await write());

  const stalled: Deno.TcpConn[] = [];
  for (let i = 0; i < 20; i++) {
    const socket = await Deno.connect({ hostname: broker.http.host, port: broker.http.port });
    const accept = i % 2 === 0 ? "text/event-stream" : "application/x-ndjson";
    await socket.write(
      encoder.encode(`GET /topics/logs/stream HTTP/1.1\r\nhost: x\r\naccept: ${accept}\r\n\r\n`),
    );
    const head = new Uint8Array(1024);
    ok((await socket.read(head))! > 0);
    stalled.push(socket);
  }
  // 20 that kept what they are not sent would keep 4 GB.
  const peak = await write();
  for (const socket of stalled) socket.close();
  aborter.abort();
  await following;
  ok(peak - usual < 100 * MB, `it has grown from ${usual / MB} to ${peak / MB} MB`);
});

async function linesOf(broker: MilenaProcess, path: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(`${urlOf(broker)}${path}`, { headers: { accept: "application/x-ndjson" } });
  const text = await response.text();
  equal(response.status, 200, text);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

Deno.test("GET /topics/{topic}/stream?until=end filters what producers have packed", async () => {
  await using broker = await startMilena();
  await createTopic(broker, "packed", 1);
  const connection = await Connection.connect({ address: broker.kafka, clientId: "test" });
  const { none, gzip, snappy, lz4, zstd } = CompressionType;
  const codecs = [none, lz4, gzip, snappy, zstd];
  const perBatch = 1000;
  let next = 0;
  for (const compression of [...codecs, ...codecs]) {
    const records = encodeBatch(
      Array.from({ length: perBatch }, () => {
        const value = { id: next, size: next % 100, note: "n".repeat(100) };
        return {
          timestamp: next++,
          key: encoder.encode(`k${value.id}`),
          value: encoder.encode(JSON.stringify(value)),
        };
      }),
      { compression },
    );
    const answer = await connection.request(api.Produce, {
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: "packed", partitionData: [{ index: 0, records }] }],
    }, { maxVersion: 12 });
    equal(answer.responses[0]!.partitionResponses[0]!.errorCode, 0);
  }
  connection.close();
  const filter = encodeURIComponent('value.size == 7 && !endswith(key, "107")');
  const lines = await linesOf(broker, `/topics/packed/stream?from=earliest&until=end&filter=${filter}`);
  const wanted = Array.from({ length: next }, (_, i) => i).filter((i) => i % 100 === 7 && i % 1000 !== 107);
  deepEqual(lines.pop(), { end: { scanned_records: next, matched_records: wanted.length } });
  deepEqual(lines.map(({ offset }) => offset), wanted);
  deepEqual(lines.map(({ value }) => (value as { id: number }).id), wanted);
});

Deno.test("GET /topics/{topic}/stream?isolation=read_committed shows nothing that was aborted or is open", async () => {
  await using broker = await startMilena();
  await createTopic(broker, "orders", 2);
  const producer = await kafkajsTransactions.open(broker.bootstrap, "writer");
  const wanted: string[][] = [[], []];
  for (let i = 0; i < 12; i++) {
    await producer.begin();
    for (const partition of [0, 1]) {
      const values = [`${i}/a`, `${i}/b`];
      await producer.send({ topic: "orders", partition }, values);
      if (i % 3 !== 0) wanted[partition]!.push(...values);
    }
    if (i % 3 === 0) await producer.abort();
    else await producer.commit();
  }
  await producer.begin();
  await producer.send({ topic: "orders", partition: 0 }, ["open/a"]);

  const path = "/topics/orders/stream?from=earliest&until=end&value_format=text";
  const valuesOf = (lines: Record<string, unknown>[], partition: number) =>
    lines.filter((line) => line.partition === partition).map(({ value }) => value);
  const committed = await linesOf(broker, `${path}&isolation=read_committed`);
  deepEqual(committed.pop(), { end: { scanned_records: 32, matched_records: 32 } });
  deepEqual([valuesOf(committed, 0), valuesOf(committed, 1)], wanted);
  const some = await linesOf(
    broker,
    `${path}&isolation=read_committed&filter=${encodeURIComponent('endswith(value, "/b")')}`,
  );
  deepEqual(some.pop(), { end: { scanned_records: 32, matched_records: 16 } });
  const all = await linesOf(broker, path);
  deepEqual(all.pop(), { end: { scanned_records: 49, matched_records: 49 } });
  ok(valuesOf(all, 0).includes("open/a") && valuesOf(all, 1).includes("0/a"));

  // Live: what was open is seen when it is committed, and what is aborted meanwhile is not.
  const aborter = new AbortController();
  const live = await fetch(
    `${urlOf(broker)}/topics/orders/stream?value_format=text&isolation=read_committed&max_records=3`,
    { signal: aborter.signal },
  );
  const reading = live.text();
  await producer.send({ topic: "orders", partition: 1 }, ["open/b"]);
  await producer.commit();
  await producer.begin();
  await producer.send({ topic: "orders", partition: 1 }, ["never"]);
  await producer.abort();
  await producer.begin();
  await producer.send({ topic: "orders", partition: 1 }, ["last"]);
  await producer.commit();
  await producer.close();
  const shown = (await reading).trimEnd().split("\n").map((line) => JSON.parse(line));
  deepEqual(shown.slice(0, 3).map(({ value }) => value).sort(), ["last", "open/a", "open/b"]);
});
