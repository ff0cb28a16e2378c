/**
 * A topic of one partition read from its start to its end by one client: as lines of JSON by one stream (until=end), and as
 * batches (application/octet-stream), one request after the other. The topic is in the page cache.
 * @module
 */
import { upload } from "../bulk.ts";
import { median, type Scenario, type ScenarioContext, wholeFigure } from "../scenario.ts";
import { openBody } from "../socket_body.ts";

const SIZES = [100, 1024];
const BYTES_A_SECOND = 40_000_000;
const MAX_BYTES = 4 * 1024 * 1024;

interface Read {
  readonly seconds: number;
  readonly bodyBytes: number;
}

interface Topic {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly records: number;
}

export const scenario: Scenario = {
  title: "Read: a topic from start to end by one client",
  async run({ milena, seconds, rounds }: ScenarioContext) {
    const rows: string[][] = [];
    for (const size of SIZES) {
      const topic = await write({ ...milena.http, size, bytes: BYTES_A_SECOND * seconds });
      for (
        const [name, read] of [
          ["stream, NDJSON", readLines],
          ["stream, NDJSON, filter", (topic: Topic) => readLines(topic, "&filter=value.id%3E%3D0")],
          ["octet-stream", readBatches],
        ] as const
      ) {
        await read(topic); // until the code is warm
        const runs: Read[] = [];
        for (let round = 0; round < rounds; round++) runs.push(await read(topic));
        const rates = runs.map(({ seconds }) => topic.records / seconds);
        rows.push([
          `${size} B`,
          name,
          wholeFigure(median(rates)),
          wholeFigure(median(rates) * size / 1e6),
          wholeFigure(median(runs.map(({ seconds, bodyBytes }) => bodyBytes / seconds / 1e6))),
          rates.map(wholeFigure).join(" "),
        ]);
      }
    }
    return {
      header: ["record", "read as", "records/s", "values MB/s", "body MB/s", "records/s, each run"],
      rows,
      notes: [
        "Values are JSON objects. The filter is true of every record. Client and broker share the processors.",
      ],
    };
  },
};

async function write(load: { host: string; port: number; size: number; bytes: number }): Promise<Topic> {
  const { host, port, size } = load;
  const name = `bench-read-${size}`;
  const created = await fetch(`http://${host}:${port}/topics/${name}`, {
    method: "PUT",
    body: JSON.stringify({ partitions: 1 }),
  });
  if (!created.ok) throw new Error(await created.text());
  await created.body?.cancel();
  const blockRecords = Math.ceil(200_000 / size);
  const blocks = Math.ceil(load.bytes / size / blockRecords);
  const block = Array.from({ length: blockRecords }, (_, i) => {
    const beginning = `{"id":${i},"note":"`;
    return beginning + "x".repeat(size - beginning.length - 2) + '"}\n';
  }).join("");
  const records = await upload(
    { host, port, topic: `${name}?lines=values` },
    new TextEncoder().encode(block),
    blocks,
  );
  return { host, port, name, records };
}

async function readLines({ host, port, name, records }: Topic, more = ""): Promise<Read> {
  const start = performance.now();
  const path = `/topics/${name}/stream?from=earliest&until=end${more}`;
  const { socket, begin } = await openBody({ host, port, path, accept: "application/x-ndjson" });
  using _ = socket;
  const bytes = new Uint8Array(256 * 1024);
  let bodyBytes = begin.length;
  let last = begin;
  for (;;) {
    const length = await socket.read(bytes);
    if (length === null) break;
    bodyBytes += length;
    last = bytes.slice(Math.max(0, length - 100), length);
  }
  const seconds = (performance.now() - start) / 1000;
  const end = new TextDecoder().decode(last);
  if (!end.endsWith(`"matched_records":${records}}}\n`)) throw new Error(`not all ${records} came: ${end}`);
  return { seconds, bodyBytes };
}

async function readBatches({ host, port, name, records }: Topic): Promise<Read> {
  const start = performance.now();
  let bodyBytes = 0;
  for (let offset = 0; offset < records;) {
    const path = `/topics/${name}/partitions/0/records?offset=${offset}&timeout=0&max_bytes=${MAX_BYTES}`;
    const { socket, head, begin } = await openBody({ host, port, path, accept: "application/octet-stream" });
    using _ = socket;
    bodyBytes += begin.length;
    const bytes = new Uint8Array(256 * 1024);
    for (let length; (length = await socket.read(bytes)) !== null;) bodyBytes += length;
    const next = Number(/^milena-next-offset: (\d+)\r$/im.exec(head)?.[1]);
    if (!(next > offset)) throw new Error(`it does not go on: ${head}`);
    offset = next;
  }
  return { seconds: (performance.now() - start) / 1000, bodyBytes };
}
