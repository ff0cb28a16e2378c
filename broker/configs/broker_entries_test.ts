import assert from "node:assert/strict";
import { type BrokerSettingName, brokerSettings } from "../setting_definitions.ts";
import { brokerConfigEntries, clusterConfigEntries } from "./broker_entries.ts";
import { type ConfigLayer, ConfigSource } from "./config_layers.ts";

function layer(source: number, values: Readonly<Record<string, string>>): ConfigLayer {
  return { source, values: new Map(Object.entries(values)) };
}

const layers = [
  layer(ConfigSource.DYNAMIC_BROKER, { "log.retention.ms": "1" }),
  layer(ConfigSource.DYNAMIC_DEFAULT_BROKER, { "log.retention.ms": "2", "log.segment.bytes": "2000000" }),
  layer(ConfigSource.STATIC_BROKER, { "log.retention.hours": "3", "num.partitions": "4" }),
];

function entry(name: BrokerSettingName, of = layers) {
  return brokerConfigEntries(of).find((entry) => entry.name === name)!;
}

Deno.test("brokerConfigEntries tells every setting, with default, type and documentation", () => {
  const entries = brokerConfigEntries([]);
  assert.deepEqual(entries.map(({ name }) => name), Object.keys(brokerSettings));
  for (const { name, value, configSource, isSensitive, configType, documentation } of entries) {
    const { default: expected } = brokerSettings[name as BrokerSettingName];
    assert.equal(value, expected, name);
    assert.equal(configSource, ConfigSource.DEFAULT);
    assert.ok(!isSensitive && configType > 0 && documentation !== "", name);
  }
  assert.equal(entry("num.partitions", []).value, "1");
});

Deno.test("brokerConfigEntries takes the first layer that has a setting, and tells the others behind it", () => {
  const { value, configSource, readOnly, synonyms } = entry("log.retention.ms");
  assert.deepEqual([value, configSource, readOnly], ["1", ConfigSource.DYNAMIC_BROKER, false]);
  assert.deepEqual(synonyms, [
    { name: "log.retention.ms", value: "1", source: ConfigSource.DYNAMIC_BROKER },
    { name: "log.retention.ms", value: "2", source: ConfigSource.DYNAMIC_DEFAULT_BROKER },
    { name: "log.retention.hours", value: "3", source: ConfigSource.STATIC_BROKER },
    { name: "log.retention.hours", value: "168", source: ConfigSource.DEFAULT },
  ]);
});

Deno.test("brokerConfigEntries tells under a name only what was given under it", () => {
  const hours = entry("log.retention.hours");
  assert.deepEqual([hours.value, hours.configSource, hours.readOnly], [
    "3",
    ConfigSource.STATIC_BROKER,
    true,
  ]);
  const minutes = entry("log.retention.minutes");
  assert.deepEqual([minutes.value, minutes.configSource, minutes.synonyms], [null, ConfigSource.DEFAULT, []]);
  assert.deepEqual(entry("num.partitions").value, "4");
});

Deno.test("clusterConfigEntries tells what was given to all brokers, and nothing else", () => {
  assert.deepEqual(
    clusterConfigEntries(layers).map(({ name, value, configSource, synonyms }) => [
      name,
      value,
      configSource,
      synonyms.length,
    ]),
    [
      ["log.retention.ms", "2", ConfigSource.DYNAMIC_DEFAULT_BROKER, 1],
      ["log.segment.bytes", "2000000", ConfigSource.DYNAMIC_DEFAULT_BROKER, 1],
    ],
  );
  assert.deepEqual(clusterConfigEntries([]), []);
});
