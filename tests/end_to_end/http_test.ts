/**
 * The HTTP API of a running broker, from source or of the binary that MILENA_BINARY names: what is written over HTTP is
 * read by Kafka's protocol and the other way round, through kills and restarts.
 */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Connection } from "../../client/connection.ts";
import { partitionForKey } from "../../client/murmur2.ts";
import { api } from "../../protocol/apis.ts";
import { CompressionType } from "../../protocol/compression_type.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { decodeRecords, encodeBatch, type LogRecord } from "../../protocol/records.ts";
import { MilenaProcess, startMilena } from "../support/milena_process.ts";

const encoder = new TextEncoder();

function urlOf(broker: MilenaProcess): string {
  return `http://${broker.http.host}:${broker.http.port}`;
}

function connect(broker: MilenaProcess): Promise<Connection> {
  return Connection.connect({ address: broker.kafka, clientId: "http-test" });
}

async function ask(
  broker: MilenaProcess,
  path: string,
  init: RequestInit = {},
  status = 200,
): Promise<unknown> {
  const response = await fetch(urlOf(broker) + path, init);
  const text = await response.text();
  equal(response.status, status, `${init.method ?? "GET"} ${path}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

function post(
  broker: MilenaProcess,
  path: string,
  records: unknown[],
  { type = "application/json", status = 200 } = {},
): Promise<unknown> {
  const body = JSON.stringify({ records });
  return ask(broker, path, { method: "POST", headers: { "content-type": type }, body }, status);
}

/** All records of a partition, over the Kafka protocol. */
async function readOverKafka(broker: MilenaProcess, topic: string, partition = 0): Promise<LogRecord[]> {
  using connection = await connect(broker);
  const answer = await connection.request(api.Fetch, {
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: 50_000_000,
    topics: [{ topic, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 50_000_000 }] }],
  }, { maxVersion: 12 });
  const { errorCode, records } = answer.responses[0]!.partitions[0]!;
  equal(errorCode, 0);
  const result: LogRecord[] = [];
  const batch = new RecordBatch();
  for (let position = 0; position < records!.length; position += batch.sizeInBytes) {
    batch.reset(records!, position);
    result.push(...decodeRecords(batch, { maxBytes: 50_000_000 }));
  }
  return result;
}

function plain({ offset, timestamp, key, value, headers }: LogRecord): unknown {
  const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString("latin1");
  return {
    offset,
    timestamp,
    key: text(key),
    value: text(value),
    headers: headers.map((header) => [header.key, text(header.value)]),
  };
}

Deno.test("the HTTP API of a running broker", async (t) => {
  await using broker = await startMilena();

  await t.step("says where it is alive and ready", async () => {
    deepEqual(await ask(broker, "/livez"), { status: "alive", node_id: 1 });
    deepEqual(await ask(broker, "/status/ready"), { status: "ready", node_id: 1 });
    match(await (await fetch(urlOf(broker))).text(), /curl .*\/topics\/orders/);
  });

  await t.step("writes what Kafka's protocol reads, every byte", async () => {
    await ask(broker, "/topics/bytes", { method: "PUT" }, 201);
    const binary = "application/vnd.kafka.binary.v2+json";
    await post(broker, "/topics/bytes", [
      {
        key: "AP8=",
        value: "gIE=",
        timestamp: 17,
        headers: [{ key: "é", value: "/w==" }, { key: "n", value: null }],
      },
      { key: null, value: null, timestamp: 18 },
      { key: "", value: "", timestamp: 19 },
    ], { type: binary });
    const json =
      '{"records":[{"key":"k","value":{"n": 12345678901234567890, "s":"\\u00e9é"},"timestamp":20}]}';
    const headers = { "content-type": "application/json" };
    await ask(broker, "/topics/bytes", { method: "POST", headers, body: json });
    await ask(broker, "/topics/bytes/records?timestamp=21&key=a%20b", {
      method: "POST",
      headers: { "kafka-header-x": "1" },
      body: new Uint8Array([0, 255]),
    });
    deepEqual((await readOverKafka(broker, "bytes")).map(plain), [
      { offset: 0, timestamp: 17, key: "\0\xff", value: "\x80\x81", headers: [["é", "\xff"], ["n", null]] },
      { offset: 1, timestamp: 18, key: null, value: null, headers: [] },
      { offset: 2, timestamp: 19, key: "", value: "", headers: [] },
      {
        offset: 3,
        timestamp: 20,
        key: "k",
        value: '{"n":12345678901234567890,"s":"\\u00e9\xc3\xa9"}',
        headers: [],
      },
      { offset: 4, timestamp: 21, key: "a b", value: "\0\xff", headers: [["x", "1"]] },
    ]);
  });

  await t.step("reads what Kafka's protocol wrote, in every codec", async () => {
    using connection = await connect(broker);
    await ask(broker, "/topics/codecs", { method: "PUT" }, 201);
    const codecs = Object.entries(CompressionType);
    for (const [name, compression] of codecs) {
      const records = [0, 1, 2].map((n) => ({
        timestamp: 1000 + n,
        key: encoder.encode(name),
        value: encoder.encode(JSON.stringify({ name, n })),
        headers: [{ key: "codec", value: encoder.encode(name) }],
      }));
      const answer = await connection.request(api.Produce, {
        acks: -1,
        timeoutMs: 5000,
        topicData: [{
          name: "codecs",
          partitionData: [{ index: 0, records: encodeBatch(records, { compression }) }],
        }],
      }, { maxVersion: 11 });
      equal(answer.responses[0]!.partitionResponses[0]!.errorCode, 0);
    }
    const expected = codecs.flatMap(([name], i) =>
      [0, 1, 2].map((n) => ({
        topic: "codecs",
        partition: 0,
        offset: 3 * i + n,
        timestamp: 1000 + n,
        key: name,
        value: { name, n },
        headers: [{ key: "codec", value: name }],
      }))
    );
    deepEqual(await ask(broker, "/topics/codecs/partitions/0/records"), expected);
    deepEqual(await ask(broker, "/topics/codecs/partitions/0/records?offset=7"), expected.slice(7));
    deepEqual(await ask(broker, "/topics/codecs/partitions/0/records?offset=-2"), expected.slice(-2));
    deepEqual(await ask(broker, "/topics/codecs/partitions/0/records?offset=latest&timeout=0"), []);
    const lines = await (await fetch(`${urlOf(broker)}/topics/codecs/partitions/0/records`, {
      headers: { accept: "application/x-ndjson" },
    })).text();
    deepEqual(lines.trimEnd().split("\n").map((line) => JSON.parse(line)), expected);
  });

  await t.step("writes again what it has read", async () => {
    const read = async (topic: string) =>
      await (await fetch(`${urlOf(broker)}/topics/${topic}/partitions/0/records`)).text();
    const records = await read("bytes");
    await ask(broker, "/topics/again", { method: "PUT" }, 201);
    await ask(broker, "/topics/again", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"records":${records}}`,
    });
    equal((await read("again")).replaceAll('"topic":"again"', '"topic":"bytes"'), records);
    deepEqual(
      (await readOverKafka(broker, "again")).map(plain),
      (await readOverKafka(broker, "bytes")).map(plain),
    );
  });

  await t.step("creates, describes and deletes topics", async () => {
    deepEqual(await ask(broker, "/topics/six", { method: "PUT", body: '{"partitions":6}' }, 201), {
      name: "six",
      partitions: 6,
      created: true,
    });
    await ask(broker, "/topics/six", { method: "PUT", body: '{"partitions":6}' }, 200);
    await ask(broker, "/topics/six", { method: "PUT", body: '{"partitions":7}' }, 409);
    await ask(broker, "/topics/seven", { method: "PUT", body: '{"configs":{"no.such.thing":1}}' }, 422);
    const { partitions } = await ask(broker, "/topics/six") as { partitions: unknown[] };
    equal(partitions.length, 6);
    deepEqual(partitions[0], {
      partition: 0,
      leader: 1,
      replicas: [{ broker: 1, leader: true, in_sync: true }],
    });
    ok((await ask(broker, "/topics") as string[]).includes("six"));
    deepEqual(await ask(broker, "/brokers"), { brokers: [1] });
    const { offsets } = await post(broker, "/topics/six", [{ key: "user-1", value: 1 }]) as {
      offsets: { partition: number }[];
    };
    const partition = partitionForKey(encoder.encode("user-1"), 6);
    equal(offsets[0]!.partition, partition);
    deepEqual(await ask(broker, `/topics/six/partitions/${partition}/offsets`), {
      beginning_offset: 0,
      end_offset: 1,
    });
    await ask(broker, "/topics/six", { method: "DELETE" }, 204);
    await ask(broker, "/topics/six", { method: "DELETE" }, 404);
    await ask(broker, "/topics/six", {}, 404);
  });

  await t.step("creates a topic by writing to it, and none by reading", async () => {
    const missing = await ask(broker, "/topics/none/partitions/0/records", {}, 404) as { error_code: number };
    equal(missing.error_code, 40401);
    await post(broker, "/topics/by-writing", [{ value: 1 }]);
    const topics = await ask(broker, "/topics") as string[];
    ok(topics.includes("by-writing") && !topics.includes("none"));
    const partition = await ask(broker, "/topics/by-writing/partitions/7/records", {}, 404) as {
      error_code: number;
    };
    equal(partition.error_code, 40402);
  });

  await t.step("tells the range when an offset is outside", async () => {
    const error = await ask(broker, "/topics/bytes/partitions/0/records?offset=6", {}, 416) as {
      message: string;
    };
    match(error.message, /has \[0, 5\)/);
  });

  await t.step("refuses one record that is too large, and takes its neighbours", async () => {
    await ask(
      broker,
      "/topics/large",
      { method: "PUT", body: '{"configs":{"max.message.bytes":2000}}' },
      201,
    );
    const { offsets } = await post(broker, "/topics/large", [{ value: 1 }, { value: "x".repeat(3000) }, {
      value: 3,
    }]) as {
      offsets: { offset: number | null; error: string | null }[];
    };
    deepEqual(offsets.map(({ offset }) => offset), [0, null, 1]);
    match(offsets[1]!.error!, /max\.message\.bytes/);
    await ask(broker, "/topics/large/records", { method: "POST", body: "x".repeat(3000) }, 413);
    const megabyte = new Uint8Array(1_000_000).fill(200);
    await ask(broker, "/topics/megabyte/records", { method: "POST", body: megabyte });
    const [record] = await readOverKafka(broker, "megabyte");
    equal(Buffer.compare(record!.value!, megabyte), 0);
  });

  await t.step(
    "refuses records without a key for a compacted topic, and takes their neighbours",
    async () => {
      await ask(
        broker,
        "/topics/compacted",
        { method: "PUT", body: '{"configs":{"cleanup.policy":"compact"}}' },
        201,
      );
      const { offsets } = await post(broker, "/topics/compacted", [{ value: 1 }, { key: "k", value: 2 }, {
        value: 3,
      }]) as { offsets: { offset: number | null; error: string | null }[] };
      deepEqual(offsets.map(({ offset }) => offset), [null, 0, null]);
      for (const at of [0, 2]) match(offsets[at]!.error!, /compacted .*every record needs a key/);
      const raw = { method: "POST", body: "x" };
      const refused = await ask(broker, "/topics/compacted/records", raw, 422) as { message: string };
      match(refused.message, /^The broker refused to write to compacted-0: the topic is compacted .*\.$/);
      await ask(broker, "/topics/compacted/records?key=k", raw);
      const future = `/topics/compacted/records?key=k&timestamp=${Date.now() + 86_400_000}`;
      const early = await ask(broker, future, raw, 422) as { message: string };
      match(early.message, /message\.timestamp\.after\.max\.ms=3600000/);
    },
  );

  await t.step("gives each of many concurrent requests a place of its own", async () => {
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) => post(broker, "/topics/crowd", [{ value: i }, { value: -i }])),
    ) as { offsets: { offset: number }[] }[];
    const records = await ask(broker, "/topics/crowd/partitions/0/records") as { value: number }[];
    equal(records.length, 600);
    answers.forEach(({ offsets }, i) => {
      deepEqual(offsets.map(({ offset }) => records[offset]!.value), [i, -i]);
      equal(offsets[1]!.offset, offsets[0]!.offset + 1);
    });
  });

  await t.step("waits for a record and answers when it comes", async () => {
    const waiting = ask(broker, "/topics/bytes/partitions/0/records?offset=latest&timeout=30000");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await post(broker, "/topics/bytes", [{ value: "news" }]);
    equal(((await waiting) as { value: string }[])[0]!.value, "news");
  });

  await t.step("refuses what a page of another site sends", async () => {
    const headers = { origin: "https://evil.example" };
    await ask(broker, "/topics/evil/records", { method: "POST", headers, body: "x" }, 403);
    await ask(broker, "/topics/bytes", { method: "DELETE", headers }, 403);
    ok(!(await ask(broker, "/topics") as string[]).includes("evil"));
  });

  await t.step("keeps what it acknowledged when it is killed, and serves it again", async () => {
    const { offset } = await ask(broker, "/topics/kept/records", { method: "POST", body: "kept" }) as {
      offset: number;
    };
    await broker.kill9();
    await broker.start();
    const records = await ask(broker, "/topics/kept/partitions/0/records") as {
      offset: number;
      value: string;
    }[];
    deepEqual(records.map(({ offset, value }) => [offset, value]), [[offset, "kept"]]);
  });

  await t.step("ends waiting reads when it is stopped", async () => {
    const waiting = ask(broker, "/topics/kept/partitions/0/records?offset=latest&timeout=60000");
    await new Promise((resolve) => setTimeout(resolve, 50));
    await broker.terminate();
    deepEqual(await waiting, []);
  });
});

Deno.test("the HTTP API says that records are on disk when the broker syncs", async () => {
  await using broker = await startMilena({ sync: true });
  const response = await fetch(`${urlOf(broker)}/topics/t/records`, { method: "POST", body: "x" });
  equal(response.headers.get("milena-durability"), "disk");
  equal((await response.json()).durability, "disk");
});
