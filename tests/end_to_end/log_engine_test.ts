/**
 * What the log engine does by itself while real clients are at work, in a running broker, from source or of the binary
 * that MILENA_BINARY names: compaction, retention, records that are deleted by request, what the broker makes of
 * timestamps and codecs. Settings are so small that everything comes within a second.
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CompressionTypes, Partitioners } from "kafkajs";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { encodeBatch } from "../../protocol/records.ts";
import { codecs, type SentRecord, type StoredRecord } from "../clients/client.ts";
import {
  closeConfluent,
  confluent,
  confluentOffsets,
  confluentPackage,
  confluentWriter,
} from "../clients/confluent.ts";
import { kafkajs, kafkajsWriter } from "../clients/kafkajs.ts";
import { kcat, kcatProgram, kcatReader, kcatWriter } from "../clients/kcat.ts";
import { createTopic } from "../clients/topic.ts";
import { earliestOffset, readBatches } from "../crash/partition_reader.ts";
import { assertSaid, logLines, stopAndCheck, until } from "../faults/faulty_broker.ts";
import { dumpLog, javaTool, javaTools } from "../support/peers.ts";
import { partitionFiles } from "../support/log_files.ts";
import { testNeeding } from "../support/requirement.ts";
import { MilenaProcess, startMilena } from "../support/milena_process.ts";

const MEBIBYTE = 1024 * 1024;

const settings = {
  "log.cleaner.backoff.ms": "20",
  "log.retention.check.interval.ms": "50",
  "log.flush.interval.ms": "50",
  "log.flush.offset.checkpoint.interval.ms": "50",
};

const compacted = {
  "cleanup.policy": "compact",
  "segment.bytes": String(MEBIBYTE),
  "segment.ms": "200",
  "min.cleanable.dirty.ratio": "0.01",
  "delete.retention.ms": "0",
  "file.delete.delay.ms": "100",
};

let broker: MilenaProcess;
Deno.test.beforeAll(async () => {
  broker = await startMilena({ settings });
});
Deno.test.afterAll(async () => {
  await closeConfluent();
  await broker[Symbol.asyncDispose]();
});

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);
const at = (topic: string) => ({ bootstrap: broker.bootstrap, topic, partition: 0 });
const connect = () => Connection.connect({ address: broker.kafka, clientId: "log-engine" });

function keyed(key: string, value: string | null): SentRecord {
  return {
    key: encode(key),
    value: value === null ? null : encode(value),
    headers: [],
    timestamp: Date.now(),
  };
}

/** Until the log is compacted up to `offset` or further; then what is there. */
async function whenCompacted(topic: string, offset: number): Promise<void> {
  await until(
    `${topic} compacted up to ${offset}`,
    () =>
      logLines(broker, new RegExp(` INFO ${topic}-0 is compacted up to offset `)).some((line) =>
        Number(/offset (\d+):/.exec(line)![1]) >= offset
      ),
  );
}

async function readWithKcat(topic: string): Promise<StoredRecord[]> {
  const [records] = await kcatReader.read({ bootstrap: broker.bootstrap, topic, partitions: 1 });
  return records!;
}

