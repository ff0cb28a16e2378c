/**
 * DescribeConfigs (key 32): the settings of topics, brokers and others, and where they come from (KIP-133, KIP-226).
 *
 * `resourceType`: 2 a topic, 4 a broker, 8 a broker's loggers, 16 client metrics, 32 a group. `configSource`: 1 the topic's own,
 * 2 given to the broker while it runs, 3 to all brokers, 4 given at its start, 5 the default, 6 a logger, 7 client metrics,
 * 8 the group's own. `configType`: 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password.
 *
 * Versions. Request and response have the same number.
 *  - 1: synonyms, and the source instead of a mark on defaults (KIP-226)
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: type and documentation (KIP-569)
 *  - 4: flexible (KIP-482)
 *
 * 0 is gone with Kafka 4 (KIP-896).
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const DescribeConfigsRequest = message({
  name: "DescribeConfigsRequest",
  apiKey: 32,
  type: "request",
  versions: { min: 1, max: 4 },
  flexibleFrom: 4,
}, {
  resources: field.array({ of: "DescribeConfigsResource" }, {
    resourceType: field.int8(),
    resourceName: field.string(),
    configurationKeys: field.array({ of: "string", nullable: 0 }),
  }),
  includeSynonyms: field.bool({ since: 1 }),
  includeDocumentation: field.bool({ since: 3 }),
});
export type DescribeConfigsRequest = MessageOf<typeof DescribeConfigsRequest>;

export const DescribeConfigsResponse = message({
  name: "DescribeConfigsResponse",
  apiKey: 32,
  type: "response",
  versions: { min: 1, max: 4 },
  flexibleFrom: 4,
}, {
  throttleTimeMs: field.int32(),
  results: field.array({ of: "DescribeConfigsResult" }, {
    errorCode: field.int16(),
    errorMessage: field.string({ nullable: 0 }),
    resourceType: field.int8(),
    resourceName: field.string(),
    configs: field.array({ of: "DescribeConfigsResourceResult" }, {
      name: field.string(),
      value: field.string({ nullable: 0 }),
      readOnly: field.bool(),
      configSource: field.int8({ since: 1, default: -1 }),
      isSensitive: field.bool(),
      synonyms: field.array({ of: "DescribeConfigsSynonym", since: 1 }, {
        name: field.string({ since: 1 }),
        value: field.string({ since: 1, nullable: 0 }),
        source: field.int8({ since: 1 }),
      }),
      configType: field.int8({ since: 3, default: 0, ignorable: true }),
      documentation: field.string({ since: 3, nullable: 0, ignorable: true }),
    }),
  }),
});
export type DescribeConfigsResponse = MessageOf<typeof DescribeConfigsResponse>;
