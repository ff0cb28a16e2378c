import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { TransactionalProducer } from "../../tests/support/transactional_producer.ts";

Deno.test("DescribeTransactions tells how far a transaction is", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic", { partitions: 2 });
    const producer = new TransactionalProducer(client, "mine", { timeoutMs: 30_000 });
    const describe = function* (...transactionalIds: string[]) {
      return (yield* client.ask(api.DescribeTransactions, 0, { transactionalIds })).transactionStates;
    };
    yield* producer.init();
    const [empty, nobody, nothing] = yield* describe("mine", "nobody", "");
    assert.equal(nobody!.errorCode, ErrorCode.TRANSACTIONAL_ID_NOT_FOUND);
    assert.equal(nothing!.errorCode, ErrorCode.INVALID_REQUEST);
    const common = {
      errorCode: ErrorCode.NONE,
      transactionalId: "mine",
      transactionTimeoutMs: 30_000,
      producerId: producer.producerId,
      producerEpoch: 0,
    };
    assert.deepEqual(empty, { ...common, transactionState: "Empty", transactionStartTimeMs: -1, topics: [] });
    const startMs = broker.clock.now();
    yield* producer.add("topic", 1, 0);
    broker.clock.advance(5000);
    assert.deepEqual(yield* describe("mine"), [{
      ...common,
      transactionState: "Ongoing",
      transactionStartTimeMs: startMs,
      topics: [{ topic: "topic", partitions: [1, 0] }],
    }]);
    yield* producer.abort();
    const [aborted] = yield* describe("mine");
    assert.equal(aborted!.transactionState, "CompleteAbort");
    assert.deepEqual(aborted!.topics, []);
  });
});
