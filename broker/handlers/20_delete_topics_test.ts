import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { createTopic, fetch, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { deleteTopicsHandler } from "./20_delete_topics.ts";

const versions = servedVersions(deleteTopicsHandler);

/** Deletes by name, in the way of the version. */
function* remove(client: TestClient, version: number, names: readonly string[]) {
  const { responses, throttleTimeMs } = yield* client.ask(
    api.DeleteTopics,
    version,
    version >= 6
      ? { topics: names.map((name) => ({ name })), timeoutMs: 1000 }
      : { topicNames: [...names], timeoutMs: 1000 },
  );
  assert.equal(throttleTimeMs, 0);
  return responses;
}

const UNKNOWN_ID = "AAAAAAAAAAAAAAAAAAAAAQ";

Deno.test("DeleteTopics by name: the topic is gone for all when answered, its files soon after", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    for (const version of versions) {
      const topicId = yield* createTopic(client, "topic", { partitions: 2 });
      yield* produce(client, "topic", randomBatch(broker));
      assert.deepEqual(yield* remove(client, version, ["topic"]), [{
        name: "topic",
        topicId: version >= 6 ? topicId : ZERO_UUID,
        errorCode: ErrorCode.NONE,
        errorMessage: null,
      }]);
      const gone = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      assert.equal((yield* produce(other, "topic", randomBatch(broker))).errorCode, gone);
      assert.equal((yield* fetch(other, "topic")).errorCode, gone);
      assert.deepEqual((yield* other.ask(api.Metadata, 9, { topics: null })).topics, []);
      assert.deepEqual(broker.disk.names("/data").filter((name) => name.startsWith("topic-")), []);
      assert.equal(broker.server.broker.topics.partitionCount, 0);
    }
    assert.deepEqual(broker.newLines(), []);
  });
});

Deno.test("DeleteTopics v6 by topic id", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic");
    const { responses } = yield* client.ask(api.DeleteTopics, 6, {
      topics: [{ name: null, topicId }, { name: null, topicId: UNKNOWN_ID }],
      timeoutMs: 1000,
    });
    assert.deepEqual(responses.map(({ name, topicId, errorCode }) => [name, topicId, errorCode]), [
      ["topic", topicId, ErrorCode.NONE],
      [null, UNKNOWN_ID, ErrorCode.UNKNOWN_TOPIC_ID],
    ]);
    assert.equal(broker.server.broker.topics.topic("topic"), undefined);
  });
});

Deno.test("DeleteTopics v6 refuses a topic named by name and id, and by neither", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic");
    const { responses } = yield* client.ask(api.DeleteTopics, 6, {
      topics: [{ name: "topic", topicId }, { name: null, topicId: ZERO_UUID }],
      timeoutMs: 1000,
    });
    assert.deepEqual(responses.map(({ errorCode }) => errorCode), [
      ErrorCode.INVALID_REQUEST,
      ErrorCode.INVALID_REQUEST,
    ]);
    assert.ok(broker.server.broker.topics.topic("topic"));
  });
});

Deno.test("DeleteTopics refuses a topic that is named twice, as Kafka does, and deletes the rest", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      yield* createTopic(client, `twice${version}`);
      yield* createTopic(client, `once${version}`);
      const names = [`twice${version}`, `once${version}`, `twice${version}`];
      assert.deepEqual(
        (yield* remove(client, version, names)).map(({ name, errorCode }) => [name, errorCode]),
        [
          [`twice${version}`, ErrorCode.INVALID_REQUEST],
          [`once${version}`, ErrorCode.NONE],
        ],
      );
      assert.ok(broker.log(`twice${version}`));
    }
  });
});

Deno.test("DeleteTopics answers for what there is not, with a sentence from version 5 on, and deletes the rest", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      yield* createTopic(client, "topic");
      const responses = yield* remove(client, version, ["none", "topic", ""]);
      assert.deepEqual(responses.map(({ name, errorCode }) => [name, errorCode]), [
        ["none", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
        ["topic", ErrorCode.NONE],
        ["", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ]);
      assert.equal(responses[0]!.errorMessage !== null, version >= 5);
    }
  });
});

Deno.test("DeleteTopics with delete.topic.enable=false deletes nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      const [answer] = yield* remove(client, version, ["topic"]);
      // An error that versions 1 and 2 do not have yet.
      const error = version >= 3 ? ErrorCode.TOPIC_DELETION_DISABLED : ErrorCode.INVALID_REQUEST;
      assert.equal(answer!.errorCode, error);
      assert.equal(answer!.topicId, ZERO_UUID);
    }
    assert.ok(broker.log("topic"));
  }, { settings: { "delete.topic.enable": "false" } });
});

Deno.test("DeleteTopics makes room for a new topic of the same name, with another id and no records", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const ids = new Set<string>();
    for (const version of versions) {
      // The old files' removal may still be under way.
      broker.ioWorker.hold();
      ids.add(yield* createTopic(client, "topic"));
      yield* produce(client, "topic", randomBatch(broker));
      yield* remove(client, version, ["topic"]);
    }
    ids.add(yield* createTopic(client, "topic"));
    assert.equal(ids.size, versions.length + 1);
    assert.equal((yield* fetch(client, "topic")).highWatermark, 0);
    broker.ioWorker.letGo();
    yield;
    assert.equal((yield* produce(client, "topic", randomBatch(broker))).baseOffset, 0);
  });
});

Deno.test("DeleteTopics answers when the topic would stay gone after a power cut", () => {
  let cut!: ReturnType<typeof runBroker>["disk"];
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* createTopic(client, "other");
    broker.ioWorker.hold();
    yield* remove(client, 6, ["topic"]);
    cut = broker.disk.afterPowerCut();
  });
  runBroker(function* (broker) {
    const { topics } = yield* broker.connect().ask(api.Metadata, 9, { topics: null });
    assert.deepEqual(topics.map(({ name }) => name), ["other"]);
    assert.deepEqual(broker.disk.names("/data").filter((name) => name.startsWith("topic-")), []);
  }, { disk: cut });
});

for (const code of ["ENOSPC", "EIO"]) {
  Deno.test(`DeleteTopics on a disk that answers ${code} answers KAFKA_STORAGE_ERROR or has deleted`, () => {
    for (let failing = 1, calls = Infinity; failing <= calls; failing++) {
      runBroker(function* (broker) {
        const client = broker.connect();
        yield* createTopic(client, "topic", { partitions: 2 });
        const { onCall } = broker.disk;
        calls = 0;
        broker.disk.onCall = (call, path) => {
          onCall(call, path);
          if (++calls === failing) throw new MemoryDiskError(call, path, code);
        };
        const [answer] = yield* remove(client, 6, ["topic"]);
        broker.disk.onCall = onCall;
        if (answer!.errorCode === ErrorCode.NONE) {
          assert.equal(broker.server.broker.topics.topic("topic"), undefined);
        } else {
          assert.equal(answer!.errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
          assert.ok(broker.log("topic"));
        }
        assert.deepEqual(broker.newLines().filter((line) => line.includes("defect")), []);
      });
    }
  });
}
