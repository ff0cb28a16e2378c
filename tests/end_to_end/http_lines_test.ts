/**
 * Bodies in lines against a running broker whose connections break, and which is killed and started again meanwhile: each
 * line is written once, and in its order.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { appBefore } from "../support/app_before.ts";
import { CuttingProxy } from "../support/cutting_proxy.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { numberedLines } from "../support/numbered_lines.ts";
import { SeededRandom, testSeed } from "../support/random.ts";

const PARTITIONS = 4;
const MIB = 1024 * 1024;
const encoder = new TextEncoder();

function urlOf({ http }: MilenaProcess): string {
  return `http://${http.host}:${http.port}`;
}

async function createTopic(broker: MilenaProcess, topic: string): Promise<void> {
  const response = await fetch(`${urlOf(broker)}/topics/${topic}`, {
    method: "PUT",
    body: JSON.stringify({ partitions: PARTITIONS }),
  });
  equal(response.status, 201, await response.text());
}

/** The values of a partition, which are numbers, read page by page. */
async function numbersIn(broker: MilenaProcess, topic: string, partition: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let offset = "0";;) {
    const response = await fetch(
      `${
        urlOf(broker)
      }/topics/${topic}/partitions/${partition}/records?offset=${offset}&timeout=0&max_bytes=${16 * MIB}`,
      { headers: { accept: "application/x-ndjson" } },
    );
    const text = await response.text();
    equal(response.status, 200, text);
    if (text === "") return numbers;
    for (const line of text.trimEnd().split("\n")) numbers.push(JSON.parse(line).value);
    offset = response.headers.get("milena-next-offset")!;
  }
}

/** Each of `count` numbers is there once, where its key belongs, and after those before it. */
async function checkNumbers(broker: MilenaProcess, topic: string, count: number): Promise<void> {
  const all: number[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const numbers = await numbersIn(broker, topic, partition);
    deepEqual(numbers, numbers.toSorted((a, b) => a - b), `partition ${partition} is in order`);
    all.push(...numbers);
  }
  equal(all.length, count, "nothing is lost, and nothing there twice");
  equal(new Set(all).size, count);
}

Deno.test("POST /topics/{topic} writes each line once when its connections to the broker break", async () => {
  const seed = testSeed();
  await using broker = await startMilena();
  await createTopic(broker, "numbers");
  using proxy = new CuttingProxy({ target: broker.kafka, random: new SeededRandom(seed), cutOneOf: 12 });
  using before = appBefore(proxy.address);
  const count = 60_000;
  const body = numberedLines(count, 500, async () => {
    // What comes before the body, looking up the topic, may fail: then nothing has been written.
    proxy.isCutting = true;
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
  const response = await before.app.request("/topics/numbers", {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body,
  });
  const text = await response.text();
  equal(response.status, 200, `seed ${seed}: ${text}`);
  equal(JSON.parse(text).written, count);
  ok(proxy.cuts > 5, `${proxy.cuts} connections were cut`);
  await checkNumbers(broker, "numbers", count);
});

Deno.test("POST /topics/{topic} goes on, and writes each line once, when the broker is killed and started again", async () => {
  await using broker = await startMilena();
  await createTopic(broker, "numbers");
  using before = appBefore(broker.kafka);
  const count = 40_000;
  let restarting: Promise<void> | undefined;
  const body = numberedLines(count, 500, async (next) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (next === 20_000) restarting = broker.kill9().then(() => broker.start());
  });
  const response = await before.app.request("/topics/numbers", {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body,
  });
  await restarting;
  const text = await response.text();
  equal(response.status, 200, text);
  equal(JSON.parse(text).written, count);
  await checkNumbers(broker, "numbers", count);
});

Deno.test("POST /topics/{topic} says by the topic's own settings where the lines are", async () => {
  await using broker = await startMilena();
  const put = (topic: string, configs: Record<string, unknown>) =>
    fetch(`${urlOf(broker)}/topics/${topic}`, { method: "PUT", body: JSON.stringify({ configs }) });
  for (
    const [topic, configs, durability] of [
      ["synced", { "flush.messages": 1 }, "disk"],
      ["cached", {}, "page-cache"],
    ] as const
  ) {
    const created = await put(topic, configs);
    equal(created.status, 201, await created.text());
    const response = await fetch(`${urlOf(broker)}/topics/${topic}?lines=values`, {
      method: "POST",
      body: "1\n2\n",
    });
    equal(response.headers.get("milena-durability"), durability);
    equal((await response.json()).durability, durability);
  }
});

Deno.test("POST /topics/{topic} takes a body that is larger than a body may be, in lines, without keeping it", async () => {
  await using broker = await startMilena({ settings: { "socket.request.max.bytes": String(4 * MIB) } });
  const before = broker.figures().residentBytes;
  const chunk = encoder.encode(("x".repeat(1023) + "\n").repeat(1024));
  const chunks = 600;
  using socket = await Deno.connect({ hostname: broker.http.host, port: broker.http.port });
  const writeAll = async (bytes: Uint8Array) => {
    for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
  };
  await writeAll(
    encoder.encode(
      "POST /topics/logs HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\nconnection: close\r\n" +
        `content-length: ${chunks * chunk.length}\r\n\r\n`,
    ),
  );
  for (let i = 0; i < chunks; i++) await writeAll(chunk);
  const answer = await new Response(socket.readable).text();
  ok(answer.includes(`"written":${chunks * 1024},`), answer);
  // Of 600 MiB; what is left is code that was made ready, and what V8 has not collected yet.
  const grown = broker.figures().residentBytes - before;
  ok(grown < 300 * MIB, `it has grown by ${Math.round(grown / MIB)} MiB`);
});