/** Bytes that the partition's files take on the disk, with those that wait for their removal. */
function diskBytes(topic: string): number {
  let bytes = 0;
  for (const { name } of Deno.readDirSync(`${broker.dataDirectory}/${topic}-0`)) {
    try {
      bytes += Deno.statSync(`${broker.dataDirectory}/${topic}-0/${name}`).blocks! * 512;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return bytes;
}

/** Appends `count` batches of one record with `bytes` random bytes each. */
async function appendBatches(topic: string, count: number, bytes: number): Promise<void> {
  using connection = await connect();
  const value = new Uint8Array(bytes);
  for (let index = 0; index < count; index++) {
    crypto.getRandomValues(value.subarray(0, 60_000));
    const records = encodeBatch([{ timestamp: Date.now(), key: encode(String(index)), value }]);
    const { responses } = await connection.request(api.Produce, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
    }, { maxVersion: 11 });
    const { errorCode, errorMessage } = responses[0]!.partitionResponses[0]!;
    assert.equal(errorCode, 0, errorMessage ?? "");
  }
}

testNeeding(
  [kcatProgram, confluentPackage],
  "compaction keeps the newest of each key of every client in every codec, and drops what was deleted",
  async () => {
    const topic = await createTopic(broker.bootstrap, "compacted", { settings: compacted });
    const newest = new Map<string, string | null>();
    let count = 0;
    for (const writer of [kcatWriter, kafkajsWriter, confluentWriter]) {
      for (const codec of codecs) {
        const round = `${writer.name} ${codec}`;
        const records = Array.from({ length: 100 }, (_, index) =>
          // Each round deletes other keys, side by side as kcat wants it, and has some of its own.
          keyed(
            index < 90 ? `key ${index}` : `${round} ${index}`,
            Math.floor(index / 10) === (count / 100) % 9 ? null : `${round}: ${index}`,
          ));
        await writer.write(at(topic), records, { codec, acks: -1, idempotent: true, batchRecords: 30 });
        for (const { key, value } of records) newest.set(decode(key)!, decode(value));
        count += records.length;
      }
    }
    await whenCompacted(topic, count);
    const expected = new Map([...newest].filter(([, value]) => value !== null));
    let records: StoredRecord[] = [];
    // Tombstones go with the compaction after the one that has left nothing for them to delete.
    await until("no tombstone", async () => {
      records = await readWithKcat(topic);
      return records.every(({ value }) => value !== null);
    });
    assert.deepEqual(new Map(records.map(({ key, value }) => [decode(key), decode(value)])), expected);
    assert.equal(records.length, expected.size, "one record of each key");
    const offsets = records.map(({ offset }) => offset);
    assert.deepEqual(offsets, offsets.toSorted((a, b) => a - b), "offsets rise");
    assert.ok(offsets.at(-1)! < count && offsets.at(-1)! > records.length, "and are those of old");
  },
);

testNeeding(
  [kcatProgram],
  "an idempotent producer goes on while its log is compacted, and after a restart",
  async () => {
    const topic = await createTopic(broker.bootstrap, "ongoing", { settings: compacted });
    const producer = kafkajs(broker.bootstrap).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    try {
      let next = 0;
      const send = async (text: string) => {
        const messages = ["a", "b", "c"].map((key) => ({ key, value: `${text} ${key}`, partition: 0 }));
        const [answer] = await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
        assert.equal(answer!.baseOffset, String(next));
        next += messages.length;
      };
      for (let index = 0; index < 20; index++) await send(`before ${index}`);
      await whenCompacted(topic, next);
      await send("after compaction");
      await whenCompacted(topic, next);
      await broker.restart();
      await send("after restart");
      await send("in the end");
      await whenCompacted(topic, next);
      assert.deepEqual(
        (await readWithKcat(topic)).map(({ offset, value }) => [offset, decode(value)]),
        ["a", "b", "c"].map((key, index) => [next - 3 + index, `in the end ${key}`]),
      );
    } finally {
      await producer.disconnect();
    }
  },
);

testNeeding(
  [kcatProgram],
  "retention.bytes gives the disk back, and consumers go on at what is left",
  async () => {
    const topic = await createTopic(broker.bootstrap, "bounded", {
      settings: {
        "retention.bytes": String(2 * MEBIBYTE),
        "segment.bytes": String(MEBIBYTE),
        "file.delete.delay.ms": "300",
      },
    });
    await appendBatches(topic, 40, 250_000);
    using connection = await connect();
    await until("a start that has moved", async () => await earliestOffset(connection, topic) >= 24);
    await until("room on the disk", () => diskBytes(topic) < 4.5 * MEBIBYTE);
    const from = ["-C", "-t", topic, "-p", "0", "-o", "0", "-e", "-q", "-f", "%o\n"];
    const { stdout } = await kcat(broker.bootstrap, [...from, "-X", "auto.offset.reset=earliest"]);
    const earliest = await earliestOffset(connection, topic);
    assert.deepEqual(
      decode(stdout)!.trim().split("\n").map(Number),
      Array.from({ length: 40 - earliest }, (_, index) => earliest + index),
    );
    await assert.rejects(kcat(broker.bootstrap, [...from, "-X", "auto.offset.reset=error"]), /out of range/i);
  },
);

testNeeding(
  [kcatProgram],
  "retention.ms empties a log whose records are old enough, to the last",
  async () => {
    const topic = await createTopic(broker.bootstrap, "brief", {
      settings: { "retention.ms": "300", "file.delete.delay.ms": "0" },
    });
    const options = { codec: "lz4", acks: -1, idempotent: false } as const;
    const records = Array.from({ length: 1000 }, (_, index) => keyed(`${index}`, "x".repeat(1000)));
    await kcatWriter.write(at(topic), records, options);
    using connection = await connect();
    await until("an empty log", async () => await earliestOffset(connection, topic) === 1000);
    await until("room on the disk", () => diskBytes(topic) < 50_000);
    await kcatWriter.write(at(topic), records.slice(0, 1), options);
    await until("that it goes, too", async () => await earliestOffset(connection, topic) === 1001);
  },
);

Deno.test("a reader in the middle of a large answer gets all of it, though the files are removed meanwhile", async () => {
  const topic = await createTopic(broker.bootstrap, "removed", {
    settings: { "file.delete.delay.ms": "0", "segment.bytes": "41000000" },
  });
  await appendBatches(topic, 40, 1_000_000);
  using socket = await Deno.connect({ hostname: broker.kafka.host, port: broker.kafka.port });
  await socket.write(fetchFrame(topic, 50_000_000));
  const head = new Uint8Array(4);
  assert.equal(await socket.read(head), 4);
  await appendBatches(topic, 2, 1_000_000); // the second segment
  using connection = await connect();
  const deleted = await connection.request(api.DeleteRecords, {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: -1 }] }],
    timeoutMs: 10_000,
  });
  assert.equal(deleted.topics[0]!.partitions[0]!.lowWatermark, 42);
  await until("room on the disk", () => diskBytes(topic) < 10_000_000);
  const answer = new Uint8Array(new DataView(head.buffer).getInt32(0));
  for (let position = 0; position < answer.length;) {
    const count = await socket.read(answer.subarray(position));
    assert.ok(count !== null, `the broker closed after ${position} of ${answer.length} bytes`);
    position += count;
  }
  assert.ok(answer.length > 40_000_000, `${answer.length} bytes`);
  assert.ok(
    answer.subarray(-900_000, -1000).every((byte) => byte === 0),
    "what the last batch has at its end",
  );
});

