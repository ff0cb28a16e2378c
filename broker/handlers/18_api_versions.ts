/**
 * ApiVersions: what this broker serves, the first thing that every client asks.
 *
 * - The list follows from the handlers themselves, so it can't disagree with the code.
 * - A version newer than ours is answered in version 0 with error 35 and the whole list, so that the client can try
 *   again with one that both know (KIP-511).
 * - From version 3 on the client tells its name and version; they are kept for log lines.
 * - From version 3 on also the features in force (broker/features.ts): Java clients speak the second version of the
 *   transaction protocol if `transaction.version` is 2. Before version 4 those whose lowest level is 0 are not listed as
 *   supported, as clients of that time can't read them.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Broker } from "../broker.ts";
import { features } from "../features.ts";
import type { Request } from "../request.ts";
import { apiHandler } from "./api_handler.ts";

const MAX_SOFTWARE_NAME_LENGTH = 64;
/** KIP-511's rule for names that may go to logs and metrics. */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const apiVersionsHandler = apiHandler(api.ApiVersions, { from: 0, to: 4 }, (broker, body, request) => {
  if (request.version >= 3) {
    const { clientSoftwareName: name, clientSoftwareVersion: version } = body;
    if (!isSoftwareName(name) || !isSoftwareName(version)) return listing(broker, ErrorCode.INVALID_REQUEST);
    request.connection.clientSoftware = `${name} ${version}`;
  }
  return { ...listing(broker, ErrorCode.NONE), ...featureListing(request.version) };
});

function featureListing(version: number) {
  return {
    supportedFeatures: features.filter(({ min }) => version >= 4 || min > 0).map(({ name, min, max }) => ({
      name,
      minVersion: min,
      maxVersion: max,
    })),
    finalizedFeaturesEpoch: 0,
    finalizedFeatures: features.filter(({ finalized }) => finalized > 0).map(({ name, finalized }) => ({
      name,
      maxVersionLevel: finalized,
      minVersionLevel: finalized,
    })),
  };
}

/** Answers an ApiVersions request of a version that is not served. */
export function answerUnsupportedApiVersions(broker: Broker, request: Request): void {
  request.answer(api.ApiVersions.response, listing(broker, ErrorCode.UNSUPPORTED_VERSION), 0);
}

function listing(broker: Broker, errorCode: number) {
  return {
    throttleTimeMs: 0,
    errorCode,
    apiKeys: [...broker.handlers.values()].map(({ api: { key }, versions }) => ({
      apiKey: key,
      minVersion: versions.listedFrom ?? versions.from,
      maxVersion: versions.to,
    })),
  };
}

function isSoftwareName(name: string): boolean {
  return name.length <= MAX_SOFTWARE_NAME_LENGTH && SOFTWARE_NAME.test(name);
}
