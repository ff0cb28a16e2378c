/**
 * confluent-kafka for Python: a newer librdkafka than kcat's. Admin, watermarks, idempotence, errors.
 * @module
 */
import assert from "node:assert/strict";
import { testNeeding } from "../support/requirement.ts";
import { targetOfThisFile } from "../support/target.ts";
import {
  closeConfluent,
  confluent,
  confluentPackage,
  confluentReader,
  confluentWriter,
} from "./confluent.ts";
import { numberedRecord } from "./sample_records.ts";
import { createTopic, uniqueTopic } from "./topic.ts";

const target = targetOfThisFile();
Deno.test.afterAll(closeConfluent);
const needs = [confluentPackage];
const decode = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

testNeeding(needs, "confluent-kafka creates, lists and deletes a topic", async () => {
  const { bootstrap } = target;
  const topic = uniqueTopic("confluent");
  const create = { do: "create", bootstrap, topic, partitions: 3, config: { "segment.bytes": "2097152" } };
  assert.equal(await confluent(create), null);
  assert.equal(await confluent(create), "TOPIC_ALREADY_EXISTS");
  assert.equal((await confluent<Record<string, number>>({ do: "topics", bootstrap }))[topic], 3);
  assert.equal(await confluent({ do: "delete", bootstrap, topic }), null);
  assert.equal((await confluent<Record<string, number>>({ do: "topics", bootstrap }))[topic], undefined);
  assert.equal(await confluent({ do: "delete", bootstrap, topic }), "UNKNOWN_TOPIC_OR_PART");
});

testNeeding(needs, "confluent-kafka is refused a setting whose value is none", async () => {
  const topic = uniqueTopic("ill-set");
  const config = { "segment.bytes": "many" };
  const create = { do: "create", bootstrap: target.bootstrap, topic, partitions: 1, config };
  assert.equal(await confluent(create), "INVALID_CONFIG");
});

testNeeding(needs, "confluent-kafka reads watermarks and offsets by time", async () => {
  const topic = await createTopic(target.bootstrap, "watermarks");
  const records = Array.from({ length: 1000 }, (_, index) => numberedRecord(index));
  const at = { bootstrap: target.bootstrap, topic, partition: 0 };
  await confluentWriter.write(at, records, { codec: "lz4", acks: -1, idempotent: true });
  const ask = { do: "offsets", bootstrap: target.bootstrap, topic, partition: 0 };
  assert.deepEqual(await confluent({ ...ask, timestamp: records[500]!.timestamp }), [0, 1000, 500]);
  assert.deepEqual(await confluent({ ...ask, timestamp: 0 }), [0, 1000, 0]);
});

for (const acks of [0, 1, -1] as const) {
  testNeeding(needs, `confluent-kafka with acks=${acks} appends every record once and in order`, async () => {
    const topic = await createTopic(target.bootstrap, `confluent-acks-${acks}`);
    const records = Array.from({ length: 5000 }, (_, index) => numberedRecord(index));
    const at = { bootstrap: target.bootstrap, topic, partition: 0 };
    await confluentWriter.write(at, records, { codec: "none", acks, idempotent: false });
    const read = async () =>
      (await confluentReader.read({ bootstrap: target.bootstrap, topic, partitions: 1 }))[0]!;
    let stored = await read();
    for (let attempt = 0; attempt < 20 && stored.length < records.length; attempt++) stored = await read();
    assert.deepEqual(stored.map(({ value }) => decode(value)), records.map(({ value }) => decode(value)));
  });
}

testNeeding(
  needs,
  "confluent-kafka as an idempotent producer numbers its records without a gap",
  async () => {
    const topic = await createTopic(target.bootstrap, "confluent-idempotent");
    const records = Array.from({ length: 3000 }, (_, index) => numberedRecord(index));
    const outcomes = await confluent<unknown[]>({
      do: "produce",
      topic,
      partition: 0,
      records: records.map(({ value, timestamp }) => ({
        key: null,
        value: btoa(decode(value)!),
        headers: [],
        timestamp,
      })),
      // Many small batches, five in flight.
      config: {
        "bootstrap.servers": target.bootstrap,
        "enable.idempotence": true,
        "batch.num.messages": 20,
        "linger.ms": 0,
      },
    });
    assert.deepEqual(outcomes, records.map((_, index) => [0, index]));
  },
);

testNeeding(needs, "confluent-kafka is told when the broker's limit is smaller than its own", async () => {
  const topic = await createTopic(target.bootstrap, "confluent-small", {
    settings: { "max.message.bytes": "1000" },
  });
  const record = (size: number) => ({
    key: null,
    value: btoa("x".repeat(size)),
    headers: [],
    timestamp: Date.now(),
  });
  const config = { "bootstrap.servers": target.bootstrap, "batch.num.messages": 1 };
  const produce = {
    do: "produce",
    topic,
    partition: 0,
    records: [record(500), record(2000), record(400)],
    config,
  };
  assert.deepEqual(await confluent(produce), [[0, 0], "MSG_SIZE_TOO_LARGE", [0, 1]]);
});

testNeeding(needs, "confluent-kafka is told that a partition is not there", async () => {
  const topic = await createTopic(target.bootstrap, "one-partition");
  const records = [{ key: null, value: btoa("x"), headers: [], timestamp: Date.now() }];
  const config = { "bootstrap.servers": target.bootstrap, "message.timeout.ms": 3000 };
  const [outcome] = await confluent<string[]>({ do: "produce", topic, partition: 7, records, config });
  assert.match(String(outcome), /UNKNOWN_PARTITION/);
});
