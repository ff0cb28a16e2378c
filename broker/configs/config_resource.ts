/**
 * What has settings that clients may read and change: topics, brokers, groups. One look-up from the type and name of a request
 * to all that DescribeConfigs, AlterConfigs and IncrementalAlterConfigs need to know of it.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { LogError } from "../../storage/log_error.ts";
import type { Broker } from "../broker.ts";
import { logLevelNames, logLevelOf } from "../log_threshold.ts";
import { topicNameProblem } from "../metadata/topic_name.ts";
import { brokerSettings, isBrokerSetting } from "../setting_definitions.ts";
import type { Setting } from "../setting.ts";
import { isTopicSetting, parseTopicConfig, topicSettings } from "../topic_settings.ts";
import { brokerConfigEntries, clusterConfigEntries } from "./broker_entries.ts";
import type { ConfigEntry } from "./config_entry.ts";
import { ConfigSource } from "./config_layers.ts";
import { ALL_BROKERS } from "./dynamic_configs.ts";
import { topicConfigEntries } from "./topic_entries.ts";

/** Kafka's ConfigResource.Type. */
export const ResourceType = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const;

/** Why settings can't be told or changed. `code` is one of {@link ErrorCode}. */
export class ConfigRefusal extends Error {
  override readonly name = "ConfigRefusal";
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

const ROOT_LOGGER = "root";

type Configs = ReadonlyMap<string, string>;

export interface ConfigResource {
  /** What it has of its own now; nothing if there is no such thing. */
  readonly own: Configs;
  /** What it has can be changed one by one, and not be replaced: by IncrementalAlterConfigs alone. */
  readonly isChangedOnlyInPart?: boolean;
  /** Throws ConfigRefusal if there is no such thing. */
  entries(): ConfigEntry[];
  /** The definition of one of its settings. */
  setting(name: string): Setting | undefined;
  /** Throws ConfigRefusal unless it could have these of its own, and no others. */
  check(configs: Configs): void;
  /** Gives it what has been checked. Throws LogError if the disk would not. */
  give(configs: Configs): void;
}

/** Throws {@link ConfigRefusal} if there can't be such a thing. */
export function configResource(broker: Broker, type: number, name: string): ConfigResource {
  switch (type) {
    case ResourceType.TOPIC:
      return topicResource(broker, name);
    case ResourceType.BROKER:
      return brokerResource(broker, name);
    case ResourceType.GROUP:
      return groupResource(broker, name);
    case ResourceType.BROKER_LOGGER:
      return loggerResource(broker, name);
    case ResourceType.CLIENT_METRICS:
      return clientMetricsResource(name);
    default:
      throw invalid(
        `${type} is no type of resource here: 2 is a topic, 4 a broker, 8 a broker's loggers, 16 client metrics, 32 a group`,
      );
  }
}

function topicResource(broker: Broker, name: string): ConfigResource {
  const problem = topicNameProblem(name);
  if (problem !== undefined) throw new ConfigRefusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
  const topic = broker.topics.topic(name);
  const unknown = () =>
    new ConfigRefusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
  return {
    own: topic?.configs ?? new Map(),
    entries() {
      if (topic === undefined) throw unknown();
      return topicConfigEntries(topic.configs, broker.configs.layers);
    },
    setting: (name) => isTopicSetting(name) ? topicSettings[name] : undefined,
    check(configs) {
      const checked = parseTopicConfig(configs, broker.config);
      if ("problem" in checked) throw new ConfigRefusal(ErrorCode.INVALID_CONFIG, checked.problem);
      if (topic === undefined) throw unknown();
    },
    give: (configs) => void broker.topics.alterTopic(name, configs),
  };
}

function brokerResource(broker: Broker, name: string): ConfigResource {
  const { configs } = broker;
  if (name !== ALL_BROKERS) checkNodeId(broker, name);
  return {
    own: configs.given(name === ALL_BROKERS ? ALL_BROKERS : String(broker.nodeId)),
    entries: () =>
      name === ALL_BROKERS ? clusterConfigEntries(configs.layers) : brokerConfigEntries(configs.layers),
    setting: (name) => isBrokerSetting(name) ? brokerSettings[name] : undefined,
    check(given) {
      const problem = configs.problem(name, given);
      // Kafka's code for it, though its settings are well-formed.
      if (problem !== undefined) throw invalid(problem);
    },
    give: (given) => configs.give(name === ALL_BROKERS ? ALL_BROKERS : String(broker.nodeId), given),
  };
}

function groupResource({ groupConfigs, configs }: Broker, name: string): ConfigResource {
  if (name === "") throw invalid("a group's name must not be empty");
  return {
    own: groupConfigs.own(name),
    entries: () => groupConfigs.entries(name, configs.layers),
    setting: (name) => groupConfigs.setting(name),
    check(given) {
      const problem = groupConfigs.problem(given);
      if (problem !== undefined) throw new ConfigRefusal(ErrorCode.INVALID_CONFIG, problem);
    },
    give: (given) => groupConfigs.give(name, given),
  };
}

/** There is one log. Its level is not kept: the next start decides again. */
function loggerResource(broker: Broker, name: string): ConfigResource {
  if (name === "") throw invalid("name the broker whose loggers are meant by its number");
  checkNodeId(broker, name);
  const { logThreshold } = broker;
  return {
    own: new Map([[ROOT_LOGGER, logThreshold.level.toUpperCase()]]),
    isChangedOnlyInPart: true,
    entries: () => [{
      name: ROOT_LOGGER,
      value: logThreshold.level.toUpperCase(),
      readOnly: false,
      configSource: ConfigSource.DYNAMIC_BROKER_LOGGER,
      isSensitive: false,
      synonyms: [],
      configType: 0,
      documentation: "The least level of lines that are told.",
    }],
    setting() {
      throw invalid("a logger has one level, which can be set");
    },
    check(configs) {
      for (const [logger, level] of configs) {
        const problem = logger !== ROOT_LOGGER
          ? `there is no logger "${logger}": there is "${ROOT_LOGGER}"`
          : logLevelOf(level) === undefined
          ? `"${level}" is no level of a log: there are ${logLevelNames.join(", ")}`
          : undefined;
        if (problem !== undefined) throw new ConfigRefusal(ErrorCode.INVALID_CONFIG, problem);
      }
      if (!configs.has(ROOT_LOGGER)) throw invalid(`the logger "${ROOT_LOGGER}" must have a level`);
    },
    give: (configs) => void (logThreshold.level = logLevelOf(configs.get(ROOT_LOGGER)!)!),
  };
}

/** Telemetry of clients is not taken: a subscription would be one that nobody is told of. */
function clientMetricsResource(name: string): ConfigResource {
  if (name === "") throw invalid("a subscription of client metrics must have a name");
  const refuse = () => {
    throw invalid("this version takes no telemetry from clients, so nobody would be told of a subscription");
  };
  return { own: new Map(), entries: () => [], setting: refuse, check: refuse, give: refuse };
}

function checkNodeId({ nodeId }: Broker, name: string): void {
  if (!/^[+-]?\d+$/.test(name)) throw invalid(`a broker is named by its number, and "${name}" is none`);
  if (Number(name) !== nodeId) {
    throw invalid(`this is broker ${nodeId}, the only one here; asked for ${name}`);
  }
}

function invalid(message: string): ConfigRefusal {
  return new ConfigRefusal(ErrorCode.INVALID_REQUEST, message);
}

/** A refusal as an answer has it. Throws what is none. */
export function refusalOf(error: unknown): { readonly errorCode: number; readonly errorMessage: string } {
  if (!(error instanceof ConfigRefusal) && !(error instanceof LogError)) throw error;
  return { errorCode: error.code, errorMessage: error.message };
}
