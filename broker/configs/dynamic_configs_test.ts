import assert from "node:assert/strict";
import type { StoredConfigs } from "../../storage/topic_store.ts";
import type { BrokerConfig } from "../config.ts";
import { brokerConfig, Settings } from "../settings.ts";
import { ConfigSource } from "./config_layers.ts";
import { ALL_BROKERS, DynamicConfigs } from "./dynamic_configs.ts";

/** What a catalog keeps, in memory. */
function storedConfigs(): StoredConfigs {
  const kept = new Map<string, ReadonlyMap<string, string>>();
  return {
    configsOf: (kind, name) => kept.get(`${kind} ${name}`) ?? new Map(),
    namesOf: () => [],
    putConfigs: (kind, name, configs) => void kept.set(`${kind} ${name}`, configs),
  };
}

function startedWith(properties: Readonly<Record<string, string>>): BrokerConfig {
  return brokerConfig(
    new Settings(
      Object.entries(properties).map(([name, value]) => ({ name, value, source: { kind: "default" } })),
    ),
  );
}

function configsOf(properties: Readonly<Record<string, string>> = {}, stored = storedConfigs()) {
  const changes: BrokerConfig[] = [];
  const lines: string[] = [];
  const start = startedWith(properties);
  const configs = new DynamicConfigs({
    start,
    log: (level, message) => lines.push(`${level}: ${message}`),
    onChange: (config) => changes.push(config),
  });
  configs.load(stored);
  return { configs, start, stored, changes, lines };
}

const of = (entries: Readonly<Record<string, string>>) => new Map(Object.entries(entries));

Deno.test("DynamicConfigs.config is what the broker was started with while nothing was given to it", () => {
  const { configs, start } = configsOf({ "log.retention.hours": "2" });
  assert.equal(configs.config, start);
  assert.deepEqual(configs.layers.map(({ source, values }) => [source, values.size > 0]), [
    [ConfigSource.DYNAMIC_BROKER, false],
    [ConfigSource.DYNAMIC_DEFAULT_BROKER, false],
    [ConfigSource.STATIC_BROKER, true],
  ]);
});

Deno.test("DynamicConfigs.give puts the broker's own before that of all brokers before the start's, and tells of the change", () => {
  const { configs, start, changes } = configsOf({ "log.retention.hours": "2", "message.max.bytes": "1000" });
  configs.give(ALL_BROKERS, of({ "log.retention.ms": "50", "log.segment.bytes": "2000000" }));
  assert.equal(configs.config.logDefaults.retentionMs, 50);
  configs.give(
    "1",
    of({ "log.retention.ms": "70", "max.connections.per.ip": "3", "log.cleaner.backoff.ms": "9" }),
  );
  const { logDefaults, limits, store } = configs.config;
  assert.equal(logDefaults.retentionMs, 70);
  assert.equal(logDefaults.segmentBytes, 2_000_000);
  assert.equal(logDefaults.maxMessageBytes, 1000);
  assert.equal(limits.connectionsPerAddress, 3);
  assert.equal(store.cleanerBackoffMs, 9);
  assert.deepEqual(changes.map(({ logDefaults }) => logDefaults.retentionMs), [50, 70]);
  // What no dynamic setting is about is as it was.
  assert.deepEqual({ ...configs.config, logDefaults: 0, limits: 0, store: 0 }, {
    ...start,
    logDefaults: 0,
    limits: 0,
    store: 0,
  });
  configs.give("1", of({}));
  configs.give(ALL_BROKERS, of({}));
  assert.deepEqual(configs.config, start);
});

Deno.test("DynamicConfigs.load takes up what an earlier broker was given", () => {
  const first = configsOf();
  first.configs.give("1", of({ "log.retention.ms": "70" }));
  const second = configsOf({ "log.retention.ms": "5" }, first.stored);
  assert.equal(second.configs.config.logDefaults.retentionMs, 70);
  assert.deepEqual(second.changes, []);
  assert.deepEqual(second.lines, []);
});

Deno.test("DynamicConfigs.load leaves aside what does not fit to the start any more, and says so", () => {
  const first = configsOf();
  first.configs.give("1", of({ "message.max.bytes": "50000000" }));
  const second = configsOf({ "socket.request.max.bytes": "10000000" }, first.stored);
  assert.equal(second.configs.config, second.start);
  assert.match(
    second.lines.join(),
    /^warn: .*message\.max\.bytes is 50000000 \(given while the broker runs\)/,
  );
  // It is kept, to be corrected, and not told as if it counted.
  assert.deepEqual([...second.configs.given("1")], [["message.max.bytes", "50000000"]]);
  assert.deepEqual([...second.configs.layers[0]!.values], []);
});

Deno.test("DynamicConfigs.load takes of what another version has kept what this one can take", () => {
  const stored = storedConfigs();
  stored.putConfigs(
    "broker",
    "1",
    of({ "log.retention.ms": "5", "of.the.future": "1", "num.partitions": "2" }),
  );
  stored.putConfigs(
    "broker",
    ALL_BROKERS,
    of({ "log.cleaner.dedupe.buffer.size": "1", "log.segment.bytes": "2000000" }),
  );
  const { configs, lines } = configsOf({}, stored);
  assert.equal(configs.config.logDefaults.retentionMs, 5);
  assert.equal(configs.config.logDefaults.segmentBytes, 2_000_000);
  assert.equal(lines.length, 1);
  for (const name of ["of.the.future", "num.partitions", "log.cleaner.dedupe.buffer.size"]) {
    assert.ok(lines[0]!.includes(name), lines[0]);
  }
});

Deno.test("DynamicConfigs.problem says of each setting why it can't be given", () => {
  const { configs } = configsOf();
  const problem = (entries: Readonly<Record<string, string>>) => configs.problem("1", of(entries));
  assert.equal(problem({ "log.retention.ms": "-1", "log.cleanup.policy": "compact,delete" }), undefined);
  assert.equal(
    problem({ "num.partitions": "2", "log.retention.ms": "soon" }),
    "num.partitions can't be changed while the broker runs: set it where the broker is started, and restart it; " +
      'log.retention.ms is "soon", but must be a whole number (long)',
  );
  assert.equal(problem({ "log.cleaner.threads": "2" }), "log.cleaner.threads has no effect in this version");
  assert.equal(
    problem({ "log.retention.mss": "2" }),
    "log.retention.mss is no setting of this broker; did you mean log.retention.ms?",
  );
  assert.equal(
    problem({ "message.max.bytes": "200000000" }),
    "message.max.bytes is 200000000 (given while the broker runs), but must be at most socket.request.max.bytes, " +
      "which is 104857600 (default): a batch comes in a request, which must be allowed to be as large",
  );
});

Deno.test("DynamicConfigs.give changes nothing when it can't be kept", () => {
  const { configs, start, changes } = configsOf({}, {
    ...storedConfigs(),
    putConfigs: () => {
      throw new Error("no room");
    },
  });
  assert.throws(() => configs.give("1", of({ "log.retention.ms": "1" })), /no room/);
  assert.equal(configs.config, start);
  assert.deepEqual(changes, []);
});
