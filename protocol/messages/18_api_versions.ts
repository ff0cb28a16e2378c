/**
 * ApiVersions (key 18): which requests the broker speaks, in which versions. The first request of a connection.
 *
 * The client does not know yet what the broker knows. Therefore the response header is always the old one, without
 * tagged fields, for every version; and a version that the broker does not know gets UNSUPPORTED_VERSION in a response
 * of version 0, whose list names at least this API's own range (KIP-511).
 *
 * Versions. Request and response have the same number.
 *  - 0: the list
 *  - 1: throttle time (KIP-124)
 *  - 2: a throttled answer comes at once, and the client waits (KIP-219)
 *  - 3: flexible (KIP-482); the client's name and version (KIP-511); features (KIP-584)
 *  - 4: the same, but a feature's least version may be 0, which clients of version 3 can't bear (KIP-1022)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const ApiVersionsRequest = message({
  name: "ApiVersionsRequest",
  apiKey: 18,
  type: "request",
  versions: { min: 0, max: 4 },
  flexibleFrom: 3,
}, {
  clientSoftwareName: field.string({ since: 3, ignorable: true }),
  clientSoftwareVersion: field.string({ since: 3, ignorable: true }),
});
export type ApiVersionsRequest = MessageOf<typeof ApiVersionsRequest>;

export const ApiVersionsResponse = message({
  name: "ApiVersionsResponse",
  apiKey: 18,
  type: "response",
  versions: { min: 0, max: 4 },
  flexibleFrom: 3,
}, {
  errorCode: field.int16(),
  apiKeys: field.array({ of: "ApiVersion" }, {
    apiKey: field.int16(),
    minVersion: field.int16(),
    maxVersion: field.int16(),
  }),
  throttleTimeMs: field.int32({ since: 1, ignorable: true }),
  supportedFeatures: field.array({ of: "SupportedFeatureKey", since: 3, tag: 0, ignorable: true }, {
    name: field.string({ since: 3 }),
    minVersion: field.int16({ since: 3 }),
    maxVersion: field.int16({ since: 3 }),
  }),
  finalizedFeaturesEpoch: field.int64({ since: 3, tag: 1, default: -1, ignorable: true }),
  finalizedFeatures: field.array({ of: "FinalizedFeatureKey", since: 3, tag: 2, ignorable: true }, {
    name: field.string({ since: 3 }),
    maxVersionLevel: field.int16({ since: 3 }),
    minVersionLevel: field.int16({ since: 3 }),
  }),
  zkMigrationReady: field.bool({ since: 3, tag: 3, default: false, ignorable: true }),
});
export type ApiVersionsResponse = MessageOf<typeof ApiVersionsResponse>;
