/**
 * All settings of a topic as they are in force, with where each comes from: what CreateTopics and DescribeConfigs tell.
 * @module
 */
import type { BrokerConfig } from "../config.ts";
import { type TopicSettingName, topicSettings, topicSettingSynonyms } from "../topic_settings.ts";

/** Kafka's DescribeConfigsResponse.ConfigSource. */
export const ConfigSource = {
  TOPIC: 1,
  STATIC_BROKER: 4,
  DEFAULT: 5,
} as const;

export interface TopicConfigEntry {
  readonly name: string;
  /** In the form of a properties file; null: no value. */
  readonly value: string | null;
  readonly readOnly: boolean;
  readonly configSource: number;
  readonly isSensitive: boolean;
}

/** Every topic setting there is, for a topic that has `own` of its own. */
export function topicConfigEntries(
  own: ReadonlyMap<string, string>,
  { properties }: Pick<BrokerConfig, "properties">,
): TopicConfigEntry[] {
  const names = Object.keys(topicSettings) as TopicSettingName[];
  return names.map((name) => {
    const { value, configSource } = inForce(name, own, properties);
    return { name, value, readOnly: false, configSource, isSensitive: false };
  });
}

/** Negative hours or minutes are "never", which has one number in milliseconds. */
function inUnit(value: string, times: number): string {
  if (times === 1) return value;
  return Number(value) < 0 ? "-1" : String(Number(value) * times);
}

function inForce(
  name: TopicSettingName,
  own: ReadonlyMap<string, string>,
  properties: BrokerConfig["properties"],
): Pick<TopicConfigEntry, "value" | "configSource"> {
  const given = own.get(name);
  if (given !== undefined) return { value: given, configSource: ConfigSource.TOPIC };
  for (const { name: synonym, times } of topicSettingSynonyms[name] ?? []) {
    const value = properties[synonym];
    if (value === undefined) continue;
    return { value: inUnit(value, times), configSource: ConfigSource.STATIC_BROKER };
  }
  return { value: topicSettings[name].default, configSource: ConfigSource.DEFAULT };
}
