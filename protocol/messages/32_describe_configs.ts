/**
 * DescribeConfigs (key 32).
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