/** A Fetch request, version 4, as it is on the wire. */
function fetchFrame(topic: string, maxBytes: number): Uint8Array {
  const name = Buffer.from(topic);
  const partition = Buffer.alloc(16); // partition 0 from offset 0
  partition.writeInt32BE(maxBytes, 12);
  const body = Buffer.concat([
    Buffer.from([0, 1, 0, 4, 0, 0, 0, 7, 0xff, 0xff]), // header: Fetch 4, correlation id 7, no client id
    Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1]), // no replica, no wait, at least one byte
    partition.subarray(12),
    Buffer.from([0, 0, 0, 0, 1, 0, name.length]), // uncommitted, too; one topic
    name,
    Buffer.from([0, 0, 0, 1]),
    partition,
  ]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
}

testNeeding(
  [kcatProgram, confluentPackage],
  "DeleteRecords by kafkajs and confluent-kafka moves the start, and a restart does not move it back",
  async () => {
    const topic = await createTopic(broker.bootstrap, "shortened");
    const records = Array.from({ length: 100 }, (_, index) => keyed(`${index}`, `${index}`));
    await kcatWriter.write(at(topic), records, {
      codec: "zstd",
      acks: -1,
      idempotent: true,
      batchRecords: 10,
    });
    const admin = kafkajs(broker.bootstrap).admin({ retry: { retries: 0 } });
    await admin.connect();
    try {
      await admin.fetchTopicOffsets(topic); // kafkajs deletes nothing of a topic that it has not met
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "25" }] });
      const [{ low, high } = { low: "", high: "" }] = await admin.fetchTopicOffsets(topic);
      assert.deepEqual([low, high], ["25", "100"]);
      await assert.rejects(
        admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "101" }] }),
        /while deleting records/i,
      );
    } finally {
      await admin.disconnect();
    }
    assert.equal(await confluent({ do: "delete_records", ...at(topic), offset: 37 }), 37);
    await broker.kill9();
    await broker.start();
    assert.deepEqual(await confluentOffsets(at(topic), 0), [37, 100, 37]);
    assert.deepEqual((await readWithKcat(topic)).map(({ offset }) => offset), range(37, 100));
  },
);

