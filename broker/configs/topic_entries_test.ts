import assert from "node:assert/strict";
import { brokerConfig, Settings } from "../settings.ts";
import { parseTopicConfig, type TopicSettingName, topicSettings } from "../topic_settings.ts";
import { ConfigSource, staticLayers } from "./config_layers.ts";
import { topicConfigEntries } from "./topic_entries.ts";

function brokerWith(properties: Readonly<Record<string, string>>) {
  const settings = new Settings(
    Object.entries(properties).map(([name, value]) => ({ name, value, source: { kind: "default" } })),
  );
  return { settings, config: brokerConfig(settings) };
}

function entriesOf(own: Readonly<Record<string, string>>, properties: Readonly<Record<string, string>> = {}) {
  const entries = topicConfigEntries(
    new Map(Object.entries(own)),
    staticLayers(brokerWith(properties).config.properties),
  );
  return new Map(entries.map((entry) => [entry.name, entry]));
}

Deno.test("topicConfigEntries tells every setting, with its default where nothing is said", () => {
  const entries = entriesOf({});
  assert.deepEqual([...entries.keys()], Object.keys(topicSettings));
  for (const [name, entry] of entries) {
    const { default: value, documentation } = topicSettings[name as TopicSettingName];
    assert.equal(entry.value, value);
    assert.equal(entry.configSource, ConfigSource.DEFAULT);
    assert.equal(entry.documentation, documentation);
    assert.ok(!entry.readOnly && !entry.isSensitive);
    for (const { source } of entry.synonyms) assert.equal(source, ConfigSource.DEFAULT);
  }
  // Kafka Connect refuses to start without it, Materialize without a number of partitions.
  assert.equal(entries.get("cleanup.policy")!.value, "delete");
});

Deno.test("topicConfigEntries puts the topic's own before the broker's before the default", () => {
  const properties = { "message.max.bytes": "2000", "log.retention.ms": "5000" };
  const entries = entriesOf({ "max.message.bytes": "1000", "flush.messages": "1" }, properties);
  const told = (name: string) => [entries.get(name)!.value, entries.get(name)!.configSource];
  assert.deepEqual(told("max.message.bytes"), ["1000", ConfigSource.TOPIC]);
  assert.deepEqual(told("flush.messages"), ["1", ConfigSource.TOPIC]);
  assert.deepEqual(told("retention.ms"), ["5000", ConfigSource.STATIC_BROKER]);
  assert.deepEqual(told("retention.bytes"), ["-1", ConfigSource.DEFAULT]);
});

Deno.test("topicConfigEntries tells the broker's coarser units in the topic's, the finest that is given", () => {
  const value = (properties: Readonly<Record<string, string>>, name = "retention.ms") =>
    entriesOf({}, properties).get(name)!.value;
  assert.equal(value({ "log.retention.hours": "2" }), "7200000");
  assert.equal(value({ "log.retention.hours": "2", "log.retention.minutes": "3" }), "180000");
  assert.equal(value({ "log.retention.minutes": "3", "log.retention.ms": "4" }), "4");
  assert.equal(value({ "log.roll.hours": "1" }, "segment.ms"), "3600000");
  // For ever has one number in milliseconds.
  assert.equal(value({ "log.retention.hours": "-1" }), "-1");
  assert.equal(value({ "log.retention.minutes": "-1" }), "-1");
});

Deno.test("topicConfigEntries tells what is in force, as the settings themselves have it", () => {
  const properties = {
    "log.retention.hours": "-1",
    "log.flush.interval.messages": "9223372036854775807",
    "log.flush.interval.ms": "250",
    "log.segment.bytes": "2097152",
    "log.cleanup.policy": "compact",
    "compression.type": "zstd",
    "log.message.timestamp.type": "LogAppendTime",
    "log.preallocate": "true",
  };
  const { settings, config } = brokerWith(properties);
  const entries = topicConfigEntries(new Map(), staticLayers(config.properties));
  const defaults = settings.topicDefaults();
  for (const { name, value } of entries) {
    const parsed = topicSettings[name as TopicSettingName].parse(value!);
    assert.ok("value" in parsed, `${name}=${value}`);
    assert.deepEqual(parsed.value, defaults[name as TopicSettingName], name);
  }
  // So a topic that is given all of it has the same log as one that is given nothing.
  const given = parseTopicConfig(entries.map(({ name, value }) => [name, value!] as const), config);
  assert.deepEqual(given, { config: config.logDefaults });
});

Deno.test("topicConfigEntries tells all that could count: the topic's own, then layer by layer, then the default", () => {
  const layer = (source: number, values: Readonly<Record<string, string>>) => ({
    source,
    values: new Map(Object.entries(values)),
  });
  const layers = [
    layer(ConfigSource.DYNAMIC_BROKER, { "log.retention.ms": "10" }),
    layer(ConfigSource.DYNAMIC_DEFAULT_BROKER, { "message.max.bytes": "20" }),
    layer(ConfigSource.STATIC_BROKER, { "log.retention.hours": "3" }),
  ];
  const entryOf = (name: string, own: Readonly<Record<string, string>>) =>
    topicConfigEntries(new Map(Object.entries(own)), layers).find((entry) => entry.name === name)!;
  const own = entryOf("retention.ms", { "retention.ms": "5" });
  assert.deepEqual([own.value, own.configSource], ["5", ConfigSource.TOPIC]);
  assert.deepEqual(own.synonyms, [
    { name: "retention.ms", value: "5", source: ConfigSource.TOPIC },
    { name: "log.retention.ms", value: "10", source: ConfigSource.DYNAMIC_BROKER },
    { name: "log.retention.hours", value: "3", source: ConfigSource.STATIC_BROKER },
    { name: "log.retention.hours", value: "168", source: ConfigSource.DEFAULT },
  ]);
  const dynamic = entryOf("retention.ms", {});
  assert.deepEqual([dynamic.value, dynamic.configSource], ["10", ConfigSource.DYNAMIC_BROKER]);
  const ofAll = entryOf("max.message.bytes", {});
  assert.deepEqual([ofAll.value, ofAll.configSource], ["20", ConfigSource.DYNAMIC_DEFAULT_BROKER]);
  // A setting that has no broker's beside it.
  assert.deepEqual(entryOf("remote.storage.enable", {}).synonyms, []);
});
