import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { findCoordinatorHandler } from "./10_find_coordinator.ts";

const versions = servedVersions(findCoordinatorHandler);

/** What is told of each of `keys`. */
function* find(client: TestClient, version: number, keyType: number, ...keys: string[]) {
  const { coordinators, ...only } = yield* client.ask(
    api.FindCoordinator,
    version,
    version < 4 ? { key: keys[0]!, keyType } : { coordinatorKeys: keys, keyType },
  );
  return version < 4 ? [{ ...only, key: keys[0]! }] : coordinators;
}

Deno.test("FindCoordinator names this broker for every group, in every version, at an address that works", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const keys = version < 4 ? ["a"] : ["a", "b", ""];
      const found = yield* find(client, version, 0, ...keys);
      assert.deepEqual(found.map(({ key }) => key), keys);
      for (const { errorCode, nodeId, host, port } of found) {
        assert.deepEqual([errorCode, nodeId], [ErrorCode.NONE, broker.server.broker.nodeId]);
        assert.deepEqual([host, port], [client.socket.local.host, client.socket.local.port]);
      }
    }
  });
});

Deno.test("FindCoordinator makes the topic of committed offsets when a group is first asked for", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const { topics } = broker.server.broker;
    yield* find(client, 4, 1, "producer");
    assert.equal(topics.topic("__consumer_offsets"), undefined);
    yield* find(client, 4, 0, "group");
    assert.equal(topics.topic("__consumer_offsets")!.partitions.length, 3);
    const { topics: told } = yield* client.ask(api.Metadata, 12, {
      topics: [{ name: "__consumer_offsets" }],
    });
    assert.deepEqual([told[0]!.errorCode, told[0]!.isInternal], [ErrorCode.NONE, true]);
  }, { settings: { "offsets.topic.num.partitions": "3" } });
});

Deno.test("FindCoordinator refuses share groups and whatever else it does not know", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions.filter((version) => version >= 1)) {
      for (const keyType of [2, 3, -1]) {
        for (const { errorCode, nodeId, host, port } of yield* find(client, version, keyType, "a", "b")) {
          assert.deepEqual([errorCode, nodeId, host, port], [ErrorCode.INVALID_REQUEST, -1, "", -1]);
        }
      }
    }
  });
});
