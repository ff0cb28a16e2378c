import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import {
  createTopic,
  fetch,
  fetchBody,
  produce,
  randomBatch,
  receiveFetch,
  sendProduce,
  servedVersions,
  stored,
} from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import { writeLeaderEpoch } from "../../tests/support/leader_epoch.ts";
import { concat } from "../../tests/support/wire.ts";
import { fetchHandler } from "./01_fetch.ts";

const versions = servedVersions(fetchHandler);
const UNKNOWN_PARTITION = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
/** How a version tells that there is no such topic. */
const unknownTopic = (version: number) => version < 13 ? UNKNOWN_PARTITION : ErrorCode.UNKNOWN_TOPIC_ID;

/** Produces `batchCount` batches of `count` records and returns them as they are stored. */
function* fill(
  broker: TestBroker,
  client: TestClient,
  topic: string,
  { batchCount, count = 1, valueBytes = 10, partition = 0 }: {
    readonly batchCount: number;
    readonly count?: number;
    readonly valueBytes?: number;
    readonly partition?: number;
  },
): Generator<void, Uint8Array[]> {
  const batches: Uint8Array[] = [];
  for (let i = 0; i < batchCount; i++) {
    const batch = randomBatch(broker, { count, valueBytes });
    const { baseOffset, errorCode } = yield* produce(client, topic, batch.slice(), { partition });
    assert.equal(errorCode, ErrorCode.NONE);
    batches.push(stored(batch, baseOffset));
  }
  return batches;
}

Deno.test("Fetch gives what was produced, with all that a partition's answer tells, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic");
    const batches = yield* fill(broker, client, "topic", { batchCount: 3, count: 2 });
    for (const version of versions) {
      const response = yield* client.ask(api.Fetch, version, fetchBody("topic"));
      assert.deepEqual(response, {
        throttleTimeMs: 0,
        errorCode: ErrorCode.NONE,
        sessionId: 0,
        responses: [{
          topic: version < 13 ? "topic" : "",
          topicId: version < 13 ? ZERO_UUID : topicId,
          partitions: [{
            partitionIndex: 0,
            errorCode: ErrorCode.NONE,
            highWatermark: 6,
            lastStableOffset: 6,
            logStartOffset: version >= 5 ? 0 : -1,
            divergingEpoch: { epoch: -1, endOffset: -1 },
            currentLeader: { leaderId: -1, leaderEpoch: -1 },
            snapshotId: { endOffset: -1, epoch: -1 },
            abortedTransactions: null,
            preferredReadReplica: -1,
            records: concat(...batches),
          }],
        }],
        nodeEndpoints: [],
      });
    }
    assert.equal(broker.metrics.get("fetchedBytes"), versions.length * concat(...batches).length);
  });
});

Deno.test("Fetch sends records by sendfile and never through memory of the broker", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const batches = yield* fill(broker, client, "topic", { batchCount: 2 });
    yield* fetch(client, "topic");
    assert.equal(client.socket.sendfileCalls, 1);
    assert.equal(broker.metrics.get("sendfileBytes"), concat(...batches).length);
  });
});

Deno.test("Fetch of an offset within a batch gives the whole batch", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const batches = yield* fill(broker, client, "topic", { batchCount: 4, count: 5 });
    for (const version of versions) {
      for (let offset = 0; offset < 20; offset++) {
        const { records } = yield* fetch(client, "topic", { offset, version });
        assert.deepEqual(records, concat(...batches.slice(Math.floor(offset / 5))), `offset ${offset}`);
      }
    }
  });
});

Deno.test("Fetch finds every offset of a log of many segments and index entries", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", {
      configs: { "index.interval.bytes": "300", "segment.index.bytes": "80" },
    });
    const batches = yield* fill(broker, client, "topic", { batchCount: 60, count: 3, valueBytes: 200 });
    assert.ok(broker.log("topic").segmentCount > 3);
    for (let offset = 0; offset < 180; offset++) {
      const { records } = yield* fetch(client, "topic", { offset, partitionMaxBytes: 1 });
      assert.deepEqual(records, batches[Math.floor(offset / 3)], `offset ${offset}`);
    }
  });
});

