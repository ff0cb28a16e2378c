/**
 * IncrementalAlterConfigs (key 44): changes single settings of resources (KIP-339). `configOperation`: 0 sets, 1 deletes,
 * 2 appends to a list, 3 subtracts from it. Resource types: see DescribeConfigs.
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning
 *  - 1: flexible (KIP-482)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const IncrementalAlterConfigsRequest = message({
  name: "IncrementalAlterConfigsRequest",
  apiKey: 44,
  type: "request",
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
}, {
  resources: field.array({ of: "AlterConfigsResource" }, {
    resourceType: field.int8(),
    resourceName: field.string(),
    configs: field.array({ of: "AlterableConfig" }, {
      name: field.string(),
      configOperation: field.int8(),
      value: field.string({ nullable: 0 }),
    }),
  }),
  validateOnly: field.bool(),
});
export type IncrementalAlterConfigsRequest = MessageOf<typeof IncrementalAlterConfigsRequest>;

export const IncrementalAlterConfigsResponse = message({
  name: "IncrementalAlterConfigsResponse",
  apiKey: 44,
  type: "response",
  versions: { min: 0, max: 1 },
  flexibleFrom: 1,
}, {
  throttleTimeMs: field.int32(),
  responses: field.array({ of: "AlterConfigsResourceResponse" }, {
    errorCode: field.int16(),
    errorMessage: field.string({ nullable: 0 }),
    resourceType: field.int8(),
    resourceName: field.string(),
  }),
});
export type IncrementalAlterConfigsResponse = MessageOf<typeof IncrementalAlterConfigsResponse>;
