/**
 * NDJSON in bulk: how many records a second one broker takes over HTTP, each `{"key":…,"value":…}` with a value of 100 bytes.
 *
 *     deno run -A bench/http/bulk.ts [--records N] [--connections N] [--partitions N]
 *
 * The load is made once and sent over plain sockets from a process of its own, so that what is measured is the broker. Each
 * connection sends one request; what counts is the time from the first byte to the last answer, and the answers are added up:
 * a record that was not acknowledged is not counted but ends the run.
 * @module
 */
import { parseArgs } from "node:util";
import { startMilena } from "../../tests/support/milena_process.ts";

export interface BulkLoad {
  readonly host: string;
  readonly port: number;
  readonly topic: string;
  readonly connections: number;
  /** Of all connections; rounded to whole blocks. */
  readonly records: number;
}

export interface BulkRate {
  readonly connections: number;
  readonly records: number;
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly bodyMegabytesPerSecond: number;
}

const VALUE_BYTES = 100;
const BLOCK_RECORDS = 2000;

/** Sends the load and waits for all answers. Throws if a record was not written. */
export async function measureBulk(load: BulkLoad): Promise<BulkRate> {
  const { connections } = load;
  const block = makeBlock();
  const blocks = Math.max(1, Math.round(load.records / connections / BLOCK_RECORDS));
  const start = performance.now();
  const written = await Promise.all(
    Array.from({ length: connections }, () => upload(load, block, blocks)),
  );
  const seconds = (performance.now() - start) / 1000;
  const records = written.reduce((sum, count) => sum + count, 0);
  if (records !== connections * blocks * BLOCK_RECORDS) throw new Error(`only ${records} were written`);
  return {
    connections,
    records,
    seconds,
    recordsPerSecond: records / seconds,
    bodyMegabytesPerSecond: connections * blocks * block.length / seconds / 1e6,
  };
}

/** Lines of NDJSON: a key, and a JSON value of VALUE_BYTES. */
function makeBlock(): Uint8Array {
  let text = "";
  for (let i = 0; i < BLOCK_RECORDS; i++) {
    const beginning = `{"id":${i},"name":"user ${i}","active":true,"note":"`;
    const value = beginning + "x".repeat(VALUE_BYTES - beginning.length - 2) + '"}';
    text += `{"key":"user-${i}","value":${value}}\n`;
  }
  return new TextEncoder().encode(text);
}

/** Sends `block` so often as one body; returns how many records were written. */
export async function upload(
  load: Pick<BulkLoad, "host" | "port" | "topic">,
  block: Uint8Array,
  blocks: number,
): Promise<number> {
  using socket = await Deno.connect({ hostname: load.host, port: load.port });
  await writeAll(
    socket,
    new TextEncoder().encode(
      `POST /topics/${load.topic} HTTP/1.1\r\nhost: ${load.host}\r\ncontent-type: application/x-ndjson\r\n` +
        `content-length: ${block.length * blocks}\r\nconnection: close\r\n\r\n`,
    ),
  );
  for (let i = 0; i < blocks; i++) await writeAll(socket, block);
  const answer = await new Response(socket.readable).text();
  const written = /"written":(\d+)/.exec(answer)?.[1];
  if (!answer.startsWith("HTTP/1.1 200") || written === undefined) throw new Error(answer);
  return Number(written);
}

async function writeAll(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      records: { type: "string", default: "2000000" },
      connections: { type: "string", default: "1,4" },
      partitions: { type: "string", default: "4" },
    },
  });
  await using milena = await startMilena({ settings: { "num.partitions": values.partitions } });
  const { host, port } = milena.http;
  console.log("connections    records   seconds   records/s   body MB/s");
  for (const connections of values.connections.split(",").map(Number)) {
    const load = { host, port, topic: `bulk-${connections}`, connections };
    await measureBulk({ ...load, records: Number(values.records) / 4 }); // until the code is warm
    const rate = await measureBulk({ ...load, records: Number(values.records) });
    console.log(
      [
        String(rate.connections).padStart(11),
        String(rate.records).padStart(10),
        rate.seconds.toFixed(2).padStart(9),
        Math.round(rate.recordsPerSecond).toLocaleString("en").padStart(11),
        rate.bodyMegabytesPerSecond.toFixed(0).padStart(11),
      ].join(""),
    );
  }
  console.log(`memory of the broker: ${JSON.stringify(milena.figures())}`);
}

if (import.meta.main) await main();