Deno.test("Fetch gives at least one whole batch, even one larger than all limits", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const batches = yield* fill(broker, client, "topic", { batchCount: 2, valueBytes: 5000 });
    for (const version of versions) {
      for (const [partitionMaxBytes, maxBytes] of [[1, 1 << 20], [1 << 20, 1], [0, 0], [-1, -1]] as const) {
        const { records } = yield* fetch(client, "topic", { version, partitionMaxBytes }, { maxBytes });
        assert.deepEqual(records, batches[0]);
      }
    }
  });
});

Deno.test("Fetch gives no more than partition_max_bytes, and cuts the last batch like Kafka", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const all = concat(...(yield* fill(broker, client, "topic", { batchCount: 10, valueBytes: 100 })));
    for (const version of versions) {
      for (const partitionMaxBytes of [all.length / 10, 400, all.length - 1, all.length, all.length + 1]) {
        const { records } = yield* fetch(client, "topic", { version, partitionMaxBytes });
        assert.deepEqual(records, all.subarray(0, partitionMaxBytes));
      }
    }
  });
});

Deno.test("Fetch bounds the answer by max_bytes over several partitions, in the order asked", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a", { partitions: 2 });
    yield* createTopic(client, "b");
    const first = concat(...(yield* fill(broker, client, "a", { batchCount: 3, partition: 1 })));
    const second = concat(...(yield* fill(broker, client, "b", { batchCount: 3 })));
    const third = concat(...(yield* fill(broker, client, "a", { batchCount: 3 })));
    const partition = (partition: number) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1 << 20 });
    for (const version of versions) {
      for (const maxBytes of [0, 1, first.length, first.length + 100, first.length + second.length + 1]) {
        const { responses } = yield* client.ask(api.Fetch, version, {
          maxWaitMs: 0,
          minBytes: 1,
          maxBytes,
          topics: [
            { topic: "a", partitions: [partition(1)] },
            { topic: "b", partitions: [partition(0)] },
            { topic: "a", partitions: [partition(0)] },
          ],
        });
        const lengths = responses.map(({ partitions }) => partitions[0]!.records!.length);
        const errors = responses.map(({ partitions }) => partitions[0]!.errorCode);
        assert.deepEqual(errors, [0, 0, 0]);
        const one = first.length / 3;
        // The first is given one batch in any case; the others only what is left, if a whole batch fits.
        const wantedFirst = Math.max(one, Math.min(maxBytes, first.length));
        const left = Math.max(0, maxBytes - wantedFirst);
        const wantedSecond = left < one ? 0 : Math.min(left, second.length);
        const leftLast = left - wantedSecond;
        assert.deepEqual(lengths, [wantedFirst, wantedSecond, leftLast < one ? 0 : leftLast], `${maxBytes}`);
        assert.ok(third.length >= lengths[2]!);
      }
    }
  });
});

Deno.test("Fetch is bounded by the broker's fetch.max.bytes, whatever the client asks", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const all = concat(...(yield* fill(broker, client, "topic", { batchCount: 10, valueBytes: 200 })));
    for (const version of versions) {
      const { records } = yield* fetch(client, "topic", { version }, { maxBytes: 0x7fffffff });
      assert.deepEqual(records, all.subarray(0, 1024));
    }
  }, { settings: { "fetch.max.bytes": "1024" } });
});

Deno.test("Fetch of an offset that is not there answers OFFSET_OUT_OF_RANGE at once", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* fill(broker, client, "topic", { batchCount: 3 });
    for (const version of versions) {
      for (const offset of [4, 1000, 2 ** 53, -1]) {
        const answer = yield* fetch(client, "topic", { offset, version }, { maxWaitMs: 10_000 });
        assert.equal(answer.errorCode, ErrorCode.OFFSET_OUT_OF_RANGE);
        assert.deepEqual([answer.highWatermark, answer.records!.length], [-1, 0]);
      }
    }
    assert.deepEqual(broker.newLines(), []);
  });
});

