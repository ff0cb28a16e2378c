/**
 * The settings of topics and brokers, what they are and where they come from, and changing them one by one.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { DescribeConfigsResponse } from "../../protocol/messages/32_describe_configs.ts";
import type { RequestOptions } from "../connection.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode, ResponseError } from "../response_error.ts";

/** What has settings. The broker "" stands for what is given to all brokers. */
export interface ConfigResource {
  readonly type: "topic" | "broker";
  readonly name: string;
}

const RESOURCE_TYPES = { topic: 2, broker: 4 } as const;

const SOURCES = [
  "UNKNOWN",
  "DYNAMIC_TOPIC_CONFIG",
  "DYNAMIC_BROKER_CONFIG",
  "DYNAMIC_DEFAULT_BROKER_CONFIG",
  "STATIC_BROKER_CONFIG",
  "DEFAULT_CONFIG",
  "DYNAMIC_BROKER_LOGGER_CONFIG",
  "DYNAMIC_CLIENT_METRICS_CONFIG",
  "DYNAMIC_GROUP_CONFIG",
] as const;

const TYPES = [
  "UNKNOWN",
  "BOOLEAN",
  "STRING",
  "INT",
  "SHORT",
  "LONG",
  "DOUBLE",
  "LIST",
  "CLASS",
  "PASSWORD",
] as const;

const OPERATIONS = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

export type ConfigSource = typeof SOURCES[number];
export type ConfigType = typeof TYPES[number];
export type ConfigOperation = keyof typeof OPERATIONS;

export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: ConfigSource;
}

export interface Config {
  readonly name: string;
  /** null: it has none, or it is a secret. */
  readonly value: string | null;
  readonly isReadOnly: boolean;
  readonly isSensitive: boolean;
  readonly source: ConfigSource;
  readonly type: ConfigType;
  /** All that say something, the strongest first. */
  readonly synonyms: readonly ConfigSynonym[];
  /** Only if it was asked for. */
  readonly documentation: string | null;
}

export interface ConfigChange {
  readonly name: string;
  readonly operation: ConfigOperation;
  readonly value: string | null;
}

export interface DescribeConfigsOptions {
  /** Only these settings. */
  readonly names?: readonly string[];
  readonly withDocumentation?: boolean;
}

/** The settings of each, in the order of `resources`; all topics or the same broker. A ResponseError stands for what has none. */
export async function describeConfigs(
  cluster: Cluster,
  resources: readonly ConfigResource[],
  options: DescribeConfigsOptions = {},
): Promise<(Config[] | ResponseError)[]> {
  if (resources.length === 0) return [];
  const { results } = await askAbout(cluster, resources[0]!, api.DescribeConfigs, {
    resources: resources.map(({ type, name }) => ({
      resourceType: RESOURCE_TYPES[type],
      resourceName: name,
      configurationKeys: options.names === undefined ? null : [...options.names],
    })),
    includeSynonyms: true,
    includeDocumentation: options.withDocumentation ?? false,
  });
  const found = new Map(results.map((result) => [result.resourceName, result]));
  return resources.map(({ type, name }) => {
    const result = found.get(name);
    if (result?.errorCode === ErrorCode.NONE) return result.configs.map(shaped);
    const code = result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
    return new ResponseError(code, `describe the configs of ${type} ${name}`, result?.errorMessage);
  });
}

/** The settings of one, by name. Throws a ResponseError. */
export async function describeConfigsOf(
  cluster: Cluster,
  resource: ConfigResource,
  options: DescribeConfigsOptions = {},
): Promise<Config[]> {
  const [configs] = await describeConfigs(cluster, [resource], options);
  if (configs instanceof ResponseError) throw configs;
  return configs!.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** All or none of the changes. Throws a ResponseError. */
export async function alterConfigs(
  cluster: Cluster,
  resource: ConfigResource,
  changes: readonly ConfigChange[],
  options: { readonly validateOnly?: boolean } = {},
): Promise<void> {
  const { type, name } = resource;
  const { responses } = await askAbout(cluster, resource, api.IncrementalAlterConfigs, {
    resources: [{
      resourceType: RESOURCE_TYPES[type],
      resourceName: name,
      configs: changes.map(({ name, operation, value }) => ({
        name,
        configOperation: OPERATIONS[operation],
        value,
      })),
    }],
    validateOnly: options.validateOnly ?? false,
  });
  const answer = responses[0];
  checkCode(
    answer?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    `alter the configs of ${type === "broker" && name === "" ? "all brokers" : `${type} ${name}`}`,
    answer?.errorMessage,
  );
}

/** A broker's own settings are known and checked by that broker only. */
function askAbout<Body, Answer>(
  cluster: Cluster,
  { type, name }: ConfigResource,
  asked: Parameters<typeof cluster.ask<Body, Answer>>[0],
  body: Body,
  options?: RequestOptions,
): Promise<Answer> {
  return type === "broker" && name !== ""
    ? cluster.askBroker(Number(name), asked, body, options)
    : cluster.ask(asked, body, options);
}

function shaped(config: DescribeConfigsResponse["results"][number]["configs"][number]): Config {
  const { name, value, readOnly, isSensitive, documentation } = config;
  return {
    name,
    value,
    isReadOnly: readOnly,
    isSensitive,
    source: SOURCES[config.configSource] ?? "UNKNOWN",
    type: TYPES[config.configType] ?? "UNKNOWN",
    synonyms: config.synonyms.map(({ name, value, source }) => ({
      name,
      value,
      source: SOURCES[source] ?? "UNKNOWN",
    })),
    documentation,
  };
}
