import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { CompressionType } from "../../protocol/compression.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { decodeRecords, encodeBatch } from "../../protocol/records.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import { batch as rawBatch, type BatchFields } from "../../tests/support/raw_batch.ts";
import {
  createTopic,
  fetch,
  produce,
  randomBatch,
  RECORD_MS,
  sendProduce,
  servedVersions,
  stored,
  type TestRecords,
} from "../../tests/support/requests.ts";
import { TransactionalProducer } from "../../tests/support/transactional_producer.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import { concat, requestFrame } from "../../tests/support/wire.ts";
import { produceHandler } from "./00_produce.ts";

const versions = servedVersions(produceHandler);

Deno.test("Produce gives consecutive offsets and keeps batches byte for byte, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const wanted: Uint8Array[] = [];
    let offset = 0;
    for (const version of versions) {
      for (const acks of [1, -1]) {
        const count = 1 + broker.random.below(5);
        const batch = randomBatch(broker, { count, valueBytes: broker.random.below(100) });
        const answer = yield* produce(client, "topic", batch, { version, acks });
        assert.deepEqual(answer, {
          index: 0,
          errorCode: ErrorCode.NONE,
          baseOffset: offset,
          logAppendTimeMs: -1,
          logStartOffset: version >= 5 ? 0 : -1,
          recordErrors: [],
          errorMessage: null,
          currentLeader: { leaderId: -1, leaderEpoch: -1 },
          durability: 0,
        });
        wanted.push(stored(batch, offset));
        offset += count;
      }
    }
    const { records, highWatermark } = yield* fetch(client, "topic");
    assert.deepEqual(records, concat(...wanted));
    assert.equal(highWatermark, offset);
    assert.equal(broker.metrics.get("producedBatches"), wanted.length);
    assert.equal(broker.metrics.get("producedRecords"), offset);
    assert.equal(broker.metrics.get("producedBytes"), records!.length);
  });
});

Deno.test("Produce keeps every compression as it came, zstd from version 7 on only", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    let offset = 0;
    for (const version of versions) {
      for (const compression of Object.values(CompressionType)) {
        if (typeof compression !== "number") continue;
        const batch = randomBatch(broker, { count: 3, compression });
        const answer = yield* produce(client, "topic", batch, { version });
        if (compression === CompressionType.zstd && version < 7) {
          assert.equal(answer.errorCode, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
          continue;
        }
        assert.equal(answer.errorCode, ErrorCode.NONE);
        assert.equal(answer.baseOffset, offset);
        assert.deepEqual((yield* fetch(client, "topic", { offset })).records, stored(batch, offset));
        offset += 3;
      }
    }
    assert.equal(broker.log("topic").endOffset, offset);
  });
});

/** A batch of one record that is true but for `fields`. */
function lying(fields: Partial<BatchFields>): Uint8Array {
  return rawBatch(["value"], { baseTimestamp: RECORD_MS, maxTimestamp: RECORD_MS, ...fields });
}

interface Refusal {
  readonly what: string;
  readonly records: (broker: TestBroker) => Uint8Array | null;
  readonly error: number;
}

