import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { createTopic, fetch, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { deleteRecordsHandler } from "./21_delete_records.ts";

const versions = servedVersions(deleteRecordsHandler);

function* deleteRecords(
  client: TestClient,
  version: number,
  offset: number,
  topic = "topic",
  partitionIndex = 0,
) {
  const { topics } = yield* client.ask(api.DeleteRecords, version, {
    topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
    timeoutMs: 1000,
  });
  const { lowWatermark, errorCode } = topics[0]!.partitions[0]!;
  return { lowWatermark, errorCode };
}

Deno.test("DeleteRecords moves the start, and nobody reads what lies before", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      yield* createTopic(client, `topic${version}`);
      yield* produce(client, `topic${version}`, randomBatch(broker, { count: 10 }));
      const result = yield* deleteRecords(client, version, 4, `topic${version}`);
      assert.deepEqual(result, { lowWatermark: 4, errorCode: ErrorCode.NONE });
      const { topics } = yield* client.ask(api.ListOffsets, 5, {
        replicaId: -1,
        isolationLevel: 0,
        topics: [{
          name: `topic${version}`,
          partitions: [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp: -2 }],
        }],
      });
      assert.equal(topics[0]!.partitions[0]!.offset, 4);
      const before = yield* fetch(client, `topic${version}`, { offset: 3 });
      assert.deepEqual([before.errorCode, before.logStartOffset], [ErrorCode.OFFSET_OUT_OF_RANGE, -1]);
      const from = yield* fetch(client, `topic${version}`, { offset: 4 });
      assert.deepEqual([from.errorCode, from.logStartOffset], [ErrorCode.NONE, 4]);
      assert.deepEqual(yield* deleteRecords(client, version, -1, `topic${version}`), {
        lowWatermark: 10,
        errorCode: ErrorCode.NONE,
      });
    }
  });
});

Deno.test("DeleteRecords answers errors for what there is not, and deletes the rest", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* createTopic(client, "compacted", { configs: { "cleanup.policy": "compact" } });
    yield* produce(client, "topic", randomBatch(broker, { count: 2 }));
    const ask = (...[offset, topic, partition]: [number, string?, number?]) =>
      deleteRecords(client, 2, offset, topic, partition);
    const { UNKNOWN_TOPIC_OR_PARTITION, OFFSET_OUT_OF_RANGE, POLICY_VIOLATION } = ErrorCode;
    assert.equal((yield* ask(1, "none")).errorCode, UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal((yield* ask(1, "topic", 1)).errorCode, UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal((yield* ask(1, "topic", -1)).errorCode, UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal((yield* ask(3)).errorCode, OFFSET_OUT_OF_RANGE);
    assert.equal((yield* ask(-2)).errorCode, OFFSET_OUT_OF_RANGE);
    assert.equal((yield* ask(0, "compacted")).errorCode, POLICY_VIOLATION);
    assert.deepEqual(yield* ask(1), { lowWatermark: 1, errorCode: ErrorCode.NONE });
  });
});

Deno.test("DeleteRecords answers when what it deleted would stay deleted after a power cut", () => {
  let cut!: ReturnType<typeof runBroker>["disk"];
  const settings = { "log.flush.interval.messages": "1" };
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* produce(client, "topic", randomBatch(broker, { count: 5 }));
    yield* deleteRecords(client, 2, 3);
    cut = broker.disk.afterPowerCut();
  }, { settings });
  runBroker(function* (broker) {
    assert.equal((yield* fetch(broker.connect(), "topic", { offset: 3 })).logStartOffset, 3);
  }, { settings, disk: cut });
});

Deno.test("DeleteRecords on a disk that can't keep the new start answers KAFKA_STORAGE_ERROR", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* produce(client, "topic", randomBatch(broker, { count: 5 }));
    broker.disk.onCall = (call, path) => {
      if (call === "writeAt") throw new MemoryDiskError(call, path, "EIO");
    };
    const result = yield* deleteRecords(client, 2, 3);
    assert.deepEqual(result, { lowWatermark: -1, errorCode: ErrorCode.KAFKA_STORAGE_ERROR });
    broker.disk.onCall = () => {};
    assert.equal((yield* deleteRecords(client, 2, 3)).lowWatermark, 3);
  });
});

Deno.test("DeleteRecords refuses the topics of coordinators, as Kafka does", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "__consumer_offsets", { configs: { "cleanup.policy": "delete" } });
    const refused = { lowWatermark: -1, errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION };
    const unknown = { lowWatermark: -1, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
    for (const version of versions) {
      assert.deepEqual(yield* deleteRecords(client, version, 0, "__consumer_offsets"), refused);
      assert.deepEqual(yield* deleteRecords(client, version, 0, "__consumer_offsets", 1), unknown);
    }
  });
});