Deno.test("Fetch of what is not there is answered at once, if there is nothing else to wait for", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      for (const [topic, partition] of [["other", 0], ["topic", 1], ["topic", -1]] as const) {
        const answer = yield* fetch(client, topic, { version, partition }, { maxWaitMs: 10_000 });
        assert.deepEqual(
          [answer.partitionIndex, answer.errorCode, answer.highWatermark, answer.records!.length],
          [partition, topic === "other" ? unknownTopic(version) : UNKNOWN_PARTITION, -1, 0],
        );
      }
    }
  });
});

Deno.test("Fetch tells of what is not there when it is due, and does not hasten for it, as Kafka", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const [batch] = yield* fill(broker, client, "topic", { batchCount: 1 });
    for (const version of versions) {
      const asked = [1, -1, 0].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 }));
      client.send(api.Fetch, version, {
        maxWaitMs: 500,
        minBytes: 1 << 20,
        topics: [
          { topic: "other", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] },
          { topic: "topic", partitions: asked },
        ],
      });
      yield;
      yield* broker.pass(499);
      assert.ok(client.hasNothing());
      yield* broker.pass(1);
      const { responses } = client.receive(api.Fetch);
      assert.deepEqual(
        responses.map(({ partitions }) =>
          partitions.map(({ partitionIndex, errorCode, records }) => [
            partitionIndex,
            errorCode,
            records!.length,
          ])
        ),
        [
          [[0, unknownTopic(version), 0]],
          [
            [1, UNKNOWN_PARTITION, 0],
            [-1, UNKNOWN_PARTITION, 0],
            [0, ErrorCode.NONE, batch!.length],
          ],
        ],
      );
    }
  });
});

Deno.test("Fetch that names a partition twice is answered once, at its first place, as the last says", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    const batches = yield* fill(broker, client, "topic", { batchCount: 3 });
    const asked = (partition: number, fetchOffset: number) => ({
      topic: "topic",
      partitions: [{ partition, fetchOffset, partitionMaxBytes: 1 << 20 }],
    });
    for (const version of versions) {
      const { responses } = yield* client.ask(api.Fetch, version, {
        maxWaitMs: 0,
        minBytes: 1,
        topics: [asked(0, 9), asked(1, 0), asked(0, 2)],
      });
      assert.equal(responses.length, 1);
      assert.deepEqual(
        responses[0]!.partitions.map(({ partitionIndex, records }) => [partitionIndex, records]),
        [[0, batches[2]], [1, new Uint8Array(0)]],
      );
    }
  });
});

Deno.test("Fetch at the end with max_wait 0, or min_bytes 0, answers at once with empty records, not null", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      for (const [maxWaitMs, minBytes] of [[0, 1], [10_000, 0], [-1, 1]] as const) {
        const { records, errorCode } = yield* fetch(client, "topic", { version }, { maxWaitMs, minBytes });
        assert.deepEqual([records, errorCode], [new Uint8Array(0), ErrorCode.NONE]);
      }
    }
  });
});

Deno.test("Fetch of no partitions is answered at once, as there is nothing to wait for", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      for (const topics of [[], [{ topic: "topic", partitions: [] }]]) {
        const { responses } = yield* client.ask(api.Fetch, version, {
          maxWaitMs: 10_000,
          minBytes: 1,
          topics,
        });
        assert.deepEqual(responses, []);
      }
    }
  });
});