const refusals: readonly Refusal[] = [
  { what: "no records (null)", records: () => null, error: ErrorCode.INVALID_RECORD },
  { what: "no records (empty)", records: () => new Uint8Array(0), error: ErrorCode.INVALID_RECORD },
  {
    what: "two batches",
    records: (broker) => concat(randomBatch(broker), randomBatch(broker)),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "a batch and something behind it",
    records: (broker) => concat(randomBatch(broker), Uint8Array.of(0)),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "a batch that is cut short",
    records: (broker) => randomBatch(broker).subarray(0, -1),
    error: ErrorCode.CORRUPT_MESSAGE,
  },
  {
    what: "less than a batch's header",
    records: (broker) => randomBatch(broker).subarray(0, 60),
    error: ErrorCode.CORRUPT_MESSAGE,
  },
  {
    what: "a control batch",
    records: (broker) => randomBatch(broker, { isControl: true }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "message format 0",
    records: () => lying({ magic: 0 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "message format 1",
    records: () => lying({ magic: 1 }),
    error: ErrorCode.INVALID_RECORD,
  },
  { what: "message format 3", records: () => lying({ magic: 3 }), error: ErrorCode.CORRUPT_MESSAGE },
  { what: "a wrong checksum", records: () => lying({ crc: 0xdeadbeef }), error: ErrorCode.CORRUPT_MESSAGE },
  {
    what: "a negative batch length",
    records: () => lying({ batchLength: -1 }),
    error: ErrorCode.CORRUPT_MESSAGE,
  },
  {
    what: "more records than there are bytes",
    records: () => lying({ recordCount: 1000, lastOffsetDelta: 999 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "a negative number of records",
    records: () => lying({ recordCount: -1 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "records that say they are none",
    records: () => lying({ recordCount: 0 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "a last offset delta beyond the number of records",
    records: () => lying({ lastOffsetDelta: 5 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "a negative last offset delta",
    records: () => lying({ lastOffsetDelta: -1 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "a compression that there is not",
    records: () => lying({ attributes: 7 }),
    error: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
  },
  {
    what: "a producer id without a sequence",
    records: () => lying({ producerId: 5, producerEpoch: 0 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "a producer id without an epoch",
    records: () => lying({ producerId: 5, baseSequence: 0 }),
    error: ErrorCode.INVALID_RECORD,
  },
  {
    what: "a batch that claims the broker's time",
    records: (broker) => randomBatch(broker, { timestampType: "LogAppendTime" }),
    error: ErrorCode.INVALID_TIMESTAMP,
  },
  {
    what: "more than max.message.bytes",
    records: (broker) => randomBatch(broker, { valueBytes: 2000 }),
    error: ErrorCode.MESSAGE_TOO_LARGE,
  },
];

for (const { what, records, error } of refusals) {
  Deno.test(`Produce refuses ${what} and appends nothing`, () => {
    runBroker(function* (broker) {
      const client = broker.connect();
      yield* createTopic(client, "topic", { configs: { "max.message.bytes": "1000" } });
      for (const version of versions) {
        const answer = yield* produce(client, "topic", records(broker), { version });
        assert.equal(answer.errorCode, error, answer.errorMessage ?? "");
        assert.equal(answer.baseOffset, -1);
        assert.equal(answer.logAppendTimeMs, -1);
        // A sentence from version 8 on (KIP-467).
        if (version >= 8) assert.ok(answer.errorMessage);
        else assert.equal(answer.errorMessage, null);
      }
      assert.equal(broker.log("topic").endOffset, 0);
      // The connection and the partition are none the worse.
      assert.equal((yield* produce(client, "topic", randomBatch(broker))).baseOffset, 0);
      assert.equal(broker.metrics.get("producedBatches"), 1);
    });
  });
}

/** How a version tells that there is no such topic. */
const unknownTopic = (version: number) =>
  version < 13 ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.UNKNOWN_TOPIC_ID;

Deno.test("Produce to what is not there says which, topic or partition, and creates nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    for (const version of versions) {
      for (const [topic, partition] of [["topic", 2], ["topic", -1], ["other", 0], ["", 0]] as const) {
        const answer = yield* produce(client, topic, randomBatch(broker), { version, partition });
        assert.equal(
          answer.errorCode,
          topic === "topic" ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : unknownTopic(version),
        );
        assert.equal(answer.index, partition);
      }
    }
    assert.equal(broker.server.broker.topics.partitionCount, 2);
  });
});

Deno.test("Produce to a topic of the broker's own is for the broker, and Kafka's admin client, alone", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const topic of ["__consumer_offsets", "__transaction_state", "__share_group_state", "__mine"]) {
      if (broker.server.broker.topics.topic(topic) === undefined) yield* createTopic(client, topic);
      const { endOffset } = broker.log(topic);
      const wanted = topic === "__mine" ? ErrorCode.NONE : ErrorCode.INVALID_TOPIC_EXCEPTION;
      for (const version of versions) {
        const answer = yield* produce(client, topic, randomBatch(broker), { version });
        assert.equal(answer.errorCode, wanted, `${topic} v${version}`);
      }
      if (topic === "__mine") continue;
      assert.equal(broker.log(topic).endOffset, endOffset);
      const admin = requestFrame(
        api.Produce,
        11,
        {
          acks: 1,
          timeoutMs: 1000,
          topicData: [{ name: topic, partitionData: [{ index: 0, records: randomBatch(broker) }] }],
        },
        1,
        "__admin_client",
      );
      broker.connect().sendFrame(admin.subarray(4));
      yield;
      assert.equal(broker.log(topic).endOffset, endOffset + 1);
    }
  });
});

Deno.test("Produce answers each partition for itself, in the order asked", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a", { partitions: 3 });
    yield* createTopic(client, "b", { configs: { "max.message.bytes": "100" } });
    for (const version of versions) {
      const damaged = randomBatch(broker);
      damaged[damaged.length - 1]! ^= 1;
      const { responses } = yield* client.ask(api.Produce, version, {
        acks: -1,
        timeoutMs: 1000,
        topicData: [
          {
            name: "b",
            partitionData: [{ index: 0, records: randomBatch(broker, { valueBytes: 200 }) }],
          },
          {
            name: "a",
            partitionData: [
              { index: 2, records: randomBatch(broker) },
              { index: 1, records: damaged },
              { index: 7, records: randomBatch(broker) },
              { index: 0, records: randomBatch(broker, { count: 2 }) },
            ],
          },
          { name: "c", partitionData: [{ index: 0, records: randomBatch(broker) }] },
          { name: "a", partitionData: [] },
        ],
      });
      const round = version - versions[0]!;
      assert.deepEqual(
        responses.map(({ name, topicId, partitionResponses }) => [
          version < 13 ? name : broker.server.broker.topics.topicById(topicId)?.name ?? "c",
          ...partitionResponses.map(({ index, errorCode, baseOffset }) => [index, errorCode, baseOffset]),
        ]),
        [
          ["b", [0, ErrorCode.MESSAGE_TOO_LARGE, -1]],
          [
            "a",
            [2, ErrorCode.NONE, round],
            [1, ErrorCode.CORRUPT_MESSAGE, -1],
            [7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1],
            [0, ErrorCode.NONE, round * 2],
          ],
          ["c", [0, unknownTopic(version), -1]],
          ["a"],
        ],
      );
    }
  });
});

Deno.test("Produce of no topics is answered with none", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const { responses } = yield* client.ask(api.Produce, version, {
        acks: 1,
        timeoutMs: 0,
        topicData: [],
      });
      assert.deepEqual(responses, []);
    }
  });
});

