import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { TransactionalProducer } from "../../tests/support/transactional_producer.ts";
import { addPartitionsToTxnHandler } from "./24_add_partitions_to_txn.ts";

const versions = servedVersions(addPartitionsToTxnHandler);

interface Asked {
  readonly transactionalId?: string;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly topics: Readonly<Record<string, number[]>>;
}

/** Error codes by "topic-partition". */
function* add(client: TestClient, version: number, producer: TransactionalProducer, asked: Asked) {
  const { resultsByTopicV3AndBelow: results } = yield* client.ask(api.AddPartitionsToTxn, version, {
    v3AndBelowTransactionalId: asked.transactionalId ?? producer.transactionalId,
    v3AndBelowProducerId: asked.producerId ?? producer.producerId,
    v3AndBelowProducerEpoch: asked.producerEpoch ?? producer.producerEpoch,
    v3AndBelowTopics: Object.entries(asked.topics).map(([name, partitions]) => ({ name, partitions })),
  });
  return Object.fromEntries(
    results.flatMap(({ name, resultsByPartition }) =>
      resultsByPartition.map(({ partitionIndex, partitionErrorCode }) => [
        `${name}-${partitionIndex}`,
        partitionErrorCode,
      ])
    ),
  );
}

Deno.test("AddPartitionsToTxn opens a transaction and adds to it, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a", { partitions: 3 });
    yield* createTopic(client, "b");
    for (const version of versions) {
      const producer = new TransactionalProducer(client, `mine-${version}`);
      yield* producer.init();
      assert.deepEqual(yield* add(client, version, producer, { topics: { a: [2, 0] } }), {
        "a-2": ErrorCode.NONE,
        "a-0": ErrorCode.NONE,
      });
      for (let i = 0; i < 2; i++) {
        assert.deepEqual(yield* add(client, version, producer, { topics: { b: [0] } }), { "b-0": 0 });
      }
      const transaction = broker.server.broker.transactions.transaction(producer.transactionalId)!;
      assert.equal(transaction.status, "Ongoing");
      assert.deepEqual([...transaction.partitions], [["a", new Set([2, 0])], ["b", new Set([0])]]);
    }
  });
});

Deno.test("AddPartitionsToTxn adds none if one of the partitions is not there", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a");
    const producer = new TransactionalProducer(client, "mine");
    yield* producer.init();
    for (const version of versions) {
      assert.deepEqual(yield* add(client, version, producer, { topics: { a: [0, 1], c: [0] } }), {
        "a-0": ErrorCode.OPERATION_NOT_ATTEMPTED,
        "a-1": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        "c-0": ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      });
    }
    assert.equal(broker.server.broker.transactions.transaction("mine")!.status, "Empty");
  });
});

Deno.test("AddPartitionsToTxn refuses who is not the id's producer, in words of the version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a");
    const producer = new TransactionalProducer(client, "mine");
    yield* producer.init();
    for (const version of versions) {
      const ask = function* (asked: Partial<Asked>) {
        return (yield* add(client, version, producer, { topics: { a: [0] }, ...asked }))["a-0"];
      };
      const fenced = version < 2 ? ErrorCode.INVALID_PRODUCER_EPOCH : ErrorCode.PRODUCER_FENCED;
      assert.equal(yield* ask({ transactionalId: "" }), ErrorCode.INVALID_REQUEST);
      assert.equal(yield* ask({ transactionalId: "nobody" }), ErrorCode.INVALID_PRODUCER_ID_MAPPING);
      assert.equal(yield* ask({ producerId: 77 }), ErrorCode.INVALID_PRODUCER_ID_MAPPING);
      assert.equal(yield* ask({ producerEpoch: 1 }), fenced);
      assert.equal(yield* ask({ producerEpoch: -1 }), fenced);
    }
  });
});
