import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { newUuid } from "../../protocol/uuid.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { commitOffsets, fetchOffset, offsetCommitBody } from "../../tests/support/offset_requests.ts";
import { offsetCommitHandler } from "./08_offset_commit.ts";

const versions = servedVersions(offsetCommitHandler);

Deno.test("OffsetCommit keeps offset, leader epoch and note in every version, over a restart", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic", { partitions: 20 });
    for (const version of versions) {
      const errorCode = yield* commitOffsets(client, version, {
        topic: { name: "topic", topicId },
        partition: version,
        offset: 2 ** 40 + version,
        leaderEpoch: 3,
        metadata: `note ${version}`,
      });
      assert.equal(errorCode, ErrorCode.NONE);
    }
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      assert.deepEqual(yield* fetchOffset(client, "topic", version), {
        partitionIndex: version,
        committedOffset: 2 ** 40 + version,
        committedLeaderEpoch: version >= 6 ? 3 : -1,
        metadata: `note ${version}`,
        errorCode: ErrorCode.NONE,
      });
    }
  }, { disk });
});

Deno.test("OffsetCommit answers errors for what there is not, and commits the rest", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic", { partitions: 2 });
    const partitions = [0, 1, 2, -1].map((partitionIndex) => ({
      partitionIndex,
      committedOffset: 5,
      committedMetadata: null,
    }));
    for (const version of versions) {
      const otherId = newUuid((length) => broker.random.bytes(length));
      const usesIds = version >= 10;
      const { topics } = yield* client.ask(api.OffsetCommit, version, {
        groupId: `group${version}`,
        memberId: "",
        topics: [
          usesIds ? { topicId, partitions } : { name: "topic", partitions },
          usesIds ? { topicId: otherId, partitions } : { name: "other", partitions },
        ],
      });
      const { NONE, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID } = ErrorCode;
      assert.deepEqual(
        topics.map(({ name, topicId, partitions }) => [
          usesIds ? topicId : name,
          ...partitions.map(({ errorCode }) => errorCode),
        ]),
        [
          [usesIds ? topicId : "topic", NONE, NONE, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_OR_PARTITION],
          [
            usesIds ? otherId : "other",
            ...Array(4).fill(usesIds ? UNKNOWN_TOPIC_ID : UNKNOWN_TOPIC_OR_PARTITION),
          ],
        ],
      );
      const found = yield* fetchOffset(client, "topic", 1, { group: `group${version}` });
      assert.deepEqual([found.committedOffset, found.metadata], [5, ""]);
    }
    // Nobody has committed anything, so nobody is there.
    const { topics } = yield* client.ask(
      api.OffsetCommit,
      9,
      offsetCommitBody({
        group: "nobody",
        topic: { name: "other" },
      }),
    );
    assert.equal(topics[0]!.partitions[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(broker.server.broker.groups.group("nobody"), undefined);
  });
});

Deno.test("OffsetCommit refuses a note that is longer than offset.metadata.max.bytes, and only that partition", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    const { topics } = yield* client.ask(api.OffsetCommit, 9, {
      groupId: "group",
      memberId: "",
      topics: [{
        name: "topic",
        partitions: ["123456789", "12345678"].map((committedMetadata, partitionIndex) => ({
          partitionIndex,
          committedOffset: 5,
          committedMetadata,
        })),
      }],
    });
    const { OFFSET_METADATA_TOO_LARGE, NONE } = ErrorCode;
    assert.deepEqual(topics[0]!.partitions.map(({ errorCode }) => errorCode), [
      OFFSET_METADATA_TOO_LARGE,
      NONE,
    ]);
    assert.equal((yield* fetchOffset(client, "topic", 0)).committedOffset, -1);
    assert.equal((yield* fetchOffset(client, "topic", 1)).committedOffset, 5);
  }, { settings: { "offset.metadata.max.bytes": "8" } });
});

Deno.test("OffsetCommit of a generation of a group that is not there is refused as its version knows it", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic");
    for (const version of versions) {
      const errorCode = yield* commitOffsets(client, version, {
        topic: { name: "topic", topicId },
        generationId: 1,
        memberId: "member",
      });
      assert.equal(errorCode, version >= 9 ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION);
    }
  });
});

Deno.test("OffsetCommit is answered when a power cut can't take it, where the broker promises that", () => {
  let cut!: ReturnType<typeof runBroker>["disk"];
  const settings = { "log.flush.interval.messages": "1" };
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* commitOffsets(client, 9, { topic: { name: "topic" }, offset: 1 });
    broker.ioWorker.hold(["sync"]);
    client.send(api.OffsetCommit, 9, offsetCommitBody({ topic: { name: "topic" }, offset: 2 }));
    yield;
    assert.ok(client.hasNothing());
    // Nor does anybody else get to know of it.
    const other = broker.connect();
    const asked = { groupId: "group", topics: [{ name: "topic", partitionIndexes: [0] }] };
    other.send(api.OffsetFetch, 9, { groups: [asked] });
    yield;
    assert.ok(other.hasNothing());
    broker.ioWorker.letGo();
    yield;
    assert.equal(client.receive(api.OffsetCommit).topics[0]!.partitions[0]!.errorCode, ErrorCode.NONE);
    const { groups } = other.receive(api.OffsetFetch);
    assert.equal(groups[0]!.topics[0]!.partitions[0]!.committedOffset, 2);
    cut = broker.disk.afterPowerCut();
  }, { settings });
  runBroker(function* (broker) {
    assert.equal((yield* fetchOffset(broker.connect(), "topic", 0)).committedOffset, 2);
  }, { settings, disk: cut });
});

Deno.test("OffsetCommit that the disk refuses is NOT_COORDINATOR, and what was committed before stays", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* commitOffsets(client, 9, { topic: { name: "topic" }, offset: 1 });
    broker.failsToSync = (path) => path.includes("__consumer_offsets");
    const errorCode = yield* commitOffsets(client, 9, { topic: { name: "topic" }, offset: 2 });
    assert.equal(errorCode, ErrorCode.NOT_COORDINATOR);
    const { groups } = yield* client.ask(api.OffsetFetch, 9, {
      groups: [{ groupId: "group", topics: null }],
    });
    assert.equal(groups[0]!.errorCode, ErrorCode.NOT_COORDINATOR);
  }, { settings: { "log.flush.interval.messages": "1" } });
});
