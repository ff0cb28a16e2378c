import assert from "node:assert/strict";
import facts from "../../tests/settings/kafka_settings_4_3.json" with { type: "json" };
import type { Setting } from "../setting.ts";
import { brokerSettings } from "../setting_definitions.ts";
import { isDynamicSetting } from "./dynamic_settings.ts";

/** Dynamic in Kafka, and not here: listeners are opened at the start, and the group coordinator reads its settings then. */
const OF_THE_START = [
  "listeners",
  "listener.security.protocol.map",
  "group.consumer.assignment.interval.ms",
];

Deno.test("isDynamicSetting is true of what Kafka can change while it runs, if it has a row and an effect here", () => {
  for (const [name, { effect }] of Object.entries<Setting>(brokerSettings)) {
    const isKafkas = facts.dynamic.includes(name) && !OF_THE_START.includes(name);
    assert.equal(isDynamicSetting(name), isKafkas && effect !== "later", name);
  }
  assert.ok(isDynamicSetting("log.retention.ms"));
  assert.ok(!isDynamicSetting("num.partitions"));
  assert.ok(!isDynamicSetting("no.such.setting"));
});
