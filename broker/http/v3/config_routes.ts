/**
 * The settings of topics, of brokers, and of all brokers at once, in the shapes of the v3 API. The three have the same five
 * routes.
 * @module
 */
import type { Context } from "hono";
import * as v from "valibot";
import {
  alterConfigs,
  type Config,
  type ConfigChange,
  type ConfigResource,
  describeConfigs,
  describeConfigsOf,
} from "../../../client/admin/configs.ts";
import { listTopics } from "../../../client/admin/topics.ts";
import { ResponseError } from "../../../client/response_error.ts";
import type { Cluster } from "../../../client/cluster.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import { readJsonBody } from "../json_body.ts";
import { flag, readQuery } from "../parameter.ts";
import { brokerOf, topicOf } from "../path_parameters.ts";
import { json, type Route, type Services, type Tag } from "../route.ts";
import { checkBroker } from "./broker_resource.ts";
import { pageOf, pageParameters } from "./page.ts";
import { id, Resource, type ResourceJson } from "./resource.ts";
import type { Scope } from "./scope.ts";
import { answered, jsonBody, NO_CONTENT, v3Route } from "./v3_route.ts";

const parameters = { documentation: flag("also what each setting is for, if the broker tells") };

const synonym = v.pipe(
  v.strictObject({ name: v.string(), value: v.nullable(v.string()), source: v.string() }),
  v.title("ConfigSynonym"),
);

const common = {
  name: v.string(),
  value: v.nullable(v.string()),
  is_default: v.boolean(),
  is_read_only: v.boolean(),
  is_sensitive: v.boolean(),
  source: v.string(),
  synonyms: v.array(synonym),
  /** BOOLEAN, INT, LONG, LIST, … */
  type: v.string(),
  documentation: v.optional(v.nullable(v.string())),
};

const kafkaTopicConfig = new Resource("KafkaTopicConfig", { topic_name: v.string(), ...common });
const kafkaBrokerConfig = new Resource("KafkaBrokerConfig", { broker_id: id, ...common });
const kafkaClusterConfig = new Resource("KafkaClusterConfig", {
  config_type: v.literal("BROKER"),
  ...common,
});

const newValue = v.pipe(v.strictObject({ value: v.string() }), v.title("NewConfigValue"));

const changes = v.pipe(
  v.strictObject({
    data: v.array(v.strictObject({
      name: v.string(),
      value: v.optional(v.nullable(v.string())),
      operation: v.optional(v.nullable(v.picklist(["SET", "DELETE", "APPEND", "SUBTRACT"]))),
    })),
    validate_only: v.optional(v.boolean()),
  }),
  v.title("ConfigChanges"),
);

/** What has settings, and how they stand in JSON. */
interface Owner {
  readonly resource: ConfigResource;
  shape(scope: Scope, config: Config): ResourceJson;
}

/** One of the three kinds of owners. */
interface OwnerKind {
  /** Of its list of settings, in the cluster. */
  readonly path: string;
  readonly tag: Tag;
  /** "a topic" */
  readonly noun: string;
  readonly example: string;
  readonly body: { readonly name: string; readonly value: string };
  readonly schema: v.GenericSchema;
  readonly listSchema: v.GenericSchema;
  list(url: string, data: readonly ResourceJson[]): Response;
  /** The one that the path names. Throws an ApiError 404. */
  ownerOf(context: Context, cluster: Cluster): Owner | Promise<Owner>;
}

const topics: OwnerKind = {
  path: "/topics/{topic}/configs",
  tag: "topics",
  noun: "a topic",
  example: "/topics/orders/configs",
  body: { name: "retention.ms", value: "604800000" },
  schema: kafkaTopicConfig.schema,
  listSchema: kafkaTopicConfig.listSchema,
  list: (url, data) => kafkaTopicConfig.list(url, data),
  ownerOf: (context) => topicOwner(topicOf(context)),
};

const brokers: OwnerKind = {
  path: "/brokers/{broker}/configs",
  tag: "cluster",
  noun: "a broker",
  example: "/brokers/1/configs",
  body: { name: "log.cleaner.threads", value: "2" },
  schema: kafkaBrokerConfig.schema,
  listSchema: kafkaBrokerConfig.listSchema,
  list: (url, data) => kafkaBrokerConfig.list(url, data),
  async ownerOf(context, cluster) {
    const broker = brokerOf(context);
    await checkBroker(cluster, broker);
    return {
      resource: { type: "broker", name: String(broker) },
      shape: (scope, config) =>
        kafkaBrokerConfig.at(
          scope,
          scope.link("brokers", broker, "configs", config.name),
          `broker=${broker}/config=${config.name}`,
          { broker_id: broker, ...fieldsOf(config) },
        ),
    };
  },
};

const allBrokers: OwnerKind = {
  path: "/broker-configs",
  tag: "cluster",
  noun: "all brokers, given to them while they run",
  example: "/broker-configs",
  body: { name: "log.cleaner.threads", value: "2" },
  schema: kafkaClusterConfig.schema,
  listSchema: kafkaClusterConfig.listSchema,
  list: (url, data) => kafkaClusterConfig.list(url, data),
  ownerOf: () => ({
    resource: { type: "broker", name: "" },
    shape: (scope, config) =>
      kafkaClusterConfig.at(
        scope,
        scope.link("broker-configs", config.name),
        `broker-config=${config.name}`,
        { config_type: "BROKER", ...fieldsOf(config) },
      ),
  }),
};

export const configRoutes: readonly Route[] = [
  v3Route({
    method: "GET",
    path: "/topics/-/configs",
    tag: "topics",
    summary: "the settings of all topics",
    query: pageParameters,
    description: "`page_size` counts topics.",
    answers: { 200: answered("Settings by topic.", kafkaTopicConfig.listSchema) },
    handle: listOfAllTopics,
  }),
  ...routesOf(topics),
  ...routesOf(brokers),
  ...routesOf(allBrokers),
];

