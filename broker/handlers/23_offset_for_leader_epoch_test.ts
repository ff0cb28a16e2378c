import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { MemoryDisk } from "../../tests/support/memory_disk.ts";
import { offsetForLeaderEpochHandler } from "./23_offset_for_leader_epoch.ts";

const versions = servedVersions(offsetForLeaderEpochHandler);

interface Asked {
  readonly topic?: string;
  readonly partition?: number;
  readonly currentLeaderEpoch?: number;
  readonly leaderEpoch?: number;
}

function* ask(
  client: TestClient,
  version: number,
  { topic = "t", partition = 0, currentLeaderEpoch = -1, leaderEpoch = 0 }: Asked = {},
) {
  const { topics } = yield* client.ask(api.OffsetForLeaderEpoch, version, {
    ...version >= 3 ? { replicaId: -1 } : {},
    topics: [{ topic, partitions: [{ partition, currentLeaderEpoch, leaderEpoch }] }],
  });
  const { errorCode, leaderEpoch: epoch, endOffset } = topics[0]!.partitions[0]!;
  return [errorCode, epoch, endOffset];
}

Deno.test("OffsetForLeaderEpoch tells the end of the log for the latest epoch, and nothing of epochs to come", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    for (const version of versions) {
      yield* produce(client, "t", randomBatch(broker, { count: 3 }));
      const endOffset = broker.log("t").endOffset;
      assert.deepEqual(yield* ask(client, version), [ErrorCode.NONE, 0, endOffset]);
      assert.deepEqual(yield* ask(client, version, { currentLeaderEpoch: 0 }), [
        ErrorCode.NONE,
        0,
        endOffset,
      ]);
      assert.deepEqual(yield* ask(client, version, { leaderEpoch: 1 }), [ErrorCode.NONE, -1, -1]);
      assert.deepEqual(yield* ask(client, version, { leaderEpoch: -1 }), [ErrorCode.NONE, -1, -1]);
    }
  });
});

Deno.test("OffsetForLeaderEpoch of a partition without a record is its beginning", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    assert.deepEqual(yield* ask(client, 4), [ErrorCode.NONE, 0, 0]);
  });
});

Deno.test("OffsetForLeaderEpoch tells where epochs of a log that came from a Kafka cluster ended", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    yield* produce(client, "t", randomBatch(broker, { count: 20 }));
  });
  const file = disk.open("/data/t-0/leader-epoch-checkpoint");
  file.truncate(0);
  file.writeAt(new TextEncoder().encode("0\n3\n0 0\n2 5\n4 9\n"), 0);
  file.close();
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const asked = (leaderEpoch: number) => ask(client, version, { leaderEpoch });
      assert.deepEqual(yield* asked(0), [ErrorCode.NONE, 0, 5]);
      // Epoch 1 has left nothing: epoch 0 is the last that both have.
      assert.deepEqual(yield* asked(1), [ErrorCode.NONE, 0, 5]);
      assert.deepEqual(yield* asked(2), [ErrorCode.NONE, 2, 9]);
      assert.deepEqual(yield* asked(4), [ErrorCode.NONE, 4, 20]);
      assert.deepEqual(yield* asked(5), [ErrorCode.NONE, -1, -1]);
      const believed = (currentLeaderEpoch: number) => ask(client, version, { currentLeaderEpoch });
      assert.deepEqual(yield* believed(4), [ErrorCode.NONE, 0, 5]);
      assert.deepEqual(yield* believed(3), [ErrorCode.FENCED_LEADER_EPOCH, -1, -1]);
      assert.deepEqual(yield* believed(5), [ErrorCode.UNKNOWN_LEADER_EPOCH, -1, -1]);
    }
  }, { disk });
});

Deno.test("OffsetForLeaderEpoch answers for partitions that are not there, or out of service", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    for (const version of versions) {
      const unknown = [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1];
      assert.deepEqual(yield* ask(client, version, { partition: 1 }), unknown);
      assert.deepEqual(yield* ask(client, version, { topic: "none" }), unknown);
    }
    broker.failsToSync = (path) => path.endsWith(".log");
    yield* produce(client, "t", randomBatch(broker));
    yield* broker.pass(2000);
    assert.deepEqual(yield* ask(client, 4), [ErrorCode.KAFKA_STORAGE_ERROR, -1, -1]);
  }, { disk: new MemoryDisk() });
});