Deno.test("Produce with acks other than 0, 1 and -1 answers INVALID_REQUIRED_ACKS and appends nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      for (const acks of [2, -2, 32_767]) {
        const answer = yield* produce(client, "topic", randomBatch(broker), { version, acks });
        assert.equal(answer.errorCode, ErrorCode.INVALID_REQUIRED_ACKS);
      }
    }
    assert.equal(broker.log("topic").endOffset, 0);
  });
});

Deno.test("Produce refuses a transactional batch for which no transaction is open, as each version knows it", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const producer = new TransactionalProducer(client, "mine");
    yield* producer.init();
    const { producerId, producerEpoch } = producer;
    const send = function* (version: number, batch: Partial<TestRecords> = {}, transactionalId = "mine") {
      const records = randomBatch(broker, {
        producerId,
        producerEpoch,
        baseSequence: 0,
        isTransactional: true,
        ...batch,
      });
      const { responses } = yield* client.ask(api.Produce, version, {
        transactionalId,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: "topic", partitionData: [{ index: 0, records }] }],
      });
      return responses[0]!.partitionResponses[0]!.errorCode;
    };
    for (const version of versions.filter((version) => version < 12)) {
      const expected = version < 11 ? ErrorCode.INVALID_TXN_STATE : ErrorCode.TRANSACTION_ABORTABLE;
      assert.equal(yield* send(version), expected);
    }
    for (const version of versions) {
      assert.equal(yield* send(version, {}, "other"), ErrorCode.INVALID_PRODUCER_ID_MAPPING);
      assert.equal(yield* send(version, { producerId: 99 }), ErrorCode.INVALID_PRODUCER_ID_MAPPING);
      assert.equal(yield* send(version, { producerEpoch: 1 }), ErrorCode.INVALID_PRODUCER_EPOCH);
    }
    assert.equal(broker.log("topic").endOffset, 0);
    // What came before in the transaction may be lost: it begins with 0, where nobody knows better.
    assert.equal(yield* send(12, { baseSequence: 1 }), ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assert.equal(broker.log("topic").endOffset, 0);
    assert.equal(yield* send(12), ErrorCode.NONE);
    // The log knows the transaction now, whatever the version.
    for (const [index, version] of versions.entries()) {
      assert.equal(yield* send(version, { baseSequence: index + 1 }), ErrorCode.NONE);
    }
  });
});

