import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { findCoordinatorHandler } from "./10_find_coordinator.ts";

Deno.test("FindCoordinator names this broker for groups and transactional ids, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const { nodeId } = broker.server.broker;
    for (const version of servedVersions(findCoordinatorHandler)) {
      const find = function* (keyType: number, key: string) {
        const answer = yield* client.ask(api.FindCoordinator, version, {
          ...version > 0 ? { keyType } : {},
          ...version < 4 ? { key } : { coordinatorKeys: [key] },
        });
        const { errorCode, nodeId } = version < 4 ? answer : answer.coordinators[0]!;
        return [errorCode, nodeId];
      };
      assert.deepEqual(yield* find(0, "group"), [ErrorCode.NONE, nodeId]);
      if (version === 0) continue;
      assert.deepEqual(yield* find(1, "mine"), [ErrorCode.NONE, nodeId]);
      assert.deepEqual(yield* find(1, ""), [ErrorCode.INVALID_REQUEST, -1]);
      assert.deepEqual(yield* find(3, "what"), [ErrorCode.INVALID_REQUEST, -1]);
    }
  });
});
