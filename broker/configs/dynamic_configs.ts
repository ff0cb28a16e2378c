/**
 * The broker's configuration as it is now: what it was started with, and on top of that what was given to it while it runs,
 * which is kept in the data directory.
 *
 * What must be true: `config` is what the layers add up to. What is refused has changed nothing; what is taken is on stable
 * storage first and then in force. Whoever wants the value of now asks `config` each time.
 * @module
 */
import type { Logger } from "../../storage/environment.ts";
import type { StoredConfigs } from "../../storage/topic_store.ts";
import type { BrokerConfig } from "../config.ts";
import { didYouMean } from "../../protocol/nearest_name.ts";
import { type Setting, settingProblem } from "../setting.ts";
import { brokerSettings, isBrokerSetting } from "../setting_definitions.ts";
import { reconfigured, SettingsError } from "../settings.ts";
import { type ConfigLayer, ConfigSource } from "./config_layers.ts";
import { isDynamicSetting } from "./dynamic_settings.ts";

/** In the catalog. */
const KIND = "broker";
/** The name of the settings that are given to all brokers at once. */
export const ALL_BROKERS = "";

type Configs = ReadonlyMap<string, string>;

const NONE: Configs = new Map();

interface Given {
  readonly ofBroker: Configs;
  readonly ofAllBrokers: Configs;
}

export interface DynamicConfigsOptions {
  /** What the broker was started with. */
  readonly start: BrokerConfig;
  readonly log: Logger;
  /** `config` has become another. */
  readonly onChange: (config: BrokerConfig) => void;
}

export class DynamicConfigs {
  readonly #options: DynamicConfigsOptions;
  readonly #static: ConfigLayer;
  #stored: StoredConfigs | undefined;
  #inForce: Given = { ofBroker: NONE, ofAllBrokers: NONE };
  #config: BrokerConfig;

  constructor(options: DynamicConfigsOptions) {
    const { start } = options;
    const nodeId = String(start.nodeId);
    this.#options = options;
    this.#config = start;
    this.#static = {
      source: ConfigSource.STATIC_BROKER,
      // The one number has two names, and the directory may have been given relative to where the broker was started.
      values: new Map(Object.entries({
        ...start.properties,
        "node.id": nodeId,
        "broker.id": nodeId,
        "log.dirs": start.dataDirectory,
      })),
    };
  }

  /** Takes in what an earlier broker was given. What this one can't take is left aside, and told. */
  load(stored: StoredConfigs): void {
    this.#stored = stored;
    const given = { ofBroker: this.given(this.#broker), ofAllBrokers: this.given(ALL_BROKERS) };
    const found = { ofBroker: possible(given.ofBroker), ofAllBrokers: possible(given.ofAllBrokers) };
    const problems = [...given.ofBroker, ...given.ofAllBrokers].flatMap((entry) =>
      entryProblem(...entry) ?? []
    );
    try {
      this.#config = this.#with(found);
      this.#inForce = found;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
    }
    if (problems.length === 0) return;
    this.#options.log(
      "warn",
      `of what was given to this broker while it ran not all is in force: ${problems.join("; ")}`,
    );
  }

  get config(): BrokerConfig {
    return this.#config;
  }

  /** The first counts. */
  get layers(): readonly ConfigLayer[] {
    return [
      { source: ConfigSource.DYNAMIC_BROKER, values: this.#inForce.ofBroker },
      { source: ConfigSource.DYNAMIC_DEFAULT_BROKER, values: this.#inForce.ofAllBrokers },
      this.#static,
    ];
  }

  /** What is kept for `name`: this broker's number, or {@link ALL_BROKERS}. */
  given(name: string): Configs {
    return this.#stored?.configsOf(KIND, name) ?? NONE;
  }

  /** Why `configs` can't be given; undefined if they can. */
  problem(name: string, configs: Configs): string | undefined {
    const problems = [...configs].flatMap(([name, value]) => entryProblem(name, value) ?? []);
    if (problems.length > 0) return problems.join("; ");
    try {
      this.#with(this.#after(name, configs));
    } catch (error) {
      if (error instanceof SettingsError) return error.problems.join("; ");
      throw error;
    }
  }

  /** Gives these settings, which have no problem, and no others. Throws LogError, and nothing has changed. */
  give(name: string, configs: Configs): void {
    const inForce = this.#after(name, configs);
    const config = this.#with(inForce);
    this.#stored!.putConfigs(KIND, name, configs);
    this.#inForce = inForce;
    this.#config = config;
    this.#options.onChange(config);
  }

  get #broker(): string {
    return String(this.#options.start.nodeId);
  }

  #after(name: string, configs: Configs): Given {
    return { ...this.#inForce, ...name === ALL_BROKERS ? { ofAllBrokers: configs } : { ofBroker: configs } };
  }

  #with({ ofBroker, ofAllBrokers }: Given): BrokerConfig {
    return reconfigured(this.#options.start, new Map([...ofAllBrokers, ...ofBroker]));
  }
}

/** What another version let change may be what this one does not. */
function possible(configs: Configs): Configs {
  return new Map([...configs].filter((entry) => entryProblem(...entry) === undefined));
}

function entryProblem(name: string, value: string): string | undefined {
  if (!isBrokerSetting(name)) {
    return `${name} is no setting of this broker${didYouMean(name, Object.keys(brokerSettings))}`;
  }
  const setting: Setting = brokerSettings[name];
  if (isDynamicSetting(name)) return settingProblem(name, setting, value);
  return setting.effect === "later"
    ? `${name} has no effect in this version`
    : `${name} can't be changed while the broker runs: set it where the broker is started, and restart it`;
}