testNeeding([javaTools], "DeleteRecordsCommand moves the start", async () => {
  const topic = await createTopic(broker.bootstrap, "java-shortened");
  await kafkajsWriter.write(at(topic), [keyed("a", "a"), keyed("b", "b"), keyed("c", "c")], {
    codec: "none",
    acks: -1,
    idempotent: false,
  });
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await Deno.writeTextFile(
      path,
      JSON.stringify({ version: 1, partitions: [{ topic, partition: 0, offset: 2 }] }),
    );
    const said = await javaTool("DeleteRecordsCommand", [
      ...["--bootstrap-server", broker.bootstrap, "--offset-json-file", path],
    ]);
    assert.match(said, /low_watermark: 2/);
  } finally {
    await Deno.remove(path);
  }
});

testNeeding(
  [confluentPackage],
  "records too old or too new for their topic are refused to clients",
  async () => {
    const hour = 3_600_000;
    const topic = await createTopic(broker.bootstrap, "timely", {
      settings: {
        "message.timestamp.before.max.ms": String(24 * hour),
        "message.timestamp.after.max.ms": String(hour),
      },
    });
    const now = Date.now();
    const produce = (timestamp: number) =>
      confluent<unknown[]>({
        do: "produce",
        topic,
        partition: 0,
        records: [{ key: null, value: btoa("x"), headers: [], timestamp }],
        config: { "bootstrap.servers": broker.bootstrap, "linger.ms": 0 },
      });
    assert.deepEqual(await produce(now - 23 * hour), [[0, 0]]);
    assert.deepEqual(await produce(now - 25 * hour), ["INVALID_TIMESTAMP"]);
    assert.deepEqual(await produce(now + 2 * hour), ["INVALID_TIMESTAMP"]);
    const late = { ...keyed("k", "v"), timestamp: now - 48 * hour };
    await assert.rejects(
      kafkajsWriter.write(at(topic), [late], { codec: "none", acks: -1, idempotent: false }),
      /timestamp/i,
    );
    assert.deepEqual(await produce(now), [[0, 1]]);
  },
);

testNeeding(
  [kcatProgram],
  "a topic's compression.type and message.timestamp.type hold for what every client sends",
  async () => {
    const topic = await createTopic(broker.bootstrap, "zstd", {
      settings: { "compression.type": "zstd", "message.timestamp.type": "LogAppendTime" },
    });
    const begin = Date.now();
    const record = { ...keyed("key", "value ".repeat(100)), timestamp: 1_600_000_000_000 };
    for (const writer of [kcatWriter, kafkajsWriter]) {
      for (const codec of codecs) {
        await writer.write(at(topic), [record], { codec, acks: -1, idempotent: false });
      }
    }
    const records = await readWithKcat(topic);
    assert.equal(records.length, 2 * codecs.length);
    for (const { key, value, timestamp } of records) {
      assert.deepEqual([decode(key), decode(value)], [decode(record.key), decode(record.value)]);
      assert.ok(timestamp >= begin && timestamp <= Date.now(), `${timestamp}`);
    }
    using connection = await connect();
    for await (const { compression } of readBatches(connection, topic)) assert.equal(compression, 4, "zstd");
  },
);

Deno.test("after all this, a broker that is stopped in order leaves a directory without a flaw", async () => {
  await stopAndCheck(broker);
  assert.deepEqual(logLines(broker, / (WARN|ERROR) /), []);
  await assertSaid(broker, /SIGTERM: stopping/, 2);
});

testNeeding([javaTools], "Kafka's reader finds nothing wrong in it either", async () => {
  const files = partitionFiles(broker.dataDirectory).filter((path) => !/\/(removed|bounded)-/.test(path));
  const output = await dumpLog(files);
  // Not looked for: gaps between offsets, which are compaction's.
  assert.doesNotMatch(output, /isvalid: false|Mismatches in|out of order|not found|should not|Exception/);
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
