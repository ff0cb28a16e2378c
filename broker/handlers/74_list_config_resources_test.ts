import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { ResourceType } from "../configs/config_resource.ts";

const { TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP } = ResourceType;

Deno.test("ListConfigResources lists what has settings, by type; no type is all types", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const name of ["a", "b"]) yield* createTopic(client, name);
    broker.server.broker.groupConfigs.give("g", new Map([["consumer.session.timeout.ms", "50000"]]));
    const ask = function* (resourceTypes: number[]) {
      const { errorCode, configResources } = yield* client.ask(api.ListConfigResources, 1, { resourceTypes });
      assert.equal(errorCode, ErrorCode.NONE);
      return configResources.map(({ resourceType, resourceName }) => [resourceType, resourceName]);
    };
    const all = [[TOPIC, "a"], [TOPIC, "b"], [BROKER, "1"], [BROKER_LOGGER, "1"], [GROUP, "g"]];
    assert.deepEqual(yield* ask([]), all);
    assert.deepEqual(yield* ask([GROUP, TOPIC, GROUP]), [[GROUP, "g"], [TOPIC, "a"], [TOPIC, "b"]]);
    assert.deepEqual(yield* ask([CLIENT_METRICS]), []);
  });
});

Deno.test("ListConfigResources v0 lists client metrics, of which there are none", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a");
    const answer = yield* client.ask(api.ListConfigResources, 0, {});
    assert.deepEqual([answer.errorCode, answer.configResources], [ErrorCode.NONE, []]);
  });
});

Deno.test("ListConfigResources of a type that there is not is UNSUPPORTED_VERSION", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const answer = yield* client.ask(api.ListConfigResources, 1, { resourceTypes: [TOPIC, 99] });
    assert.deepEqual([answer.errorCode, answer.configResources], [ErrorCode.UNSUPPORTED_VERSION, []]);
  });
});