Deno.test("Produce refuses a transactional batch without a transactional id", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const batch = randomBatch(broker, {
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 0,
      isTransactional: true,
    });
    for (const version of versions) {
      const { errorCode } = yield* produce(client, "topic", batch, { version });
      assert.equal(errorCode, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    }
    assert.equal(broker.log("topic").endOffset, 0);
  });
});

Deno.test("Produce takes what no transaction knows where verification is switched off, up to version 11", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const producer = new TransactionalProducer(client, "mine");
    yield* producer.init();
    assert.equal(yield* producer.produce("topic", 0, "a"), ErrorCode.NONE);
  }, { settings: { "transaction.partition.verification.enable": "false" } });
});

Deno.test("Produce with acks=0 appends, answers nothing and holds up nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      sendProduce(client, "topic", randomBatch(broker), { version, acks: 0 });
    }
    sendProduce(client, "topic", randomBatch(broker));
    yield;
    // The only answer is that to the last request.
    assert.equal(
      client.receive(api.Produce).responses[0]!.partitionResponses[0]!.baseOffset,
      versions.length,
    );
    assert.ok(client.hasNothing());
    assert.ok(!client.isClosed);
  });
});

for (
  const [what, topic, damage] of [
    ["a damaged batch", "topic", 1],
    ["an unknown topic", "nowhere", 0],
  ] as const
) {
  Deno.test(`Produce with acks=0 of ${what} closes the connection, for the client to notice`, () => {
    runBroker(function* (broker) {
      for (const version of versions) {
        const client = broker.connect();
        const other = broker.connect();
        if (version === versions[0]) yield* createTopic(other, "topic");
        const batch = randomBatch(broker);
        batch[batch.length - 1]! ^= damage;
        broker.newLines();
        sendProduce(client, topic, batch, { version, acks: 0 });
        yield;
        assert.ok(client.isClosed);
        assert.ok(client.hasNothing());
        const lines = broker.newLines();
        assert.equal(lines.length, 1);
        const named = version < 13 || topic === "topic" ? topic : ZERO_UUID;
        assert.match(lines[0]!, new RegExp(`^warn: .*acks=0 for ${named}-0`));
        assert.equal((yield* other.ask(api.Metadata, 1, { topics: [] })).topics.length, 0);
        other.socket.clientFinishes();
        // Only so many complaints are told in a second.
        yield* broker.pass(1000);
      }
      yield;
      assert.equal(broker.log("topic").endOffset, 0);
    });
  });
}

Deno.test("Produce to a topic with LogAppendTime stamps the batch and answers the time", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "message.timestamp.type": "LogAppendTime" } });
    let offset = 0;
    for (const version of versions) {
      yield* broker.pass(1);
      const answer = yield* produce(client, "topic", randomBatch(broker, { count: 2 }), { version });
      assert.equal(answer.errorCode, ErrorCode.NONE);
      assert.equal(answer.logAppendTimeMs, broker.clock.now());
      const { records } = yield* fetch(client, "topic", { offset });
      const batch = new RecordBatch(records!);
      assert.equal(batch.timestampType, "LogAppendTime");
      assert.equal(batch.maxTimestamp, broker.clock.now());
      assert.equal(batch.crc, batch.computeCrc());
      offset += 2;
    }
  });
});

const producer = { producerId: 4000, producerEpoch: 3 };

Deno.test("Produce answers an idempotent batch that comes again with its first offset and appends it once", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const batches = versions.map((_, index) =>
      randomBatch(broker, { ...producer, count: 2, baseSequence: index * 2 })
    );
    for (const [index, version] of versions.entries()) {
      // The bytes are the broker's once sent: a client that tries again sends what it had.
      const first = yield* produce(client, "topic", batches[index]!.slice(), { version });
      assert.equal(first.baseOffset, index * 2);
      // Any of the last five.
      for (let back = 0; back < 5 && back <= index; back++) {
        const again = yield* produce(client, "topic", batches[index - back]!.slice(), { version });
        assert.equal(again.errorCode, ErrorCode.NONE);
        assert.equal(again.baseOffset, (index - back) * 2);
      }
    }
    assert.equal(broker.log("topic").endOffset, versions.length * 2);
    assert.equal(broker.metrics.get("producedBatches"), versions.length);
    // One that is older than those is told from a new one all the same.
    const old = yield* produce(client, "topic", batches[0]!.slice());
    assert.equal(old.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
  });
});

