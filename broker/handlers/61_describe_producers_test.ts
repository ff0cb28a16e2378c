import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic, RECORD_MS } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { TransactionalProducer } from "../../tests/support/transactional_producer.ts";

Deno.test("DescribeProducers tells who has written to a partition, and whose transaction is open", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    const done = new TransactionalProducer(client, "done");
    const open = new TransactionalProducer(client, "open");
    for (const producer of [done, open]) {
      yield* producer.init();
      yield* producer.add("topic", 0);
      yield* producer.produce("topic", 0, "a");
      yield* producer.produce("topic", 0, "b");
    }
    yield* done.commit();
    const { topics } = yield* client.ask(api.DescribeProducers, 0, {
      topics: [{ name: "topic", partitionIndexes: [0, 1, 2] }, { name: "none", partitionIndexes: [0] }],
    });
    const [active, idle, missing] = topics[0]!.partitions;
    assert.deepEqual(active!.activeProducers, [
      {
        producerId: done.producerId,
        producerEpoch: 0,
        lastSequence: 1,
        lastTimestamp: broker.clock.now(),
        coordinatorEpoch: 0,
        currentTxnStartOffset: -1,
      },
      {
        producerId: open.producerId,
        producerEpoch: 0,
        lastSequence: 1,
        lastTimestamp: RECORD_MS,
        coordinatorEpoch: -1,
        currentTxnStartOffset: 2,
      },
    ]);
    assert.deepEqual([idle!.errorCode, idle!.activeProducers], [ErrorCode.NONE, []]);
    assert.equal(missing!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(topics[1]!.partitions[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });
});
