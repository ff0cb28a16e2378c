/**
 * AlterConfigs (key 33): replaces all settings that a resource has of its own (KIP-133). Clients that can use
 * IncrementalAlterConfigs instead. Resource types: see DescribeConfigs.
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 2: flexible (KIP-482)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const AlterConfigsRequest = message({
  name: "AlterConfigsRequest",
  apiKey: 33,
  type: "request",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  resources: field.array({ of: "AlterConfigsResource" }, {
    resourceType: field.int8(),
    resourceName: field.string(),
    configs: field.array({ of: "AlterableConfig" }, {
      name: field.string(),
      value: field.string({ nullable: 0 }),
    }),
  }),
  validateOnly: field.bool(),
});
export type AlterConfigsRequest = MessageOf<typeof AlterConfigsRequest>;

export const AlterConfigsResponse = message({
  name: "AlterConfigsResponse",
  apiKey: 33,
  type: "response",
  versions: { min: 0, max: 2 },
  flexibleFrom: 2,
}, {
  throttleTimeMs: field.int32(),
  responses: field.array({ of: "AlterConfigsResourceResponse" }, {
    errorCode: field.int16(),
    errorMessage: field.string({ nullable: 0 }),
    resourceType: field.int8(),
    resourceName: field.string(),
  }),
});
export type AlterConfigsResponse = MessageOf<typeof AlterConfigsResponse>;