Deno.test("Produce refuses a gap in an idempotent producer's sequence, and goes on when it is filled", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const [index, version] of versions.entries()) {
      const ids = { producerId: index, producerEpoch: 0 };
      const of = (baseSequence: number) => randomBatch(broker, { ...ids, count: 2, baseSequence });
      const [first, second, third] = [of(0), of(2), of(4)];
      assert.equal((yield* produce(client, "topic", first, { version })).errorCode, ErrorCode.NONE);
      const gap = yield* produce(client, "topic", third.slice(), { version });
      assert.equal(gap.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
      assert.equal((yield* produce(client, "topic", second, { version })).errorCode, ErrorCode.NONE);
      assert.equal((yield* produce(client, "topic", third, { version })).errorCode, ErrorCode.NONE);
    }
    assert.equal(broker.log("topic").endOffset, versions.length * 6);
  });
});

Deno.test("Produce refuses an old epoch of an idempotent producer", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const of = (producerEpoch: number, baseSequence: number) =>
      randomBatch(broker, { producerId: 7, producerEpoch, baseSequence });
    for (const version of versions) {
      const epoch = version * 2;
      assert.equal((yield* produce(client, "topic", of(epoch, 0), { version })).errorCode, ErrorCode.NONE);
      // A new epoch begins with sequence 0.
      const jump = yield* produce(client, "topic", of(epoch + 1, 1), { version });
      assert.equal(jump.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
      assert.equal(
        (yield* produce(client, "topic", of(epoch + 1, 0), { version })).errorCode,
        ErrorCode.NONE,
      );
      const old = yield* produce(client, "topic", of(epoch, 1), { version });
      assert.equal(old.errorCode, ErrorCode.INVALID_PRODUCER_EPOCH);
    }
    assert.equal(broker.log("topic").endOffset, versions.length * 2);
  });
});

Deno.test("Produce keeps the sequences of each partition apart", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    for (const partition of [0, 1]) {
      const batch = randomBatch(broker, { ...producer, baseSequence: 0 });
      assert.equal((yield* produce(client, "topic", batch, { partition })).errorCode, ErrorCode.NONE);
    }
  });
});

Deno.test("Produce knows its idempotent producers after a clean restart and after a kill", () => {
  let batch!: Uint8Array;
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    batch = randomBatch(broker, { ...producer, count: 4, baseSequence: 0 });
    assert.equal((yield* produce(client, "topic", batch.slice())).baseOffset, 0);
  });
  let killed = disk;
  const again = (label: string) =>
    function* (broker: TestBroker) {
      const client = broker.connect();
      const answer = yield* produce(client, "topic", batch.slice());
      assert.deepEqual([answer.errorCode, answer.baseOffset], [ErrorCode.NONE, 0], label);
      assert.equal(broker.log("topic").endOffset, 4);
      killed = broker.disk.afterKill();
    };
  runBroker(again("after a clean stop"), { disk });
  runBroker(again("after a kill"), { disk: killed });
});

Deno.test("Produce on a full disk answers KAFKA_STORAGE_ERROR, and goes on when there is room", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const { onCall } = broker.disk;
    for (const version of versions) {
      broker.disk.onCall = (call, path) => {
        onCall(call, path);
        if (call === "writeAt" && path.endsWith(".log")) {
          throw Object.assign(new Error("no room"), { code: "ENOSPC" });
        }
      };
      const refused = yield* produce(client, "topic", randomBatch(broker), { version });
      assert.equal(refused.errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
      broker.disk.onCall = onCall;
      const taken = yield* produce(client, "topic", randomBatch(broker), { version });
      assert.equal(taken.errorCode, ErrorCode.NONE);
      assert.equal(taken.baseOffset, version - versions[0]!);
    }
  });
});

Deno.test("Produce of a body that lies about its lengths closes the connection and appends nothing", () => {
  runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "topic");
    for (const version of versions) {
      const client = broker.connect();
      const whole = requestFrame(api.Produce, version, {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: "topic", partitionData: [{ index: 0, records: randomBatch(broker) }] }],
      });
      // Cut short, behind a length that is right.
      client.sendFrame(whole.subarray(4, whole.length - 5));
      yield;
      assert.ok(client.isClosed);
      // Only so many complaints are told in a second.
      yield* broker.pass(1000);
    }
    assert.equal(broker.log("topic").endOffset, 0);
    const complaints = broker.lines.filter((line) => line.includes("can't be read"));
    assert.equal(complaints.length, versions.length);
  });
});

