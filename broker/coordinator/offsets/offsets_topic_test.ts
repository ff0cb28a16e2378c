/**
 * The topic in which committed offsets are kept: that it stays small however much is committed, and what becomes of it when it
 * comes in somebody's copied directory.
 */
import assert from "node:assert/strict";
import { ErrorCode } from "../../../protocol/errors.ts";
import { CATALOG, join } from "../../../storage/file_names.ts";
import { commitOffsets, fetchOffset } from "../../../tests/support/offset_requests.ts";
import { createTopic } from "../../../tests/support/requests.ts";
import { DATA } from "../../../tests/support/storage_fixture.ts";
import { runBroker, type TestBroker } from "../../../tests/support/test_broker.ts";
import { brokerConfig, Settings } from "../../settings.ts";
import { topicLogConfig } from "../../topic_settings.ts";
import { internalTopicConfigs, OFFSETS_TOPIC, TRANSACTION_TOPIC } from "../internal_topics.ts";

const COMMITS = 300_000;
const PARTITIONS = 10;
const SEGMENT_BYTES = 1 << 20;
const COMMITS_PER_SECOND = 1000;
/** A little more than a batch with one commit has here. */
const COMMIT_BYTES = 150;

/** Commits as a request does, one record in a batch of its own each. */
function commitDirectly({ server }: TestBroker, offset: number): void {
  const { groups, topics } = server.broker;
  const partition = {
    partitionIndex: offset % PARTITIONS,
    committedOffset: offset,
    committedLeaderEpoch: -1,
    committedMetadata: "",
    errorCode: ErrorCode.NONE as number,
  };
  groups.offsets.commit(
    {
      groupId: "group",
      committer: {
        memberId: "",
        groupInstanceId: null,
        generationId: -1,
        isTransactional: false,
        apiVersion: 9,
      },
      topics: [{ name: "topic", topicId: topics.topic("topic")!.id, partitions: [partition] }],
    },
    -1,
    () => {},
  );
  assert.equal(partition.errorCode, ErrorCode.NONE);
}

Deno.test("__consumer_offsets stays small while one group goes on committing, and has its last offsets", () => {
  const settings = { "offsets.topic.segment.bytes": String(SEGMENT_BYTES) };
  let largestBytes = 0;
  const { disk } = runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "topic", { partitions: PARTITIONS });
    const partition = broker.server.broker.groups.journal.partitionOf("group");
    for (let offset = 0; offset < COMMITS; offset++) {
      commitDirectly(broker, offset);
      if (offset % COMMITS_PER_SECOND > 0) continue;
      yield* broker.pass(1000);
      largestBytes = Math.max(largestBytes, broker.log(OFFSETS_TOPIC, partition).sizeInBytes);
    }
    yield* broker.pass(90_000);
    const log = broker.log(OFFSETS_TOPIC, partition);
    // What is left of all that was compacted, and the segment that is written to.
    assert.ok(log.sizeInBytes < SEGMENT_BYTES + 10_000, `${log.sizeInBytes} bytes in the end`);
  }, { settings });
  // Each 15 s the cleaner looks, and takes what a checkpoint says is flushed, which is written every 60 s.
  assert.ok(largestBytes < 130 * COMMITS_PER_SECOND * COMMIT_BYTES, `${largestBytes} bytes at most`);
  runBroker(function* (broker) {
    const client = broker.connect();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { committedOffset } = yield* fetchOffset(client, "topic", partition);
      assert.equal(committedOffset, COMMITS - PARTITIONS + partition);
    }
  }, { disk, settings });
});

Deno.test("internalTopicConfigs are settings that topics have", () => {
  const config = brokerConfig(new Settings([]));
  for (const name of [OFFSETS_TOPIC, TRANSACTION_TOPIC]) {
    const { compacts, deletesOld } = topicLogConfig(internalTopicConfigs(name, config)!, config);
    assert.deepEqual([compacts, deletesOld], [true, false], name);
  }
  assert.equal(internalTopicConfigs("topic", config), undefined);
});

Deno.test("__consumer_offsets in a directory that came from elsewhere is read, and compacted as one that was made here", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* commitOffsets(client, 9, { topic: { name: "topic" }, offset: 5 });
  }, { settings: { "offsets.topic.num.partitions": "3" } });
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.equal((yield* fetchOffset(client, "topic", 0)).committedOffset, 5);
    assert.equal(broker.server.broker.groups.journal.partitionCount, 3);
    const { compacts, deletesOld, segmentBytes } = broker.log(OFFSETS_TOPIC).config;
    assert.deepEqual([compacts, deletesOld, segmentBytes], [true, false, SEGMENT_BYTES]);
    // Of another topic nobody here knows what its settings were.
    assert.equal(broker.log("topic").config.retentionMs, Infinity);
  }, {
    disk,
    settings: { "offsets.topic.segment.bytes": String(SEGMENT_BYTES) },
    prepare: (disk) => disk.removeFile(join(DATA, CATALOG)),
  });
});
