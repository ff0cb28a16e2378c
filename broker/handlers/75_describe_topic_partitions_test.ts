import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";

interface Cursor {
  readonly topicName: string;
  readonly partitionIndex: number;
}

function* page(client: TestClient, topics: readonly string[], limit: number, cursor: Cursor | null = null) {
  const answer = yield* client.ask(api.DescribeTopicPartitions, 0, {
    topics: topics.map((name) => ({ name })),
    responsePartitionLimit: limit,
    cursor,
  });
  return {
    topics: answer.topics.map(({ name, errorCode, partitions }) => [
      name,
      errorCode,
      partitions.map(({ partitionIndex }) => partitionIndex),
    ]),
    nextCursor: answer.nextCursor,
  };
}

const at = (topicName: string, partitionIndex: number): Cursor => ({ topicName, partitionIndex });

Deno.test("DescribeTopicPartitions tells of a topic what Metadata does", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "a");
    yield* createTopic(client, "__consumer_offsets");
    const { topics, nextCursor } = yield* client.ask(api.DescribeTopicPartitions, 0, {
      topics: [{ name: "a" }, { name: "__consumer_offsets" }],
    });
    assert.equal(nextCursor, null);
    assert.deepEqual(topics.map(({ name, isInternal }) => [name, isInternal]), [
      ["__consumer_offsets", true],
      ["a", false],
    ]);
    assert.deepEqual(topics[1], {
      errorCode: ErrorCode.NONE,
      name: "a",
      topicId,
      isInternal: false,
      partitions: [{
        errorCode: ErrorCode.NONE,
        partitionIndex: 0,
        leaderId: 1,
        leaderEpoch: 0,
        replicaNodes: [1],
        isrNodes: [1],
        eligibleLeaderReplicas: [],
        lastKnownElr: [],
        offlineReplicas: [],
      }],
      topicAuthorizedOperations: -2147483648,
    });
  });
});

Deno.test("DescribeTopicPartitions goes on where the cursor of the page before says", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const [name, partitions] of [["b", 3], ["a", 2], ["c", 1]] as const) {
      yield* createTopic(client, name, { partitions });
    }
    for (const asked of [[], ["c", "a", "b", "a"]]) {
      assert.deepEqual(yield* page(client, asked, 4), {
        topics: [["a", 0, [0, 1]], ["b", 0, [0, 1]]],
        nextCursor: at("b", 2),
      });
      assert.deepEqual(yield* page(client, asked, 1, at("b", 2)), {
        topics: [["b", 0, [2]]],
        nextCursor: at("c", 0),
      });
      assert.deepEqual(yield* page(client, asked, 4, at("c", 0)), {
        topics: [["c", 0, [0]]],
        nextCursor: null,
      });
      for (const limit of [0, -5]) {
        assert.deepEqual((yield* page(client, asked, limit)).nextCursor, at("a", 1));
      }
      // Pages of any size add up to all there is.
      for (let limit = 1; limit <= 7; limit++) {
        const seen: unknown[] = [];
        let cursor: Cursor | null = null;
        do {
          const { topics, nextCursor }: { topics: unknown[][]; nextCursor: Cursor | null } = yield* page(
            client,
            asked,
            limit,
            cursor,
          );
          for (const [name, , partitions] of topics) {
            for (const partition of partitions as number[]) seen.push(`${name}-${partition}`);
          }
          cursor = nextCursor;
        } while (cursor !== null);
        assert.deepEqual(seen, ["a-0", "a-1", "b-0", "b-1", "b-2", "c-0"], `by ${limit}`);
      }
    }
  });
});

Deno.test("DescribeTopicPartitions tells no more than max.request.partition.size.limit", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a", { partitions: 5 });
    assert.deepEqual((yield* page(client, [], 1000)).nextCursor, at("a", 3));
  }, { settings: { "max.request.partition.size.limit": "3" } });
});

Deno.test("DescribeTopicPartitions answers for topics that are not there, if they are asked for", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "b");
    assert.deepEqual((yield* page(client, ["none", "b", "a/b", ""], 9)).topics, [
      ["", ErrorCode.INVALID_TOPIC_EXCEPTION, []],
      ["a/b", ErrorCode.INVALID_TOPIC_EXCEPTION, []],
      ["b", ErrorCode.NONE, [0]],
      ["none", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, []],
    ]);
  });
});

Deno.test("DescribeTopicPartitions follows a cursor to a topic that has gone, or behind its end, and refuses others", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const name of ["a", "c"]) yield* createTopic(client, name);
    assert.deepEqual(yield* page(client, [], 9, at("b", 3)), { topics: [["c", 0, [0]]], nextCursor: null });
    assert.deepEqual((yield* page(client, ["a", "c"], 9, at("a", 7))).topics, [["a", 0, []], ["c", 0, [0]]]);
    const refused = [["a", ErrorCode.INVALID_REQUEST, []]];
    assert.deepEqual((yield* page(client, ["a"], 9, at("b", 0))).topics, refused);
    assert.deepEqual((yield* page(client, ["a"], 9, at("a", -1))).topics, refused);
  });
});
