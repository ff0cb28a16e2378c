import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { newUuid } from "../../protocol/uuid.ts";
import { commitInTransaction, commitOffsets, endTransaction } from "../../tests/support/offset_requests.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { offsetFetchHandler } from "./09_offset_fetch.ts";

const versions = servedVersions(offsetFetchHandler);
const { NONE, UNSTABLE_OFFSET_COMMIT } = ErrorCode;

interface AskedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
}

/** One group's offsets, in whichever form the version has them. */
function* fetchGroup(
  client: TestClient,
  version: number,
  groupId: string,
  topics: readonly AskedTopic[] | null,
  requireStable = false,
) {
  if (version < 8) {
    const body = { groupId, topics: topics?.map(({ topicId: _, ...topic }) => topic) ?? null };
    const answer = yield* client.ask(
      api.OffsetFetch,
      version,
      version >= 7 ? { ...body, requireStable } : body,
    );
    return { groupId, errorCode: answer.errorCode, topics: answer.topics.map(forget) };
  }
  const { groups } = yield* client.ask(api.OffsetFetch, version, {
    requireStable,
    groups: [{
      groupId,
      topics: topics?.map(({ name, topicId, partitionIndexes }) =>
        version >= 10 ? { topicId, partitionIndexes } : { name, partitionIndexes }
      ) ?? null,
    }],
  });
  assert.equal(groups.length, 1);
  return { ...groups[0]!, topics: groups[0]!.topics.map(forget) };
}

/** What tests look at. */
function forget(
  { name, partitions, topicId }: {
    name: string;
    topicId?: string;
    partitions: readonly { partitionIndex: number; committedOffset: number; errorCode: number }[];
  },
) {
  return [
    name === "" ? topicId : name,
    ...partitions.map(({ partitionIndex, committedOffset, errorCode }) =>
      `${partitionIndex}: ${errorCode === NONE ? committedOffset : `error ${errorCode}`}`
    ),
  ];
}

Deno.test("OffsetFetch tells what is committed, -1 where nothing is, and all there is, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic", { partitions: 3 });
    const emptyId = yield* createTopic(client, "empty");
    yield* commitOffsets(client, 9, { topic: { name: "topic" }, partition: 0, offset: 10 });
    yield* commitOffsets(client, 9, { topic: { name: "topic" }, partition: 2, offset: 12 });
    const asked = [
      { name: "topic", topicId, partitionIndexes: [0, 1, 7] },
      { name: "empty", topicId: emptyId, partitionIndexes: [0] },
    ];
    for (const version of versions) {
      const [topic, empty] = version >= 10 ? [topicId, emptyId] : ["topic", "empty"];
      assert.deepEqual(yield* fetchGroup(client, version, "group", asked), {
        groupId: "group",
        errorCode: NONE,
        topics: [[topic, "0: 10", "1: -1", "7: -1"], [empty, "0: -1"]],
      });
      assert.deepEqual((yield* fetchGroup(client, version, "group", [])).topics, []);
      const none = yield* fetchGroup(client, version, "nobody", asked);
      assert.deepEqual(none.topics, [[topic, "0: -1", "1: -1", "7: -1"], [empty, "0: -1"]]);
      if (version === 1) continue;
      assert.deepEqual(
        (yield* fetchGroup(client, version, "group", null)).topics,
        [[topic, "0: 10", "2: 12"]],
      );
      const nobody = yield* fetchGroup(client, version, "nobody", null);
      assert.deepEqual(nobody, { groupId: "nobody", errorCode: NONE, topics: [] });
    }
  });
});

Deno.test("OffsetFetch answers several groups, each with its own offsets", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const [index, group] of ["a", "b"].entries()) {
      yield* commitOffsets(client, 9, { group, topic: { name: "topic" }, offset: index });
    }
    const { groups } = yield* client.ask(api.OffsetFetch, 8, {
      groups: ["b", "c", "a"].map((groupId) => ({ groupId, topics: null })),
    });
    assert.deepEqual(
      groups.map(({ groupId, topics }) => [groupId, ...topics.map(forget)]),
      [["b", ["topic", "0: 1"]], ["c"], ["a", ["topic", "0: 0"]]],
    );
    assert.deepEqual((yield* client.ask(api.OffsetFetch, 8, { groups: [] })).groups, []);
  });
});

Deno.test("OffsetFetch by an id that no topic has answers UNKNOWN_TOPIC_ID, and the others", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic");
    yield* commitOffsets(client, 9, { topic: { name: "topic" }, offset: 4 });
    const otherId = newUuid((length) => broker.random.bytes(length));
    const { topics } = yield* fetchGroup(client, 10, "group", [
      { name: "", topicId: otherId, partitionIndexes: [0, 1] },
      { name: "", topicId, partitionIndexes: [0] },
    ]);
    const error = `error ${ErrorCode.UNKNOWN_TOPIC_ID}`;
    assert.deepEqual(topics, [[topicId, "0: 4"], [otherId, `0: ${error}`, `1: ${error}`]]);
  });
});

Deno.test("OffsetFetch by name and by id finds nothing of a topic that was deleted, nor of its successor", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* createTopic(client, "stays");
    for (const name of ["topic", "stays"]) yield* commitOffsets(client, 9, { topic: { name }, offset: 4 });
    yield* client.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
    assert.deepEqual((yield* fetchGroup(client, 9, "group", null)).topics, [["stays", "0: 4"]]);
    const topicId = yield* createTopic(client, "topic");
    for (const version of [9, 10]) {
      const asked = [{ name: "topic", topicId, partitionIndexes: [0] }];
      const { topics } = yield* fetchGroup(client, version, "group", asked);
      assert.deepEqual(topics, [[version === 10 ? topicId : "topic", "0: -1"]]);
    }
  });
});

Deno.test("OffsetFetch that requires stable offsets says UNSTABLE_OFFSET_COMMIT while a transaction is open", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic", { partitions: 2 });
    const topic = { name: "topic" };
    yield* commitOffsets(client, 9, { topic, offset: 1 });
    yield* commitInTransaction(client, 3, { topic, offset: 2, producerId: 7 });
    const asked = [{ name: "topic", topicId, partitionIndexes: [0, 1] }];
    for (const version of versions) {
      const { topics } = yield* fetchGroup(client, version, "group", asked, true);
      const first = version >= 7 ? `0: error ${UNSTABLE_OFFSET_COMMIT}` : "0: 1";
      assert.deepEqual(topics[0]!.slice(1), [first, "1: -1"]);
      if (version === 1) continue;
      const all = yield* fetchGroup(client, version, "group", null, true);
      assert.deepEqual(all.topics[0]!.slice(1), [first]);
      assert.deepEqual((yield* fetchGroup(client, version, "group", asked)).topics[0]!.slice(1), [
        "0: 1",
        "1: -1",
      ]);
    }
    endTransaction(broker, { producerId: 7, isCommitted: true });
    const { topics } = yield* fetchGroup(client, 9, "group", asked, true);
    assert.deepEqual(topics, [["topic", "0: 2", "1: -1"]]);
  });
});
