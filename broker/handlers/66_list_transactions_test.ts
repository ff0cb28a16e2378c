import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { TransactionalProducer } from "../../tests/support/transactional_producer.ts";
import { listTransactionsHandler } from "./66_list_transactions.ts";

Deno.test("ListTransactions filters by state, producer id and duration", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    const producers = ["empty", "old", "young", "done"].map((id) => new TransactionalProducer(client, id));
    const [, old, young, done] = producers;
    for (const producer of producers) yield* producer.init();
    yield* old!.add("topic", 0);
    broker.clock.advance(5000);
    yield* young!.add("topic", 0);
    yield* done!.add("topic", 0);
    yield* done!.commit();
    for (const version of servedVersions(listTransactionsHandler)) {
      const list = function* (
        filters: { stateFilters?: string[]; producerIdFilters?: number[]; durationFilter?: number },
      ) {
        const { transactionStates, unknownStateFilters } = yield* client.ask(
          api.ListTransactions,
          version,
          { stateFilters: [], producerIdFilters: [], ...filters },
        );
        return {
          ids: transactionStates.map(({ transactionalId }) => transactionalId).sort(),
          unknown: unknownStateFilters,
        };
      };
      assert.deepEqual(yield* list({}), { ids: ["done", "empty", "old", "young"], unknown: [] });
      assert.deepEqual(yield* list({ stateFilters: ["Ongoing", "Nonsense", "Dead"] }), {
        ids: ["old", "young"],
        unknown: ["Nonsense"],
      });
      assert.deepEqual(yield* list({ stateFilters: ["Nonsense"] }), { ids: [], unknown: ["Nonsense"] });
      assert.deepEqual(
        (yield* list({ producerIdFilters: [old!.producerId, done!.producerId], stateFilters: ["Ongoing"] }))
          .ids,
        ["old"],
      );
      if (version >= 1) {
        assert.deepEqual((yield* list({ durationFilter: 1000, stateFilters: ["Ongoing"] })).ids, ["old"]);
        assert.deepEqual((yield* list({ durationFilter: 5000, stateFilters: ["Ongoing"] })).ids, []);
      }
    }
  });
});