Deno.test("Fetch past the end waits, and is woken by an append from another connection", () => {
  runBroker(function* (broker) {
    const reader = broker.connect();
    const writer = broker.connect();
    yield* createTopic(writer, "topic");
    for (const [offset, version] of versions.entries()) {
      reader.send(api.Fetch, version, fetchBody("topic", { offset }, { maxWaitMs: 10_000 }));
      yield;
      yield* broker.pass(5000);
      assert.ok(reader.hasNothing());
      assert.equal(broker.metrics.get("parkedFetches"), 1);
      const batch = randomBatch(broker);
      sendProduce(writer, "topic", batch.slice());
      yield;
      assert.deepEqual(receiveFetch(reader).records, stored(batch, offset));
      assert.equal(broker.metrics.get("parkedFetches"), 0);
      writer.receive(api.Produce);
    }
  });
});

Deno.test("Fetch waits for min_bytes, over all its partitions, however many appends that takes", () => {
  runBroker(function* (broker) {
    const reader = broker.connect();
    const writer = broker.connect();
    yield* createTopic(writer, "topic", { partitions: 3 });
    for (const [round, version] of versions.entries()) {
      const batches = [0, 1, 2].map(() => randomBatch(broker));
      const minBytes = batches[0]!.length * 3;
      reader.send(api.Fetch, version, {
        maxWaitMs: 10_000,
        minBytes,
        topics: [0, 1, 2].map((partition) => ({
          topic: "topic",
          partitions: [{ partition, fetchOffset: round, partitionMaxBytes: 1000 }],
        })),
      });
      for (const [partition, batch] of batches.entries()) {
        yield;
        assert.ok(reader.hasNothing());
        yield* produce(writer, "topic", batch.slice(), { partition });
      }
      const { responses } = reader.receive(api.Fetch);
      assert.deepEqual(
        responses.flatMap(({ partitions }) => partitions.map(({ records }) => records)),
        batches.map((batch) => stored(batch, round)),
      );
    }
  });
});

Deno.test("Fetch answers with what there is when max_wait is over, and sleeps no longer than that", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const [batch] = yield* fill(broker, client, "topic", { batchCount: 1 });
    // Past the flush of it.
    yield* broker.pass(2000);
    for (const version of versions) {
      client.send(api.Fetch, version, fetchBody("topic", {}, { maxWaitMs: 500, minBytes: 10_000 }));
      yield;
      assert.ok(broker.sleepMs <= 500, `sleeps ${broker.sleepMs} ms`);
      yield* broker.pass(499);
      assert.ok(client.hasNothing());
      assert.ok(broker.sleepMs <= 1, `sleeps ${broker.sleepMs} ms`);
      yield* broker.pass(1);
      assert.deepEqual(receiveFetch(client).records, batch);
    }
  });
});

Deno.test("Fetch that waits holds up the answers behind it and no other client's", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(other, "topic");
    client.send(api.Fetch, 12, fetchBody("topic", {}, { maxWaitMs: 1000 }));
    client.send(api.ApiVersions, 0, {});
    yield;
    assert.ok(client.hasNothing());
    assert.equal((yield* other.ask(api.ApiVersions, 0, {})).errorCode, ErrorCode.NONE);
    yield* broker.pass(1000);
    assert.equal(receiveFetch(client).errorCode, ErrorCode.NONE);
    assert.equal(client.receive(api.ApiVersions).errorCode, ErrorCode.NONE);
  });
});

Deno.test("Fetch that waits is forgotten, with its files, when its client goes", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(other, "topic");
    yield* fill(broker, other, "topic", { batchCount: 1 });
    client.send(api.Fetch, 12, fetchBody("topic", {}, { maxWaitMs: 60_000, minBytes: 10_000 }));
    yield;
    assert.equal(broker.metrics.get("parkedFetches"), 1);
    client.socket.clientBreaks();
    yield;
    yield* other.ask(api.ApiVersions, 0, {});
    assert.equal(broker.metrics.get("parkedFetches"), 0);
    yield* fill(broker, other, "topic", { batchCount: 1, valueBytes: 10_000 });
    yield* broker.pass(60_000);
    assert.deepEqual(broker.newLines(), []);
  });
});

