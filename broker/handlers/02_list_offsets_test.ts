import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { writeLeaderEpoch } from "../../tests/support/leader_epoch.ts";
import { createTopic, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker, type Script, type TestBroker } from "../../tests/support/test_broker.ts";
import { listOffsetsHandler } from "./02_list_offsets.ts";

const versions = servedVersions(listOffsetsHandler);

const LATEST = -1;
const EARLIEST = -2;
const MAX_TIMESTAMP = -3;
const EARLIEST_LOCAL = -4;
const LATEST_TIERED = -5;
const EARLIEST_PENDING_UPLOAD = -6;

/** Asks for one partition of "topic". */
function* listOffset(
  client: TestClient,
  version: number,
  timestamp: number,
  { partition = 0, currentLeaderEpoch = -1, isolationLevel = 0 } = {},
) {
  const { topics } = yield* client.ask(api.ListOffsets, version, {
    replicaId: -1,
    isolationLevel: version >= 2 ? isolationLevel : 0,
    topics: [{
      name: "topic",
      partitions: [{ partitionIndex: partition, currentLeaderEpoch, timestamp }],
    }],
  });
  return topics[0]!.partitions[0]!;
}

/** Offsets 0 to 2 at 1000 to 1002, 3 to 5 at 5000 to 5002, 6 to 8 at 3000 to 3002. */
function* threeBatches(broker: TestBroker, client: TestClient): Script {
  yield* createTopic(client, "topic", { partitions: 2 });
  for (const [index, timestamp] of [1000, 5000, 3000].entries()) {
    const compression = index === 1 ? 3 : 0;
    const { errorCode } = yield* produce(
      client,
      "topic",
      randomBatch(broker, { count: 3, timestamp, compression }),
    );
    assert.equal(errorCode, ErrorCode.NONE);
  }
}

Deno.test("ListOffsets answers the end and the start in every version, the epoch from version 4 on", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* threeBatches(broker, client);
    for (const version of versions) {
      for (const isolationLevel of [0, 1]) {
        for (const [timestamp, offset] of [[LATEST, 9], [EARLIEST, 0]] as const) {
          assert.deepEqual(yield* listOffset(client, version, timestamp, { isolationLevel }), {
            partitionIndex: 0,
            errorCode: ErrorCode.NONE,
            timestamp: -1,
            offset,
            leaderEpoch: version >= 4 ? 0 : -1,
          });
        }
      }
    }
  });
});

Deno.test("ListOffsets finds the first record at or after a time, also within compressed batches", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* threeBatches(broker, client);
    for (const version of versions) {
      for (
        const [asked, offset, timestamp] of [
          [0, 0, 1000],
          [1000, 0, 1000],
          [1001, 1, 1001],
          [1003, 3, 5000],
          [3001, 3, 5000],
          [5001, 4, 5001],
          [5002, 5, 5002],
          [5003, -1, -1],
          [2 ** 53, -1, -1],
        ] as const
      ) {
        const found = yield* listOffset(client, version, asked);
        assert.deepEqual(
          [found.errorCode, found.offset, found.timestamp],
          [ErrorCode.NONE, offset, timestamp],
          `asked for ${asked}`,
        );
        assert.equal(found.leaderEpoch, version >= 4 && offset >= 0 ? 0 : -1);
      }
    }
  });
});

Deno.test("ListOffsets answers -3 from version 7 on with the record of the largest timestamp", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* threeBatches(broker, client);
    for (const version of versions) {
      const found = yield* listOffset(client, version, MAX_TIMESTAMP);
      assert.deepEqual(
        [found.errorCode, found.offset, found.timestamp],
        version >= 7 ? [ErrorCode.NONE, 5, 5002] : [ErrorCode.UNSUPPORTED_VERSION, -1, -1],
      );
    }
  });
});

Deno.test("ListOffsets answers -4 from version 8 on, -5 from 9 and -6 from 11: no storage is tiered", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* threeBatches(broker, client);
    for (const version of versions) {
      const local = yield* listOffset(client, version, EARLIEST_LOCAL);
      assert.deepEqual(
        [local.errorCode, local.offset],
        version >= 8 ? [ErrorCode.NONE, 0] : [ErrorCode.UNSUPPORTED_VERSION, -1],
      );
      for (const [question, since] of [[LATEST_TIERED, 9], [EARLIEST_PENDING_UPLOAD, 11]] as const) {
        const tiered = yield* listOffset(client, version, question);
        assert.deepEqual(
          [tiered.errorCode, tiered.offset, tiered.leaderEpoch],
          [version >= since ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_VERSION, -1, -1],
        );
      }
    }
  });
});

Deno.test("ListOffsets refuses other timestamps below zero", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* threeBatches(broker, client);
    for (const version of versions) {
      for (const timestamp of [-7, -1000, -(2 ** 53)]) {
        for (const partition of [0, 9]) {
          const { errorCode, offset } = yield* listOffset(client, version, timestamp, { partition });
          assert.deepEqual([errorCode, offset], [ErrorCode.UNSUPPORTED_VERSION, -1]);
        }
      }
    }
  });
});

Deno.test("ListOffsets of an empty partition: both ends are 0, and there is no record at any time", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* threeBatches(broker, client);
    const partition = 1;
    for (const version of versions) {
      for (const timestamp of [LATEST, EARLIEST]) {
        const { errorCode, offset } = yield* listOffset(client, version, timestamp, { partition });
        assert.deepEqual([errorCode, offset], [ErrorCode.NONE, 0]);
      }
      for (const timestamp of version >= 7 ? [0, 1000, MAX_TIMESTAMP] : [0, 1000]) {
        const found = yield* listOffset(client, version, timestamp, { partition });
        assert.deepEqual([found.errorCode, found.offset, found.timestamp], [ErrorCode.NONE, -1, -1]);
      }
    }
  });
});

