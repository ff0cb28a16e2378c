import assert from "node:assert/strict";
import type { StoredConfigs } from "../../storage/topic_store.ts";
import { brokerConfig, Settings } from "../settings.ts";
import { ConfigSource, staticLayers } from "./config_layers.ts";
import { GroupConfigs } from "./group_configs.ts";

const broker = brokerConfig(new Settings([])).groups.consumer;

function groupConfigs() {
  const kept = new Map<string, ReadonlyMap<string, string>>();
  const stored: StoredConfigs = {
    configsOf: (kind, name) => kind === "group" ? kept.get(name) ?? new Map() : new Map(),
    namesOf: () => [...kept.keys()],
    putConfigs: (_kind, name, configs) => void kept.set(name, configs),
  };
  const bounds = { ...broker };
  return { configs: new GroupConfigs(stored, () => bounds), bounds };
}

const of = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries));

Deno.test("GroupConfigs.configOf is the broker's, but for what the group has of its own", () => {
  const { configs, bounds } = groupConfigs();
  assert.equal(configs.configOf("g"), bounds);
  configs.give("g", of({ "consumer.session.timeout.ms": "50000" }));
  assert.deepEqual(configs.configOf("g"), { ...broker, sessionTimeoutMs: 50_000 });
  assert.equal(configs.configOf("other"), bounds);
  configs.give("g", of({ "consumer.session.timeout.ms": "50000", "consumer.heartbeat.interval.ms": "7000" }));
  assert.deepEqual(configs.configOf("g"), { ...broker, sessionTimeoutMs: 50_000, heartbeatIntervalMs: 7000 });
});

Deno.test("GroupConfigs.configOf stays within the broker's bounds, which may have changed", () => {
  const { configs, bounds } = groupConfigs();
  configs.give("g", of({ "consumer.session.timeout.ms": "60000" }));
  bounds.maxSessionTimeoutMs = 55_000;
  assert.equal(configs.configOf("g").sessionTimeoutMs, 55_000);
});

Deno.test("GroupConfigs.problem names what is out of bounds, unknown, or does not fit", () => {
  const { configs, bounds } = groupConfigs();
  assert.equal(configs.problem(of({ "consumer.session.timeout.ms": "50000" })), undefined);
  assert.match(
    configs.problem(of({ "consumer.session.timeout.ms": "5" }))!,
    /^consumer\.session\.timeout\.ms is 5, but this broker allows 45000 to 60000/,
  );
  assert.match(
    configs.problem(of({ "consumer.heartbeat.interval.ms": "46000" }))!,
    /^consumer\.heartbeat\.interval\.ms is 46000, but this broker allows 5000 to 15000/,
  );
  assert.match(configs.problem(of({ "consumer.session.timeout.ms": "x" }))!, /must be a whole number/);
  assert.match(
    configs.problem(of({ "consumer.sesion.timeout.ms": "50000" }))!,
    /did you mean consumer\.session\.timeout\.ms\?/,
  );
  bounds.minSessionTimeoutMs = 5000;
  assert.match(
    configs.problem(of({ "consumer.session.timeout.ms": "6000", "consumer.heartbeat.interval.ms": "6000" }))!,
    /^consumer\.heartbeat\.interval\.ms is 6000, but must be less than consumer\.session\.timeout\.ms, which is 6000$/,
  );
});

Deno.test("GroupConfigs.entries tells the group's own, or the broker's that stands in for it", () => {
  const { configs } = groupConfigs();
  configs.give("g", of({ "consumer.session.timeout.ms": "50000" }));
  const layers = staticLayers({ "group.consumer.heartbeat.interval.ms": "6000" });
  assert.deepEqual(
    configs.entries("g", layers).map(({ name, value, configSource }) => [name, value, configSource]),
    [
      ["consumer.session.timeout.ms", "50000", ConfigSource.GROUP],
      ["consumer.heartbeat.interval.ms", "6000", ConfigSource.STATIC_BROKER],
    ],
  );
  assert.deepEqual(configs.entries("other", [])[0]!.synonyms, [
    { name: "group.consumer.session.timeout.ms", value: "45000", source: ConfigSource.DEFAULT },
  ]);
});
