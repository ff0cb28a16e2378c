/**
 * Slow clients by the thousand (slowhttptest): halves of heads and of bodies, each kept alive by a few bytes now and then.
 * All of them must be gone when their deadline is over, and whoever asks honestly meanwhile must be answered.
 */
import { equal, match, ok } from "node:assert/strict";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { program, testNeeding } from "../support/requirement.ts";

const needs = [program("slowhttptest")];
const CONNECTIONS = 1000;
const DEADLINE_MS = 2000;
/** Opening them takes a while, too. */
const GONE_WITHIN_MS = 20_000;

const settings = {
  "http.head.timeout.ms": String(DEADLINE_MS),
  "http.body.timeout.ms": String(DEADLINE_MS),
};

function urlOf(broker: MilenaProcess): string {
  return `http://${broker.http.host}:${broker.http.port}`;
}

/** Connections to the broker's HTTP port that are established, as the kernel has them, seen from the broker. */
async function establishedCount(port: number): Promise<number> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const table = await Deno.readTextFile("/proc/net/tcp");
  return table.split("\n").filter((line) => {
    const [, localAddress, , state] = line.trim().split(/\s+/);
    return localAddress?.endsWith(local) && state === "01";
  }).length;
}

async function attack(broker: MilenaProcess, ...args: string[]): Promise<void> {
  const url = `${urlOf(broker)}/topics/orders/records`;
  await (await fetch(`${urlOf(broker)}/topics/orders`, { method: "PUT" })).text();
  const child = new Deno.Command("slowhttptest", {
    args: [...args, "-c", String(CONNECTIONS), "-r", "1000", "-i", "1", "-l", "60", "-u", url],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const start = performance.now();
  let most = 0;
  let slowestMs = 0;
  let asked = 0;
  try {
    for (;;) {
      const begin = performance.now();
      const response = await fetch(url, { method: "POST", body: "honest" });
      match(await response.text(), /"offset":/);
      slowestMs = Math.max(slowestMs, performance.now() - begin);
      asked++;
      const count = await establishedCount(broker.http.port);
      most = Math.max(most, count);
      if (most >= CONNECTIONS / 2 && count <= 5) break;
      ok(performance.now() - start < GONE_WITHIN_MS, `${count} connections are there still, of ${most}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    try {
      child.kill();
    } catch {
      // It has ended already: all its connections were closed.
    }
    await child.status;
  }
  ok(asked > 10, `${asked} honest requests`);
  ok(slowestMs < 1000, `an honest request took ${slowestMs} ms`);
  equal(broker.stderr.match(/defect|ERROR|error/), null, broker.stderr);
}

testNeeding(needs, "milena serve is rid of 1,000 connections that never finish their heads", async () => {
  await using broker = await startMilena({ settings });
  await attack(broker, "-H");
});

testNeeding(needs, "milena serve is rid of 1,000 connections that never finish their bodies", async () => {
  await using broker = await startMilena({ settings });
  await attack(broker, "-B", "-s", "100000");
});

Deno.test("milena serve's memory stays put while readers of a large answer do not read", async () => {
  await using broker = await startMilena();
  const url = urlOf(broker);
  const value = "x".repeat(900_000);
  for (let i = 0; i < 8; i++) {
    await (await fetch(`${url}/topics/large/records`, { method: "POST", body: value })).text();
  }
  const path = "/topics/large/partitions/0/records?offset=0&max_bytes=8000000&value_format=text";
  await (await fetch(url + path)).arrayBuffer();
  const before = broker.figures().residentBytes;
  const request = new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(100));
  const sockets: Deno.Conn[] = [];
  try {
    for (let i = 0; i < 10; i++) {
      const socket = await Deno.connect({ hostname: broker.http.host, port: broker.http.port });
      await socket.write(request);
      sockets.push(socket);
    }
    await new Promise((resolve) => setTimeout(resolve, 3000));
    equal((await fetch(`${url}/livez`).then((response) => response.json())).status, "alive");
    // 100 answers of 8 MB were asked for on each of 10 connections: one is made at a time.
    const grown = broker.figures().residentBytes - before;
    ok(grown < 400 * 1024 * 1024, `memory has grown by ${grown} bytes`);
  } finally {
    for (const socket of sockets) socket.close();
  }
});
