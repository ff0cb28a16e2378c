/**
 * IncrementalAlterConfigs (key 44).
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
