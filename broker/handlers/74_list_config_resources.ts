/**
 * ListConfigResources: names of what has settings, by type (KIP-1142).
 *
 * - Version 0 asks for subscriptions of client metrics alone (KIP-714): there are none, as no telemetry is taken.
 * - No type is all types; one that is unknown is UNSUPPORTED_VERSION for the whole answer.
 * - Of groups, those that have settings of their own.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Broker } from "../broker.ts";
import { ResourceType } from "../configs/config_resource.ts";
import { apiHandler } from "./api_handler.ts";

const allTypes: readonly number[] = Object.values(ResourceType);

export const listConfigResourcesHandler = apiHandler(
  api.ListConfigResources,
  { from: 0, to: 1 },
  (broker, { resourceTypes }, { version }) => {
    const asked = version === 0 ? [ResourceType.CLIENT_METRICS] : resourceTypes;
    if (asked.some((type) => !allTypes.includes(type))) {
      return { throttleTimeMs: 0, errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] };
    }
    const types = asked.length === 0 ? allTypes : [...new Set(asked)];
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      configResources: types.flatMap((resourceType) =>
        namesOf(broker, resourceType).map((resourceName) => ({ resourceName, resourceType }))
      ),
    };
  },
);

function namesOf(broker: Broker, type: number): string[] {
  switch (type) {
    case ResourceType.TOPIC:
      return Array.from(broker.topics.topics(), ({ name }) => name);
    case ResourceType.BROKER:
    case ResourceType.BROKER_LOGGER:
      return [String(broker.nodeId)];
    case ResourceType.GROUP:
      return broker.groupConfigs.groupIds;
    default:
      return [];
  }
}
