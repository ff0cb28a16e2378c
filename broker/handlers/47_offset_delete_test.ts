import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import {
  commitInTransaction,
  commitOffsets,
  endTransaction,
  fetchOffset,
} from "../../tests/support/offset_requests.ts";
import { createTopic } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";

const topic = { name: "topic" };

function* deleteOffsets(client: TestClient, groupId: string, partitions: Readonly<Record<string, number[]>>) {
  const { errorCode, topics } = yield* client.ask(api.OffsetDelete, 0, {
    groupId,
    topics: Object.entries(partitions).map(([name, indexes]) => ({
      name,
      partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
    })),
  });
  return [errorCode, ...topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))];
}

Deno.test("OffsetDelete forgets what is named, over a restart, and leaves the rest", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 3 });
    for (const partition of [0, 1]) yield* commitOffsets(client, 9, { topic, partition, offset: 5 });
    const { NONE, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode;
    // Partition 2 has nothing committed, partition 3 is not there.
    assert.deepEqual(
      yield* deleteOffsets(client, "group", { topic: [1, 2, 3], other: [0] }),
      [NONE, NONE, NONE, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_OR_PARTITION],
    );
    assert.equal((yield* fetchOffset(client, "topic", 1)).committedOffset, -1);
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.equal((yield* fetchOffset(client, "topic", 0)).committedOffset, 5);
    assert.equal((yield* fetchOffset(client, "topic", 1)).committedOffset, -1);
  }, { disk });
});

Deno.test("OffsetDelete takes back what an open transaction would have committed", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* commitInTransaction(client, 3, { topic, offset: 5, producerId: 7 });
    assert.deepEqual(yield* deleteOffsets(client, "group", { topic: [0] }), [ErrorCode.NONE, ErrorCode.NONE]);
    endTransaction(broker, { producerId: 7, isCommitted: true });
    assert.equal((yield* fetchOffset(client, "topic", 0)).committedOffset, -1);
  });
});

Deno.test("OffsetDelete of a group that is not there, or has no name, answers that", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.deepEqual(yield* deleteOffsets(client, "nobody", { topic: [0] }), [ErrorCode.GROUP_ID_NOT_FOUND]);
    assert.deepEqual(yield* deleteOffsets(client, "", { topic: [0] }), [ErrorCode.INVALID_GROUP_ID]);
  });
});