Deno.test("Fetch that waits on a topic that is deleted is told at once", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    for (const version of versions) {
      yield* createTopic(other, "topic");
      client.send(api.Fetch, version, fetchBody("topic", {}, { maxWaitMs: 60_000 }));
      yield;
      yield* other.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
      assert.equal(receiveFetch(client).errorCode, unknownTopic(version));
    }
  });
});

Deno.test("Fetch is sent whole though its topic is deleted before the client takes it", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(other, "topic");
    const batches = yield* fill(broker, other, "topic", { batchCount: 3, valueBytes: 1000 });
    client.socket.sendCapacity = 50;
    client.send(api.Fetch, 12, fetchBody("topic"));
    yield;
    yield* other.ask(api.DeleteTopics, 5, { topicNames: ["topic"], timeoutMs: 1000 });
    yield;
    client.socket.sendCapacity = Infinity;
    yield;
    assert.deepEqual(receiveFetch(client).records, concat(...batches));
  });
});

Deno.test("Fetch checks the leader epoch that the client believes in, from version 9 on", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    yield* fill(broker, client, "topic", { batchCount: 1 });
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    assert.equal(broker.log("topic").leaderEpoch, 5);
    for (const version of versions) {
      for (
        const [currentLeaderEpoch, error] of [
          [-1, ErrorCode.NONE],
          [5, ErrorCode.NONE],
          [4, ErrorCode.FENCED_LEADER_EPOCH],
          [0, ErrorCode.FENCED_LEADER_EPOCH],
          [6, ErrorCode.UNKNOWN_LEADER_EPOCH],
        ] as const
      ) {
        const { responses, nodeEndpoints } = yield* client.ask(api.Fetch, version, {
          maxWaitMs: 0,
          minBytes: 1,
          topics: [{
            topic: "topic",
            partitions: [{ partition: 0, currentLeaderEpoch, fetchOffset: 0, partitionMaxBytes: 1000 }],
          }],
        });
        const { errorCode, currentLeader } = responses[0]!.partitions[0]!;
        assert.equal(errorCode, version < 9 ? ErrorCode.NONE : error);
        // Who believed in a former leader is told where the present one is (KIP-951).
        const isTold = version >= 16 && error === ErrorCode.FENCED_LEADER_EPOCH;
        assert.deepEqual(
          [currentLeader, nodeEndpoints],
          isTold
            ? [{ leaderId: 1, leaderEpoch: 5 }, [{ nodeId: 1, host: "127.0.0.1", port: 9092, rack: null }]]
            : [{ leaderId: -1, leaderEpoch: -1 }, []],
        );
      }
    }
  }, { disk, prepare: (disk) => writeLeaderEpoch(disk, "topic-0", 5) });
});

Deno.test("Fetch reads the same with isolation level read_committed where there are no transactions", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const [batch] = yield* fill(broker, client, "topic", { batchCount: 1 });
    for (const version of versions) {
      const answer = yield* fetch(client, "topic", { version }, { isolationLevel: 1 });
      assert.deepEqual(
        [answer.records, answer.lastStableOffset, answer.abortedTransactions],
        [batch, 1, []],
      );
    }
  });
});

/** Appends past the handler, which takes no transactional batch yet. */
function appendTransactional(broker: TestBroker, producerId: number, baseSequence: number): Uint8Array {
  const batch = randomBatch(broker, { producerId, producerEpoch: 0, baseSequence, isTransactional: true });
  const { baseOffset } = broker.log("topic").append(new RecordBatch(batch.slice()));
  return stored(batch, baseOffset);
}

function endTransaction(broker: TestBroker, producerId: number, commit: boolean): void {
  broker.log("topic").appendEndMarker({ producerId, producerEpoch: 0, coordinatorEpoch: 0, commit });
}