Deno.test("Produce of records without a key to a compacted topic names them, in every version that can", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "cleanup.policy": "compact" } });
    const key = Uint8Array.of(1);
    const keys = [key, null, key, null];
    const good = encodeBatch([{ timestamp: RECORD_MS, key }]);
    let offset = 0;
    for (const version of versions) {
      for (const compression of Object.values(CompressionType)) {
        if (compression === CompressionType.zstd && version < 7) continue;
        const records = encodeBatch(keys.map((key) => ({ timestamp: RECORD_MS, key })), { compression });
        const answer = yield* produce(client, "topic", records, { version });
        assert.equal(answer.errorCode, ErrorCode.INVALID_RECORD);
        assert.equal(answer.baseOffset, -1);
        if (version < 8) {
          assert.deepEqual(answer.recordErrors, []);
          assert.equal(answer.errorMessage, null);
          continue;
        }
        assert.deepEqual(answer.recordErrors.map(({ batchIndex }) => batchIndex), [1, 3]);
        assert.match(answer.recordErrors[0]!.batchIndexErrorMessage!, /needs a key/);
        assert.match(answer.errorMessage!, /2 of the batch's 4 records .*record 1: .*needs a key/);
      }
      assert.equal((yield* produce(client, "topic", good, { version })).baseOffset, offset++);
    }
    assert.equal(broker.log("topic").endOffset, offset);
  });
});

Deno.test("Produce with times out of a topic's bounds answers INVALID_TIMESTAMP and names the records", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "message.timestamp.before.max.ms": "1000" } });
    yield* createTopic(client, "stamped", {
      configs: { "message.timestamp.type": "LogAppendTime", "message.timestamp.before.max.ms": "1000" },
    });
    const now = broker.clock.now();
    const bad = encodeBatch([now - 1001, now, -1, now + 3_600_001].map((timestamp) => ({ timestamp })));
    for (const version of versions) {
      const answer = yield* produce(client, "topic", bad, { version });
      assert.equal(answer.errorCode, ErrorCode.INVALID_TIMESTAMP);
      assert.deepEqual(answer.recordErrors.map(({ batchIndex }) => batchIndex), version >= 8 ? [0, 3] : []);
      assert.equal((yield* produce(client, "stamped", bad, { version })).errorCode, ErrorCode.NONE);
    }
    assert.equal(broker.log("topic").endOffset, 0);
    const good = encodeBatch([now - 1000, now, -1, now + 3_600_000].map((timestamp) => ({ timestamp })));
    assert.equal((yield* produce(client, "topic", good)).baseOffset, 0);
  });
});

Deno.test("Produce to a topic with a compression.type of its own: a consumer gets the records in that one", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const [target, name] of ["uncompressed", "gzip", "snappy", "lz4", "zstd"].entries()) {
      yield* createTopic(client, name, { configs: { "compression.type": name } });
      let offset = 0;
      for (const compression of Object.values(CompressionType)) {
        const sent = randomBatch(broker, { count: 3, valueBytes: 50, compression });
        assert.equal((yield* produce(client, name, sent)).baseOffset, offset);
        const { records } = yield* fetch(client, name, { offset });
        const kept = new RecordBatch(records!);
        assert.equal(kept.sizeInBytes, records!.length);
        assert.equal(kept.compression, target);
        assert.equal(kept.crc, kept.computeCrc());
        if (compression === target) assert.deepEqual(records, stored(sent, offset));
        const valuesOf = (batch: RecordBatch) =>
          [...decodeRecords(batch, { maxBytes: 1000 })].map((
            { value, timestamp },
          ) => [timestamp, [...value!]]);
        assert.deepEqual(valuesOf(kept), valuesOf(new RecordBatch(sent)));
        offset += 3;
      }
    }
    assert.equal(broker.metrics.get("producedRecords"), 75);
  });
});

Deno.test("Produce with acks=0 of what a topic refuses closes the connection", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { configs: { "cleanup.policy": "compact" } });
    sendProduce(client, "topic", randomBatch(broker), { acks: 0 });
    yield;
    assert.ok(client.isClosed);
  });
});
