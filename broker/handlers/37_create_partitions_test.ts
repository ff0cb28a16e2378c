import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { createTopic, fetch, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { createPartitionsHandler } from "./37_create_partitions.ts";

const versions = servedVersions(createPartitionsHandler);

interface Asked {
  readonly version?: number;
  readonly assignments?: readonly (readonly number[])[];
  readonly validateOnly?: boolean;
}

function* add(
  client: TestClient,
  name: string,
  count: number,
  { version = 3, assignments, validateOnly = false }: Asked = {},
) {
  const { results } = yield* client.ask(api.CreatePartitions, version, {
    topics: [{ name, count, assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null }],
    timeoutMs: 1000,
    validateOnly,
  });
  assert.equal(results[0]!.name, name);
  return results[0]!;
}

const countOf = ({ server }: TestBroker, topic: string) =>
  server.broker.topics.topic(topic)!.partitions.length;

Deno.test("CreatePartitions adds partitions that can be written to and read from at once, in every version", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    const batch = randomBatch(broker);
    yield* produce(client, "t", batch);
    for (const version of versions) {
      const count = countOf(broker, "t") + 2;
      assert.equal(
        (yield* add(client, "t", count, { version, validateOnly: true })).errorCode,
        ErrorCode.NONE,
      );
      assert.equal(countOf(broker, "t"), count - 2);
      const { errorCode, errorMessage } = yield* add(client, "t", count, { version });
      assert.deepEqual([errorCode, errorMessage], [ErrorCode.NONE, null]);
      assert.equal(countOf(broker, "t"), count);
      const partition = count - 1;
      assert.equal((yield* produce(client, "t", batch, { partition })).errorCode, ErrorCode.NONE);
      assert.equal((yield* fetch(client, "t", { partition })).highWatermark, 1);
    }
    const { topics } = yield* client.ask(api.Metadata, 9, { topics: [{ name: "t" }] });
    assert.equal(topics[0]!.partitions.length, countOf(broker, "t"));
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.equal(countOf(broker, "t"), 1 + 2 * versions.length);
    assert.equal((yield* fetch(client, "t", { partition: 2 })).highWatermark, 1);
  }, { disk });
});

Deno.test("CreatePartitions refuses with Kafka's errors", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t", { partitions: 2 });
    yield* createTopic(client, "__consumer_offsets");
    const wrong: [name: string, count: number, code: number, assignments?: number[][]][] = [
      ["none", 3, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ["", 3, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ["t", 2, ErrorCode.INVALID_PARTITIONS],
      ["t", 1, ErrorCode.INVALID_PARTITIONS],
      ["t", -1, ErrorCode.INVALID_PARTITIONS],
      ["t", 3, ErrorCode.INVALID_REPLICA_ASSIGNMENT, []],
      ["t", 3, ErrorCode.INVALID_REPLICA_ASSIGNMENT, [[]]],
      ["t", 3, ErrorCode.INVALID_REPLICA_ASSIGNMENT, [[9]]],
      ["t", 3, ErrorCode.INVALID_REPLICA_ASSIGNMENT, [[1, 1]]],
      ["t", 3, ErrorCode.INVALID_REPLICA_ASSIGNMENT, [[1], [1]]],
      ["t", 100, ErrorCode.POLICY_VIOLATION],
      // Not Kafka's: there it may be done, and groups are lost.
      ["__consumer_offsets", 3, ErrorCode.INVALID_TOPIC_EXCEPTION],
    ];
    for (const version of versions) {
      for (const [name, count, code, assignments] of wrong) {
        const asked = { version, ...assignments === undefined ? {} : { assignments } };
        const { errorCode, errorMessage } = yield* add(client, name, count, asked);
        assert.equal(errorCode, code, `${name} ${count}`);
        assert.ok(errorMessage!.length > 10);
      }
    }
    assert.equal(countOf(broker, "t"), 2);
    assert.equal((yield* add(client, "t", 4, { assignments: [[1], [1]] })).errorCode, ErrorCode.NONE);
  }, { settings: { "milena.max.partitions": "50" } });
});

Deno.test("CreatePartitions takes any assignment for this broker's where replication.factor.clamp says so", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    assert.equal(
      (yield* add(client, "t", 3, { assignments: [[1, 2, 3], [2, 3, 4]] })).errorCode,
      ErrorCode.NONE,
    );
    assert.equal(countOf(broker, "t"), 3);
  }, { settings: { "replication.factor.clamp": "true" } });
});

Deno.test("CreatePartitions refuses a topic that is named twice, and adds to the others", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const name of ["a", "b"]) yield* createTopic(client, name);
    const topics = [["a", 3], ["b", 2], ["a", 4]].map(([name, count]) => ({
      name: name as string,
      count: count as number,
      assignments: null,
    }));
    const { results } = yield* client.ask(api.CreatePartitions, 3, {
      topics,
      timeoutMs: 1,
      validateOnly: false,
    });
    assert.deepEqual(results.map(({ name, errorCode }) => [name, errorCode]), [
      ["a", ErrorCode.INVALID_REQUEST],
      ["b", ErrorCode.NONE],
    ]);
    assert.deepEqual([countOf(broker, "a"), countOf(broker, "b")], [1, 2]);
  });
});

for (const code of ["ENOSPC", "EIO"]) {
  Deno.test(`CreatePartitions on a disk that answers ${code} answers KAFKA_STORAGE_ERROR or has added all`, () => {
    for (let failing = 1, calls = Infinity; failing <= calls; failing++) {
      const { disk } = runBroker(function* (broker) {
        const client = broker.connect();
        yield* createTopic(client, "t");
        const { onCall } = broker.disk;
        calls = 0;
        broker.disk.onCall = (call, path) => {
          onCall(call, path);
          if (++calls === failing) throw new MemoryDiskError(call, path, code);
        };
        const { errorCode } = yield* add(client, "t", 3);
        broker.disk.onCall = onCall;
        const isDone = errorCode === ErrorCode.NONE;
        if (!isDone) assert.equal(errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
        assert.equal(countOf(broker, "t"), isDone ? 3 : 1);
        assert.equal((yield* produce(client, "t", randomBatch(broker))).errorCode, ErrorCode.NONE);
        assert.deepEqual(broker.newLines().filter((line) => line.includes("defect")), []);
      });
      runBroker(function* (broker) {
        for (let partition = 0; partition < countOf(broker, "t"); partition++) {
          const { errorCode } = yield* produce(broker.connect(), "t", randomBatch(broker), { partition });
          assert.equal(errorCode, ErrorCode.NONE);
        }
      }, { disk });
    }
  });
}
