import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";

Deno.test("ListPartitionReassignments lists none, whichever are asked for", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    for (
      const topics of [null, [], [{ name: "t", partitionIndexes: [0, 9] }], [{
        name: "none",
        partitionIndexes: [],
      }]]
    ) {
      const answer = yield* client.ask(api.ListPartitionReassignments, 0, { topics });
      assert.deepEqual([answer.errorCode, answer.errorMessage, answer.topics], [ErrorCode.NONE, null, []]);
    }
  });
});