Deno.test("ListOffsets answers each partition for itself", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* threeBatches(broker, client);
    for (const version of versions) {
      const { topics } = yield* client.ask(api.ListOffsets, version, {
        replicaId: -1,
        isolationLevel: 0,
        topics: [
          { name: "other", partitions: [{ partitionIndex: 0, timestamp: LATEST }] },
          {
            name: "topic",
            partitions: [2, 0, -1, 1].map((partitionIndex) => ({ partitionIndex, timestamp: LATEST })),
          },
        ],
      });
      const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      assert.deepEqual(
        topics.map(({ name, partitions }) => [
          name,
          ...partitions.map(({ partitionIndex, errorCode, offset }) => [partitionIndex, errorCode, offset]),
        ]),
        [
          ["other", [0, unknown, -1]],
          ["topic", [2, unknown, -1], [0, ErrorCode.NONE, 9], [-1, unknown, -1], [1, ErrorCode.NONE, 0]],
        ],
      );
    }
  });
});

Deno.test("ListOffsets refuses a partition that is named twice, once, and answers the others", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* threeBatches(broker, client);
    const asked = (partitionIndex: number, timestamp = LATEST) => ({ partitionIndex, timestamp });
    for (const version of versions) {
      const { topics } = yield* client.ask(api.ListOffsets, version, {
        replicaId: -1,
        isolationLevel: 0,
        topics: [
          { name: "topic", partitions: [asked(0), asked(1), asked(7), asked(0, EARLIEST)] },
          { name: "other", partitions: [asked(0)] },
          { name: "topic", partitions: [asked(7), asked(7)] },
        ],
      });
      assert.deepEqual(
        topics.map(({ name, partitions }) => [
          name,
          ...partitions.map(({ partitionIndex, errorCode, offset }) => [partitionIndex, errorCode, offset]),
        ]),
        [
          [
            "topic",
            [0, ErrorCode.INVALID_REQUEST, -1],
            [1, ErrorCode.NONE, 0],
            [7, ErrorCode.INVALID_REQUEST, -1],
          ],
          ["other", [0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1]],
        ],
      );
    }
  });
});

Deno.test("ListOffsets checks the leader epoch that the client believes in, from version 4 on", () => {
  const { disk } = runBroker(function* (broker) {
    yield* threeBatches(broker, broker.connect());
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      for (
        const [currentLeaderEpoch, error] of [
          [-1, ErrorCode.NONE],
          [5, ErrorCode.NONE],
          [4, ErrorCode.FENCED_LEADER_EPOCH],
          [6, ErrorCode.UNKNOWN_LEADER_EPOCH],
        ] as const
      ) {
        const found = yield* listOffset(client, version, LATEST, { currentLeaderEpoch });
        assert.equal(found.errorCode, version < 4 ? ErrorCode.NONE : error);
        if (version >= 4) assert.equal(found.leaderEpoch, error === ErrorCode.NONE ? 5 : -1);
      }
    }
  }, { disk, prepare: (disk) => writeLeaderEpoch(disk, "topic-0", 5) });
});

Deno.test("ListOffsets tells and looks up no record that is not acknowledged yet", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(client, "topic", { configs: { "flush.messages": "1" } });
    broker.ioWorker.hold();
    other.send(api.Produce, 9, {
      acks: -1,
      timeoutMs: 0,
      topicData: [{ name: "topic", partitionData: [{ index: 0, records: randomBatch(broker) }] }],
    });
    yield;
    assert.equal((yield* listOffset(client, 9, LATEST)).offset, 0);
    assert.equal((yield* listOffset(client, 9, 0)).offset, -1);
    assert.equal((yield* listOffset(client, 9, MAX_TIMESTAMP)).offset, -1);
    broker.ioWorker.letGo();
    yield;
    assert.equal((yield* listOffset(client, 9, LATEST)).offset, 1);
    assert.equal((yield* listOffset(client, 9, 0)).offset, 0);
    assert.equal((yield* listOffset(client, 9, MAX_TIMESTAMP)).offset, 0);
  });
});

Deno.test("ListOffsets with read_committed tells the last stable offset, and no record from there on", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const log = broker.log("topic");
    const options = { producerId: 1, producerEpoch: 0, isTransactional: true };
    log.append(new RecordBatch(randomBatch(broker, { timestamp: 1000 })));
    log.append(new RecordBatch(randomBatch(broker, { timestamp: 2000, baseSequence: 0, ...options })));
    function* offsets(isolationLevel: number): Generator<void, number[]> {
      const found: number[] = [];
      for (const timestamp of [LATEST, 1000, 2000, MAX_TIMESTAMP]) {
        const { topics } = yield* client.ask(api.ListOffsets, 9, {
          replicaId: -1,
          isolationLevel,
          topics: [{ name: "topic", partitions: [{ partitionIndex: 0, timestamp }] }],
        });
        assert.equal(topics[0]!.partitions[0]!.errorCode, ErrorCode.NONE);
        found.push(topics[0]!.partitions[0]!.offset);
      }
      return found;
    }
    assert.deepEqual(yield* offsets(0), [2, 0, 1, 1]);
    assert.deepEqual(yield* offsets(1), [1, 0, -1, -1]);
    log.appendEndMarker({ producerId: 1, producerEpoch: 0, coordinatorEpoch: 0, commit: true });
    assert.deepEqual((yield* offsets(1)).slice(0, 3), [3, 0, 1]);
  });
});
