/**
 * All settings of a topic as they are in force, with where each comes from: what CreateTopics and DescribeConfigs tell.
 * @module
 */
import type { Setting } from "../setting.ts";
import { brokerSettings } from "../setting_definitions.ts";
import {
  type Synonym,
  type TopicSettingName,
  topicSettings,
  topicSettingSynonyms,
} from "../topic_settings.ts";
import { type ConfigEntry, configEntry } from "./config_entry.ts";
import { type ConfigLayer, ConfigSource, type ConfigSynonym } from "./config_layers.ts";

/** Every topic setting there is, for a topic that has `own` of its own. */
export function topicConfigEntries(
  own: ReadonlyMap<string, string>,
  layers: readonly ConfigLayer[],
): ConfigEntry[] {
  const names = Object.keys(topicSettings) as TopicSettingName[];
  return names.map((name) => {
    const definition: Setting = topicSettings[name];
    const found = inForce(name, own, layers);
    return configEntry({
      name,
      definition,
      value: found.length > 0 ? found[0]!.inForce : definition.default,
      synonyms: found.map(({ synonym }) => synonym),
      readOnly: false,
    });
  });
}

interface Found {
  readonly synonym: ConfigSynonym;
  /** What it means for the topic, in its unit. */
  readonly inForce: string;
}

/** All that could count, what does count in front. */
function inForce(
  name: TopicSettingName,
  own: ReadonlyMap<string, string>,
  layers: readonly ConfigLayer[],
): Found[] {
  const found: Found[] = [];
  const given = own.get(name);
  if (given !== undefined) {
    found.push({ synonym: { name, value: given, source: ConfigSource.TOPIC }, inForce: given });
  }
  const synonyms = topicSettingSynonyms[name] ?? [];
  const note = ({ name, times }: Synonym, value: string | null | undefined, source: number) => {
    if (value === undefined || value === null) return;
    found.push({ synonym: { name, value, source }, inForce: inUnit(value, times) });
  };
  for (const { source, values } of layers) {
    for (const synonym of synonyms) note(synonym, values.get(synonym.name), source);
  }
  for (const synonym of synonyms) note(synonym, brokerSettings[synonym.name].default, ConfigSource.DEFAULT);
  return found;
}

/** Negative hours or minutes are "never", which has one number in milliseconds. */
function inUnit(value: string, times: number): string {
  if (times === 1) return value;
  return Number(value) < 0 ? "-1" : String(Number(value) * times);
}
