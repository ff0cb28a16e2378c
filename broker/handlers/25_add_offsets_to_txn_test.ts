import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { TransactionalProducer } from "../../tests/support/transactional_producer.ts";
import { addOffsetsToTxnHandler } from "./25_add_offsets_to_txn.ts";

const versions = servedVersions(addOffsetsToTxnHandler);

Deno.test("AddOffsetsToTxn adds the partition that keeps the group's offsets, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const producer = new TransactionalProducer(client, `mine-${version}`);
      yield* producer.init();
      const { transactionalId, producerId, producerEpoch } = producer;
      const ask = function* (fields: { producerEpoch?: number; transactionalId?: string }) {
        return (yield* client.ask(api.AddOffsetsToTxn, version, {
          transactionalId,
          producerId,
          producerEpoch,
          groupId: "a",
          ...fields,
        })).errorCode;
      };
      assert.equal(
        yield* ask({ producerEpoch: 7 }),
        version < 2 ? ErrorCode.INVALID_PRODUCER_EPOCH : ErrorCode.PRODUCER_FENCED,
      );
      assert.equal(yield* ask({ transactionalId: "" }), ErrorCode.INVALID_REQUEST);
      assert.equal(yield* ask({ transactionalId: "nobody" }), ErrorCode.INVALID_PRODUCER_ID_MAPPING);
      assert.equal(yield* ask({}), ErrorCode.NONE);
      const transaction = broker.server.broker.transactions.transaction(transactionalId)!;
      // Java's hash of "a" is 97, modulo 50.
      assert.deepEqual([...transaction.partitions], [["__consumer_offsets", new Set([47])]]);
      // Its end is written there, too.
      assert.equal(yield* producer.commit(), ErrorCode.NONE);
      assert.equal(broker.log("__consumer_offsets", 47).endOffset, version + 1);
    }
  });
});
