import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { ConfigSource } from "../configs/config_layers.ts";
import { ResourceType } from "../configs/config_resource.ts";
import { brokerSettings } from "../setting_definitions.ts";
import { topicSettings } from "../topic_settings.ts";
import { describeConfigsHandler } from "./32_describe_configs.ts";

const versions = servedVersions(describeConfigsHandler);

interface Asked {
  readonly keys?: readonly string[] | null;
  readonly includeSynonyms?: boolean;
  readonly includeDocumentation?: boolean;
}

function* describe(
  client: TestClient,
  version: number,
  resourceType: number,
  resourceName: string,
  { keys = null, includeSynonyms = false, includeDocumentation = false }: Asked = {},
) {
  const { results } = yield* client.ask(api.DescribeConfigs, version, {
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms,
    ...version >= 3 ? { includeDocumentation } : {},
  });
  const [result] = results;
  assert.deepEqual([result!.resourceType, result!.resourceName], [resourceType, resourceName]);
  return result!;
}

Deno.test("DescribeConfigs tells all of a topic's settings, with where each comes from, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t", { configs: { "cleanup.policy": "compact" } });
    for (const version of versions) {
      const { errorCode, configs } = yield* describe(client, version, ResourceType.TOPIC, "t");
      assert.equal(errorCode, ErrorCode.NONE);
      assert.deepEqual(configs.map(({ name }) => name), Object.keys(topicSettings));
      const byName = new Map(configs.map((config) => [config.name, config]));
      const told = (name: string) => [byName.get(name)!.value, byName.get(name)!.configSource];
      assert.deepEqual(told("cleanup.policy"), ["compact", ConfigSource.TOPIC]);
      assert.deepEqual(told("max.message.bytes"), ["5000", ConfigSource.STATIC_BROKER]);
      assert.deepEqual(told("index.interval.bytes"), ["4096", ConfigSource.DEFAULT]);
      for (const { readOnly, isSensitive, synonyms, configType, documentation } of configs) {
        assert.deepEqual([readOnly, isSensitive, synonyms, documentation], [
          false,
          false,
          [],
          version >= 3 ? null : "",
        ]);
        assert.equal(configType > 0, version >= 3);
      }
    }
  }, { settings: { "message.max.bytes": "5000" } });
});

Deno.test("DescribeConfigs tells all of the broker's settings, num.partitions among them", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const { errorCode, configs } = yield* describe(client, version, ResourceType.BROKER, "7");
      assert.equal(errorCode, ErrorCode.NONE);
      assert.deepEqual(configs.map(({ name }) => name), Object.keys(brokerSettings));
      const byName = new Map(configs.map((config) => [config.name, config]));
      const told = (name: string) => {
        const { value, configSource, readOnly } = byName.get(name)!;
        return [value, configSource, readOnly];
      };
      assert.deepEqual(told("num.partitions"), ["3", ConfigSource.STATIC_BROKER, true]);
      assert.deepEqual(told("node.id"), ["7", ConfigSource.STATIC_BROKER, true]);
      assert.deepEqual(told("broker.id"), ["7", ConfigSource.STATIC_BROKER, true]);
      assert.deepEqual(told("log.dirs"), ["/data", ConfigSource.STATIC_BROKER, true]);
      assert.deepEqual(told("log.segment.bytes"), ["1073741824", ConfigSource.DEFAULT, false]);
      assert.deepEqual((yield* describe(client, version, ResourceType.BROKER, "")).configs, []);
    }
  }, { settings: { "num.partitions": "3", "node.id": "7" } });
});

Deno.test("DescribeConfigs tells the settings that are named, and nothing of names that are none", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const keys = ["num.partitions", "no.such", "log.dirs"];
      const { configs } = yield* describe(client, version, ResourceType.BROKER, "1", { keys });
      assert.deepEqual(configs.map(({ name }) => name), ["num.partitions", "log.dirs"]);
      const { configs: all } = yield* describe(client, version, ResourceType.BROKER, "1", { keys: [] });
      assert.ok(all.length > 100);
    }
  });
});

Deno.test("DescribeConfigs adds synonyms and documentation where they are wanted", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t", { configs: { "retention.ms": "9" } });
    for (const version of versions) {
      const { configs: [config] } = yield* describe(client, version, ResourceType.TOPIC, "t", {
        keys: ["retention.ms"],
        includeSynonyms: true,
        includeDocumentation: version >= 3,
      });
      assert.deepEqual(config!.synonyms, [
        { name: "retention.ms", value: "9", source: ConfigSource.TOPIC },
        { name: "log.retention.hours", value: "-1", source: ConfigSource.STATIC_BROKER },
        { name: "log.retention.hours", value: "168", source: ConfigSource.DEFAULT },
      ]);
      if (version < 3) continue;
      assert.equal(config!.documentation, topicSettings["retention.ms"].documentation);
      assert.equal(config!.configType, 5);
    }
  });
});

Deno.test("DescribeConfigs tells of groups and the one logger, and of client metrics that there is nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const group = yield* describe(client, version, ResourceType.GROUP, "g");
      assert.deepEqual(group.configs.map(({ name, value }) => [name, value]), [
        ["consumer.session.timeout.ms", "45000"],
        ["consumer.heartbeat.interval.ms", "5000"],
      ]);
      const logger = yield* describe(client, version, ResourceType.BROKER_LOGGER, "1");
      const told = logger.configs.map(({ name, value, configSource }) => [name, value, configSource]);
      assert.deepEqual(told, [["root", "DEBUG", ConfigSource.DYNAMIC_BROKER_LOGGER]]);
      const { errorCode, configs } = yield* describe(client, version, ResourceType.CLIENT_METRICS, "m");
      assert.deepEqual([errorCode, configs], [ErrorCode.NONE, []]);
    }
  });
});

Deno.test("DescribeConfigs answers each resource for itself, with Kafka's error for what there is not", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    const { INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode;
    const wrong: [type: number, name: string, code: number][] = [
      [ResourceType.TOPIC, "none", UNKNOWN_TOPIC_OR_PARTITION],
      [ResourceType.TOPIC, "", INVALID_TOPIC_EXCEPTION],
      [ResourceType.TOPIC, "a/b", INVALID_TOPIC_EXCEPTION],
      [ResourceType.BROKER, "2", INVALID_REQUEST],
      [ResourceType.BROKER, "x", INVALID_REQUEST],
      [ResourceType.BROKER_LOGGER, "", INVALID_REQUEST],
      [ResourceType.BROKER_LOGGER, "2", INVALID_REQUEST],
      [ResourceType.CLIENT_METRICS, "", INVALID_REQUEST],
      [ResourceType.GROUP, "", INVALID_REQUEST],
      [99, "t", INVALID_REQUEST],
      [ResourceType.TOPIC, "t", ErrorCode.NONE],
    ];
    for (const version of versions) {
      const { results } = yield* client.ask(api.DescribeConfigs, version, {
        resources: wrong.map(([resourceType, resourceName]) => ({
          resourceType,
          resourceName,
          configurationKeys: null,
        })),
      });
      assert.deepEqual(
        results.map(({ resourceType, resourceName, errorCode }) => [resourceType, resourceName, errorCode]),
        wrong,
      );
      for (const { errorCode, errorMessage, configs } of results) {
        if (errorCode === ErrorCode.NONE) continue;
        assert.ok(errorMessage!.length > 10);
        assert.deepEqual(configs, []);
      }
    }
  });
});
