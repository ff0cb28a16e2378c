/**
 * UpdateFeatures (key 57): raises or lowers the finalized level of features (KIP-584). `upgradeType`: 1 an upgrade, 2 a safe
 * downgrade, 3 one that may lose something.
 *
 * Versions. Request and response have the same number.
 *  - 0: the beginning, flexible; a mark allows a downgrade
 *  - 1: the upgrade type instead, and a trial without a change (KIP-778)
 *  - 2: no more results for single features: all or none is changed (KIP-1022)
 * @module
 */
import { message } from "../codec.ts";
import type { MessageOf } from "../codec.ts";
import { field } from "../schema.ts";

export const UpdateFeaturesRequest = message({
  name: "UpdateFeaturesRequest",
  apiKey: 57,
  type: "request",
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
}, {
  timeoutMs: field.int32({ default: 60000 }),
  featureUpdates: field.array({ of: "FeatureUpdateKey" }, {
    feature: field.string(),
    maxVersionLevel: field.int16(),
    allowDowngrade: field.bool({ until: 0 }),
    upgradeType: field.int8({ since: 1, default: 1 }),
  }),
  validateOnly: field.bool({ since: 1 }),
});
export type UpdateFeaturesRequest = MessageOf<typeof UpdateFeaturesRequest>;

export const UpdateFeaturesResponse = message({
  name: "UpdateFeaturesResponse",
  apiKey: 57,
  type: "response",
  versions: { min: 0, max: 2 },
  flexibleFrom: 0,
}, {
  throttleTimeMs: field.int32(),
  errorCode: field.int16(),
  errorMessage: field.string({ nullable: 0 }),
  results: field.array({ of: "UpdatableFeatureResult", until: 1, ignorable: true }, {
    feature: field.string(),
    errorCode: field.int16(),
    errorMessage: field.string({ nullable: 0 }),
  }),
});
export type UpdateFeaturesResponse = MessageOf<typeof UpdateFeaturesResponse>;
