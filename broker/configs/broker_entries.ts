/**
 * The broker's settings as they are in force, with where each comes from: what DescribeConfigs tells of a broker.
 * @module
 */
import type { Setting } from "../setting.ts";
import { brokerSettings, isBrokerSetting } from "../setting_definitions.ts";
import { topicSettingSynonyms } from "../topic_settings.ts";
import { type ConfigEntry, configEntry } from "./config_entry.ts";
import { type ConfigLayer, ConfigSource, type ConfigSynonym } from "./config_layers.ts";
import { isDynamicSetting } from "./dynamic_settings.ts";

/** Every setting that this broker knows. */
export function brokerConfigEntries(layers: readonly ConfigLayer[]): ConfigEntry[] {
  return Object.keys(brokerSettings).map((name) => entryOf(name, layers, withDefaults(name, layers)));
}

/** What was given to all brokers at once, and nothing else. */
export function clusterConfigEntries(layers: readonly ConfigLayer[]): ConfigEntry[] {
  const [layer] = layers.filter(({ source }) => source === ConfigSource.DYNAMIC_DEFAULT_BROKER);
  const names = [...layer?.values.keys() ?? []].filter(isBrokerSetting);
  return names.map((name) => entryOf(name, [layer!], synonymsIn([layer!], [name])));
}

function entryOf(
  name: string,
  layers: readonly ConfigLayer[],
  synonyms: readonly ConfigSynonym[],
): ConfigEntry {
  const definition: Setting = brokerSettings[name as keyof typeof brokerSettings];
  const given = layers.find(({ values }) => values.has(name))?.values.get(name);
  const readOnly = !isDynamicSetting(name);
  return configEntry({ name, definition, value: given ?? definition.default, synonyms, readOnly });
}

/** Under its own name first: a value in hours is none of a setting in milliseconds, though it may count in its stead. */
function withDefaults(name: string, layers: readonly ConfigLayer[]): ConfigSynonym[] {
  const names = unitsOf(name);
  const defaults = new Map(
    names.flatMap((name) => {
      const value = (brokerSettings[name as keyof typeof brokerSettings] as Setting).default;
      return value === null ? [] : [[name, value] as const];
    }),
  );
  const found = synonymsIn([...layers, { source: ConfigSource.DEFAULT, values: defaults }], names);
  const own = found.findIndex((synonym) => synonym.name === name);
  return own < 0 ? [] : found.slice(own);
}

function synonymsIn(layers: readonly ConfigLayer[], names: readonly string[]): ConfigSynonym[] {
  return layers.flatMap(({ source, values }) =>
    names.flatMap((name) => {
      const value = values.get(name);
      return value === undefined ? [] : [{ name, value, source }];
    })
  );
}

/** The names of one setting in all its units: log.roll.ms and log.roll.hours. */
function unitsOf(name: string): readonly string[] {
  for (const synonyms of Object.values(topicSettingSynonyms)) {
    if (synonyms.some((synonym) => synonym.name === name)) return synonyms.map((synonym) => synonym.name);
  }
  return [name];
}
