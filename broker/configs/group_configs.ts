/**
 * Settings of consumer groups of the new protocol (KIP-1043's group configs): what one group has in place of the broker's
 * `group.consumer.…`. Kept in the data directory by group id, whether there is such a group or not.
 * @module
 */
import type { StoredConfigs } from "../../storage/topic_store.ts";
import type { ConsumerGroupConfig } from "../config.ts";
import { didYouMean } from "../../protocol/nearest_name.ts";
import { anything, atLeast, int, type Setting, settingProblem } from "../setting.ts";
import { brokerSettings } from "../setting_definitions.ts";
import { type ConfigEntry, configEntry } from "./config_entry.ts";
import { type ConfigLayer, ConfigSource, type ConfigSynonym } from "./config_layers.ts";

/** In the catalog. */
const KIND = "group";

const SESSION = "consumer.session.timeout.ms";
const HEARTBEAT = "consumer.heartbeat.interval.ms";

export const groupSettings = {
  [SESSION]: int(45_000, atLeast(1), "Silence after which a member of the group is out."),
  [HEARTBEAT]: int(5000, anything, "How often members of the group report."),
};

type GroupSettingName = keyof typeof groupSettings;

const synonyms = {
  [SESSION]: "group.consumer.session.timeout.ms",
  [HEARTBEAT]: "group.consumer.heartbeat.interval.ms",
} as const;

type Configs = ReadonlyMap<string, string>;

export class GroupConfigs {
  readonly #stored: StoredConfigs;
  readonly #broker: () => ConsumerGroupConfig;

  /** `broker`: what groups have that have nothing of their own. */
  constructor(stored: StoredConfigs, broker: () => ConsumerGroupConfig) {
    this.#stored = stored;
    this.#broker = broker;
  }

  /** What holds for a group: the coordinator asks when it needs it, as it may be another by the next time. */
  configOf(groupId: string): ConsumerGroupConfig {
    const broker = this.#broker();
    const own = this.own(groupId);
    if (own.size === 0) return broker;
    const session = valueOf(own, SESSION);
    const heartbeat = valueOf(own, HEARTBEAT);
    const { minSessionTimeoutMs, maxSessionTimeoutMs, minHeartbeatIntervalMs, maxHeartbeatIntervalMs } =
      broker;
    // The broker's bounds may be others than when it was given.
    return {
      ...broker,
      ...session === undefined
        ? {}
        : { sessionTimeoutMs: within(session, minSessionTimeoutMs, maxSessionTimeoutMs) },
      ...heartbeat === undefined
        ? {}
        : { heartbeatIntervalMs: within(heartbeat, minHeartbeatIntervalMs, maxHeartbeatIntervalMs) },
    };
  }

  own(groupId: string): Configs {
    return this.#stored.configsOf(KIND, groupId);
  }

  /** Groups that have settings of their own. */
  get groupIds(): string[] {
    return this.#stored.namesOf(KIND);
  }

  setting(name: string): Setting | undefined {
    return Object.hasOwn(groupSettings, name) ? groupSettings[name as GroupSettingName] : undefined;
  }

  /** Why a group can't be given `configs`; undefined if it can. */
  problem(configs: Configs): string | undefined {
    const problems = [...configs].flatMap(([name, value]) => entryProblem(name, value) ?? []);
    if (problems.length === 0) problems.push(...this.#boundsProblems(configs));
    return problems.length > 0 ? problems.join("; ") : undefined;
  }

  /** Gives a group these settings, which have no problem, and no others. Throws LogError, and nothing has changed. */
  give(groupId: string, configs: Configs): void {
    this.#stored.putConfigs(KIND, groupId, configs);
  }

  entries(groupId: string, layers: readonly ConfigLayer[]): ConfigEntry[] {
    const own = this.own(groupId);
    return (Object.keys(groupSettings) as GroupSettingName[]).map((name) => {
      const found = synonymsOf(name, own, layers);
      return configEntry({
        name,
        definition: groupSettings[name],
        value: found[0]!.value,
        synonyms: found,
        readOnly: false,
      });
    });
  }

  #boundsProblems(configs: Configs): string[] {
    const broker = this.#broker();
    const session = valueOf(configs, SESSION);
    const heartbeat = valueOf(configs, HEARTBEAT);
    const problems: string[] = [];
    const bound = (name: string, value: number | undefined, least: number, most: number) => {
      if (value === undefined || (value >= least && value <= most)) return;
      problems.push(
        `${name} is ${value}, but this broker allows ${least} to ${most} (group.consumer.min. and max.…)`,
      );
    };
    bound(SESSION, session, broker.minSessionTimeoutMs, broker.maxSessionTimeoutMs);
    bound(HEARTBEAT, heartbeat, broker.minHeartbeatIntervalMs, broker.maxHeartbeatIntervalMs);
    const sessionMs = session ?? broker.sessionTimeoutMs;
    const heartbeatMs = heartbeat ?? broker.heartbeatIntervalMs;
    if (problems.length === 0 && heartbeatMs >= sessionMs) {
      problems.push(
        `${HEARTBEAT} is ${heartbeatMs}, but must be less than ${SESSION}, which is ${sessionMs}`,
      );
    }
    return problems;
  }
}

function synonymsOf(name: GroupSettingName, own: Configs, layers: readonly ConfigLayer[]): ConfigSynonym[] {
  const found: ConfigSynonym[] = [];
  const note = (name: string, value: string | null | undefined, source: number) => {
    if (value !== undefined && value !== null) found.push({ name, value, source });
  };
  note(name, own.get(name), ConfigSource.GROUP);
  const synonym = synonyms[name];
  for (const { source, values } of layers) note(synonym, values.get(synonym), source);
  note(synonym, brokerSettings[synonym].default, ConfigSource.DEFAULT);
  return found;
}

function entryProblem(name: string, value: string): string | undefined {
  if (!Object.hasOwn(groupSettings, name)) {
    return `${name} is no setting of a group in this version${didYouMean(name, Object.keys(groupSettings))}`;
  }
  return settingProblem(name, groupSettings[name as GroupSettingName], value);
}

function valueOf(configs: Configs, name: GroupSettingName): number | undefined {
  const text = configs.get(name);
  const parsed = text === undefined ? undefined : (groupSettings[name] as Setting<number>).parse(text);
  return parsed !== undefined && "value" in parsed ? parsed.value : undefined;
}

function within(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