function routesOf(kind: OwnerKind): Route[] {
  const { path, tag, noun, body } = kind;
  const url = `HOST/v3/clusters/$CLUSTER${kind.example}`;
  const change = JSON.stringify({ data: [body, { name: body.name, operation: "DELETE" }].slice(0, 1) });
  return [
    v3Route({
      method: "GET",
      path,
      tag,
      summary: `the settings of ${noun}`,
      example: url,
      query: parameters,
      answers: { 200: answered("Settings by name.", kind.listSchema) },
      async handle(scope, context, { gateway: { cluster } }) {
        const { documentation } = readQuery(context.req.url, parameters);
        const owner = await kind.ownerOf(context, cluster);
        const configs = await describeConfigsOf(cluster, owner.resource, {
          withDocumentation: documentation,
        });
        return kind.list(context.req.url, configs.map((config) => owner.shape(scope, config)));
      },
    }),
    v3Route({
      method: "POST",
      path: `${path}:alter`,
      tag,
      summary: `change several settings of ${noun}: all or none`,
      description:
        "`operation` is SET unless it says DELETE (back to the default), APPEND or SUBTRACT (of lists).",
      example: `${url}:alter -d '${change}'`,
      body: jsonBody(changes, "What to change.", JSON.parse(change)),
      answers: { 204: NO_CONTENT },
      handle: (scope, context, services) => alterMany(kind, scope, context, services),
    }),
    v3Route({
      method: "GET",
      path: `${path}/{config}`,
      tag,
      summary: `one setting of ${noun}`,
      query: parameters,
      answers: { 200: answered("The setting.", kind.schema) },
      async handle(scope, context, { gateway: { cluster } }) {
        const { documentation } = readQuery(context.req.url, parameters);
        const owner = await kind.ownerOf(context, cluster);
        const name = configOf(context);
        const [config] = await describeConfigsOf(cluster, owner.resource, {
          names: [name],
          withDocumentation: documentation,
        });
        if (config === undefined) throw noSuchConfig(name, noun);
        return json(owner.shape(scope, config));
      },
    }),
    v3Route({
      method: "PUT",
      path: `${path}/{config}`,
      tag,
      summary: `change a setting of ${noun}`,
      body: jsonBody(newValue, "The new value, as text.", { value: body.value }),
      answers: { 204: NO_CONTENT },
      async handle(_scope, context, services) {
        const { value } = await readJsonBody(context.req.raw, services.body, newValue);
        const change: ConfigChange = { name: configOf(context), operation: "SET", value };
        return await alter(kind, context, services, [change]);
      },
    }),
    v3Route({
      method: "DELETE",
      path: `${path}/{config}`,
      tag,
      summary: `set a setting of ${noun} back to what it would be without`,
      answers: { 204: NO_CONTENT },
      handle: (_scope, context, services) =>
        alter(kind, context, services, [{ name: configOf(context), operation: "DELETE", value: null }]),
    }),
  ];
}

async function alterMany(
  kind: OwnerKind,
  _scope: Scope,
  context: Context,
  services: Services,
): Promise<Response> {
  const { data, validate_only } = await readJsonBody(context.req.raw, services.body, changes);
  const wanted = data.map(({ name, value, operation }): ConfigChange => ({
    name,
    operation: operation ?? "SET",
    value: value ?? null,
  }));
  return await alter(kind, context, services, wanted, validate_only);
}

async function alter(
  kind: OwnerKind,
  context: Context,
  { gateway: { cluster } }: Services,
  changes: readonly ConfigChange[],
  validateOnly = false,
): Promise<Response> {
  const { resource } = await kind.ownerOf(context, cluster);
  await alterConfigs(cluster, resource, changes, { validateOnly });
  return new Response(null, { status: 204 });
}

async function listOfAllTopics(
  scope: Scope,
  { req }: Context,
  { gateway: { cluster } }: Services,
): Promise<Response> {
  const { items, next } = pageOf(
    await listTopics(cluster),
    readQuery(req.url, pageParameters),
    ({ name }) => name,
  );
  const owners = items.map(({ name }) => topicOwner(name));
  const answers = await describeConfigs(cluster, owners.map(({ resource }) => resource));
  const data = owners.flatMap(({ shape }, i) => {
    const configs = answers[i]!;
    // A topic that has just been deleted has none.
    return configs instanceof ResponseError ? [] : configs.map((config) => shape(scope, config));
  });
  return kafkaTopicConfig.list(req.url, data, next);
}

function topicOwner(topic: string): Owner {
  return {
    resource: { type: "topic", name: topic },
    shape: (scope, config) =>
      kafkaTopicConfig.at(
        scope,
        scope.link("topics", topic, "configs", config.name),
        `topic=${topic}/config=${config.name}`,
        { topic_name: topic, ...fieldsOf(config) },
      ),
  };
}

function fieldsOf(config: Config) {
  return {
    name: config.name,
    value: config.value,
    is_default: config.source === "DEFAULT_CONFIG",
    is_read_only: config.isReadOnly,
    is_sensitive: config.isSensitive,
    source: config.source,
    synonyms: [...config.synonyms],
    type: config.type,
    ...(config.documentation === null ? {} : { documentation: config.documentation }),
  };
}

function configOf(context: Context): string {
  return context.req.param("config") ?? "";
}

function noSuchConfig(name: string, noun: string): ApiError {
  return new ApiError(
    404,
    ApiErrorCode.NO_SUCH_CONFIG,
    `There is no setting ${JSON.stringify(name.slice(0, 100))} of ${noun}.`,
  );
}
