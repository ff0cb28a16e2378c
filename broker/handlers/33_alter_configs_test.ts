import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { ResourceType } from "../configs/config_resource.ts";
import { alterConfigsHandler } from "./33_alter_configs.ts";

const versions = servedVersions(alterConfigsHandler);

type Configs = Readonly<Record<string, string | null>>;

function* alter(
  client: TestClient,
  version: number,
  resources: readonly [type: number, name: string, configs: Configs][],
  validateOnly = false,
) {
  const { responses } = yield* client.ask(api.AlterConfigs, version, {
    resources: resources.map(([resourceType, resourceName, configs]) => ({
      resourceType,
      resourceName,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    })),
    validateOnly,
  });
  assert.deepEqual(
    responses.map(({ resourceType, resourceName }) => [resourceType, resourceName]),
    resources.map(([type, name]) => [type, name]),
  );
  return responses.map(({ errorCode }) => errorCode);
}

const ownOf = ({ server }: TestBroker, topic: string) => [...server.broker.topics.topic(topic)!.configs];

Deno.test("AlterConfigs replaces what a topic has of its own: what is not named goes back to its default", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const name = `t${version}`;
      yield* createTopic(client, name, { configs: { "retention.ms": "9", "segment.bytes": "2000000" } });
      assert.deepEqual(yield* alter(client, version, [[ResourceType.TOPIC, name, { "retention.ms": "7" }]]), [
        0,
      ]);
      assert.deepEqual(ownOf(broker, name), [["retention.ms", "7"]]);
      assert.equal(broker.log(name).config.retentionMs, 7);
      assert.equal(broker.log(name).config.segmentBytes, 1_073_741_824);
    }
  });
});

Deno.test("AlterConfigs changes nothing when it is only to check", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t", { configs: { "retention.ms": "9" } });
    for (const version of versions) {
      const asked = (value: string) =>
        alter(client, version, [[ResourceType.TOPIC, "t", { "retention.ms": value }]], true);
      assert.deepEqual(yield* asked("7"), [ErrorCode.NONE]);
      assert.deepEqual(yield* asked("x"), [ErrorCode.INVALID_CONFIG]);
      assert.deepEqual(ownOf(broker, "t"), [["retention.ms", "9"]]);
    }
  });
});

Deno.test("AlterConfigs answers each resource for itself, with Kafka's errors", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    yield* createTopic(client, "twice");
    const { INVALID_REQUEST, INVALID_CONFIG } = ErrorCode;
    for (const version of versions) {
      const codes = yield* alter(client, version, [
        [ResourceType.TOPIC, "t", { "retention.ms": null }],
        [ResourceType.TOPIC, "none", { "retention.ms": "1" }],
        // Kafka looks at the settings before it looks for the topic.
        [ResourceType.TOPIC, "none2", { "retention.ms": "x" }],
        [ResourceType.TOPIC, "", {}],
        [ResourceType.TOPIC, "a/b", {}],
        [ResourceType.TOPIC, "twice", {}],
        [ResourceType.TOPIC, "twice", {}],
        [ResourceType.BROKER, "1", { "num.partitions": "2" }],
        [ResourceType.BROKER, "9", {}],
        [ResourceType.BROKER_LOGGER, "1", { root: "DEBUG" }],
        [ResourceType.CLIENT_METRICS, "m", { "interval.ms": "1" }],
        [ResourceType.GROUP, "g", { "consumer.session.timeout.ms": "1" }],
        [ResourceType.GROUP, "", {}],
        [99, "t", {}],
      ]);
      assert.deepEqual(codes, [
        INVALID_REQUEST,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        INVALID_CONFIG,
        INVALID_REQUEST,
        ErrorCode.INVALID_TOPIC_EXCEPTION,
        INVALID_REQUEST,
        INVALID_REQUEST,
        INVALID_REQUEST,
        INVALID_REQUEST,
        INVALID_REQUEST,
        INVALID_REQUEST,
        INVALID_CONFIG,
        INVALID_REQUEST,
        INVALID_REQUEST,
      ]);
    }
  });
});

Deno.test("AlterConfigs gives the broker and groups settings that outlast a restart", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    const codes = yield* alter(client, 2, [
      [ResourceType.BROKER, "1", { "log.retention.ms": "70" }],
      [ResourceType.GROUP, "g", { "consumer.session.timeout.ms": "50000" }],
    ]);
    assert.deepEqual(codes, [0, 0]);
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    const { config, groupConfigs } = broker.server.broker;
    assert.equal(config.logDefaults.retentionMs, 70);
    assert.equal(groupConfigs.configOf("g").sessionTimeoutMs, 50_000);
    assert.deepEqual(
      yield* alter(client, 2, [[ResourceType.BROKER, "1", {}], [ResourceType.GROUP, "g", {}]]),
      [0, 0],
    );
    assert.equal(broker.server.broker.config.logDefaults.retentionMs, Infinity);
    assert.equal(groupConfigs.configOf("g").sessionTimeoutMs, 45_000);
  }, { disk });
});
