/**
 * ListConfigResources (key 74): names of resources that have settings (KIP-1142). Resource types: see DescribeConfigs.
 *
 * Versions. Request and response have the same number.
 *  - 0: ListClientMetricsResources, which told of client metrics alone (KIP-714); flexible
 *  - 1: of the types that are asked for; none: of all
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ListConfigResourcesRequest = message({
  name: "ListConfigResourcesRequest",
  apiKey: 74,
  type: "request",
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
}, {
  resourceTypes: field.array({ of: "int8", since: 1 }),
});
export type ListConfigResourcesRequest = MessageOf<typeof ListConfigResourcesRequest>;

export const ListConfigResourcesResponse = message({
  name: "ListConfigResourcesResponse",
  apiKey: 74,
  type: "response",
  versions: { min: 0, max: 1 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  configResources: field.array({ of: "ConfigResource" }, {
    resourceName: field.string(),
    resourceType: field.int8({ since: 1, default: 16, ignorable: true }),
  }),
});
export type ListConfigResourcesResponse = MessageOf<typeof ListConfigResourcesResponse>;
