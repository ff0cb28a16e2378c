/**
 * ApiVersions: what this broker serves, the first thing that every client asks.
 *
 * - The list follows from the handlers themselves, so it can't disagree with the code.
 * - A version newer than ours is answered in version 0 with error 35 and the whole list, so that the client can try
 *   again with one that both know (KIP-511).
 * - From version 3 on the client tells its name and version; they are kept for log lines.
 * - Features (version 3+, `features.ts`) that could be without (least level 0) are told from version 4 on: older clients can't
 *   read them. Those at level 0 are not finalized.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Broker } from "../broker.ts";
import type { Features } from "../features.ts";
import type { Request } from "../request.ts";
import { apiHandler } from "./api_handler.ts";

const KNOWS_LEVEL_0_FROM_VERSION = 4;
const MAX_SOFTWARE_NAME_LENGTH = 64;
/** KIP-511's rule for names that may go to logs and metrics. */
const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/;

export const apiVersionsHandler = apiHandler(api.ApiVersions, { from: 0, to: 4 }, (broker, body, request) => {
  if (request.version >= 3) {
    const { clientSoftwareName: name, clientSoftwareVersion: version } = body;
    if (!isSoftwareName(name) || !isSoftwareName(version)) return listing(broker, ErrorCode.INVALID_REQUEST);
    const { connection } = request;
    const { clients } = broker.figures;
    clients.disconnected(connection.software);
    connection.software = { name, version };
    clients.connected(connection.software);
  }
  return { ...listing(broker, ErrorCode.NONE), ...featuresFor(request.version, broker.features) };
});

function featuresFor(version: number, features: Features) {
  const { supported, epoch } = features;
  return {
    supportedFeatures: supported.filter(({ min }) => min > 0 || version >= KNOWS_LEVEL_0_FROM_VERSION)
      .map(({ name, min, max }) => ({ name, minVersion: min, maxVersion: max })),
    finalizedFeaturesEpoch: epoch,
    finalizedFeatures: supported.map(({ name }) => ({ name, level: features.level(name) }))
      .filter(({ level }) => level > 0)
      .map(({ name, level }) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
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