Deno.test("Fetch with read_committed stops at the last stable offset and lists aborted transactions", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const batches = [appendTransactional(broker, 1, 0), appendTransactional(broker, 2, 0)];
    endTransaction(broker, 1, false);
    for (const version of versions) {
      const open = yield* fetch(client, "topic", { version }, { isolationLevel: 1 });
      assert.deepEqual(
        [open.records, open.highWatermark, open.lastStableOffset, open.abortedTransactions],
        [batches[0], 3, 1, [{ producerId: 1, firstOffset: 0 }]],
      );
      const nothing = yield* fetch(client, "topic", { version, offset: 1 }, { isolationLevel: 1 });
      assert.deepEqual([nothing.records?.length, nothing.abortedTransactions], [0, []]);
      const uncommitted = yield* fetch(client, "topic", { version });
      assert.deepEqual([uncommitted.lastStableOffset, uncommitted.abortedTransactions], [1, null]);
      assert.ok(uncommitted.records!.length > concat(...batches).length);
    }
    endTransaction(broker, 2, true);
    for (const version of versions) {
      const all = yield* fetch(client, "topic", { version }, { isolationLevel: 1 });
      assert.deepEqual(
        [all.records, all.lastStableOffset, all.abortedTransactions],
        [(yield* fetch(client, "topic", { version })).records, 4, [{ producerId: 1, firstOffset: 0 }]],
      );
      const later = yield* fetch(client, "topic", { version, offset: 3 }, { isolationLevel: 1 });
      assert.deepEqual(later.abortedTransactions, []);
    }
  });
});

Deno.test("Fetch with read_committed that waits is woken by the marker's acknowledgement", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(client, "topic", { configs: { "flush.messages": "1" } });
    const batch = appendTransactional(broker, 1, 0);
    yield* broker.pass(10);
    const body = fetchBody("topic", {}, { maxWaitMs: 60_000, isolationLevel: 1 });
    client.send(api.Fetch, 12, body);
    yield;
    assert.equal(broker.metrics.get("parkedFetches"), 1);
    broker.ioWorker.hold();
    endTransaction(broker, 1, true);
    // Any request lets the broker turn once.
    yield* other.ask(api.ApiVersions, 0, {});
    assert.equal(broker.metrics.get("parkedFetches"), 1);
    broker.ioWorker.letGo();
    yield;
    const { records, lastStableOffset, abortedTransactions } = receiveFetch(client);
    assert.deepEqual(records!.subarray(0, batch.length), batch);
    assert.deepEqual([lastStableOffset, abortedTransactions], [2, []]);
  });
});

Deno.test("Fetch gives back any mixture of batches, wherever a consumer begins and whatever it can take", () => {
  const { seed } = runBroker(function* (broker) {
    const { random } = broker;
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "index.interval.bytes": "300" } });
    const batches: { readonly baseOffset: number; readonly bytes: Uint8Array }[] = [];
    let endOffset = 0;
    for (let i = 0; i < 100; i++) {
      const count = 1 + random.below(10);
      const compression = random.pick([0, 1, 2, 3, 4] as const);
      const batch = randomBatch(broker, { count, valueBytes: random.below(300), compression });
      yield* produce(client, "topic", batch.slice());
      batches.push({ baseOffset: endOffset, bytes: stored(batch, endOffset) });
      endOffset += count;
    }
    for (let i = 0; i < 300; i++) {
      const offset = random.below(endOffset);
      const partitionMaxBytes = 1 + random.below(20_000);
      const version = random.pick(versions);
      const first = batches.findLastIndex(({ baseOffset }) => baseOffset <= offset);
      const rest = concat(...batches.slice(first).map(({ bytes }) => bytes));
      const length = Math.max(partitionMaxBytes, batches[first]!.bytes.length);
      client.socket.receiveAtMost = 1 + random.below(100);
      client.socket.sendCapacity = random.below(10_000);
      client.send(api.Fetch, version, fetchBody("topic", { offset, partitionMaxBytes }));
      yield;
      client.socket.sendCapacity = Infinity;
      yield;
      assert.deepEqual(receiveFetch(client).records, rest.subarray(0, length), `seed ${broker.seed}`);
    }
  });
  assert.ok(seed >= 0);
});
