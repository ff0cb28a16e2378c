/**
 * A setting as DescribeConfigs and CreateTopics tell it.
 * @module
 */
import type { Setting, SettingType } from "../setting.ts";
import { ConfigSource, type ConfigSynonym } from "./config_layers.ts";

/** Kafka's DescribeConfigsResponse.ConfigType. */
const typeNumbers: Readonly<Record<SettingType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

export interface ConfigEntry {
  readonly name: string;
  /** In the form of a properties file; null: no value, or none of anybody's business. */
  readonly value: string | null;
  readonly readOnly: boolean;
  /** One of {@link ConfigSource}. */
  readonly configSource: number;
  readonly isSensitive: boolean;
  /** What it is taken from, the first that counts in front. */
  readonly synonyms: readonly ConfigSynonym[];
  readonly configType: number;
  readonly documentation: string;
}

export interface FoundConfig {
  readonly name: string;
  readonly definition: Setting;
  readonly value: string | null;
  readonly synonyms: readonly ConfigSynonym[];
  /** Whether it can't be changed while the broker runs. */
  readonly readOnly: boolean;
}

export function configEntry({ name, definition, value, synonyms, readOnly }: FoundConfig): ConfigEntry {
  const isSensitive = definition.type === "password";
  return {
    name,
    value: isSensitive ? null : value,
    readOnly,
    configSource: synonyms[0]?.source ?? ConfigSource.DEFAULT,
    isSensitive,
    synonyms: isSensitive ? synonyms.map((synonym) => ({ ...synonym, value: null })) : synonyms,
    configType: typeNumbers[definition.type],
    documentation: definition.documentation,
  };
}
