/** Holds the tables of settings against Kafka's own, as its classes print them. */
import { deepEqual, equal, ok } from "node:assert/strict";
import facts from "../tests/settings/kafka_settings_4_3.json" with { type: "json" };
import { defaultValue, type Setting } from "./setting.ts";
import { brokerSettings } from "./setting_definitions.ts";
import { settingFamily } from "./setting_families.ts";
import { topicSettings, topicSettingSynonyms } from "./topic_settings.ts";

type Fact = readonly [name: string, type: string, value: string | null, range: string];

const brokerTable: Readonly<Record<string, Setting>> = brokerSettings;
const topicTable: Readonly<Record<string, Setting>> = topicSettings;
const own =
  /^(milena\.|bootstrap\.servers$|cluster\.id$|http\.|log\.write\.mode$|replication\.factor\.clamp$)/;

function parsed(setting: Setting, text: string | null): unknown {
  if (text === null) return null;
  const parsed = setting.parse(text);
  return "problem" in parsed ? parsed : parsed.value;
}

function compare(setting: Setting, [name, type, value, range]: Fact): void {
  equal(setting.type, type, `${name}: type`);
  const kafkas = setting.kafkaDefault === undefined ? setting.default : setting.kafkaDefault;
  deepEqual(parsed(setting, kafkas), parsed(setting, value), `${name}: default`);
  for (const [, edge] of range.matchAll(/^\[(-?\d+),\.\.\./g)) {
    ok("value" in setting.parse(edge!), `${name}: ${edge} is the least`);
    ok("problem" in setting.parse(String(Number(edge) - 1)), `${name}: ${Number(edge) - 1} is too little`);
  }
  for (const [, edge] of range.matchAll(/,\.\.\.,(-?\d+)\]/g)) {
    ok("value" in setting.parse(edge!), `${name}: ${edge} is the most`);
    ok("problem" in setting.parse(String(Number(edge) + 1)), `${name}: ${Number(edge) + 1} is too much`);
  }
}

Deno.test("topicSettings has exactly the topic settings of Kafka 4.3, with its types, defaults and ranges", () => {
  const kafkas = facts.topic as unknown as Fact[];
  deepEqual(Object.keys(topicTable).sort(), kafkas.map(([name]) => name).sort());
  for (const fact of kafkas) compare(topicTable[fact[0]]!, fact);
});

Deno.test("brokerSettings has Kafka's types, defaults and ranges, and says where its defaults are its own", () => {
  const kafkas = new Map((facts.broker as unknown as Fact[]).map((fact) => [fact[0], fact]));
  for (const [name, setting] of Object.entries(brokerTable)) {
    if (own.test(name)) continue;
    const fact = kafkas.get(name);
    ok(fact, `${name} is no setting of Kafka 4.3`);
    compare(setting, fact);
  }
});

Deno.test("brokerSettings and settingFamily together know every broker setting of Kafka 4.3", () => {
  const unknown = (facts.broker as unknown as Fact[]).map(([name]) => name)
    .filter((name) => !Object.hasOwn(brokerTable, name) && settingFamily(name) === undefined);
  deepEqual(unknown, []);
});

Deno.test("topicSettingSynonyms has Kafka's synonyms in Kafka's order", () => {
  const { "flush.ms": flush, ...kafkas } = facts.synonyms;
  const { "flush.ms": ourFlush, ...ours } = topicSettingSynonyms;
  deepEqual(
    Object.fromEntries(
      Object.entries(ours).map(([name, list]) => [name, list.map((synonym) => synonym.name)]),
    ),
    kafkas,
  );
  // log.flush.interval.ms has no default in Kafka, where the scheduler's interval then stands in; here it has one.
  deepEqual(flush, ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"]);
  deepEqual(ourFlush?.map((synonym) => synonym.name), ["log.flush.interval.ms"]);
});

Deno.test("topicSettings has the same defaults as the broker settings that stand in for them", () => {
  for (const [name, synonyms] of Object.entries(topicSettingSynonyms)) {
    const defaults = synonyms.map((synonym) => ({
      value: defaultValue(brokerTable[synonym.name]!),
      times: synonym.times,
    }));
    const first = defaults.find(({ value }) => value !== null)!;
    const value = typeof first.value === "number" && first.times !== 1
      ? first.value * first.times
      : first.value;
    deepEqual(defaultValue(topicTable[name]!), value, name);
  }
});

Deno.test("every setting says what it does in a sentence", () => {
  for (const [name, setting] of [...Object.entries(brokerTable), ...Object.entries(topicTable)]) {
    ok(/^\S.*[.)]$/.test(setting.documentation), `${name}: ${setting.documentation}`);
  }
});
