/**
 * IncrementalAlterConfigs: changes some settings of a resource and leaves the others as they are (KIP-339). The rest is said in
 * `configs/alter_configs.ts`.
 *
 * - 0 sets a value, 1 deletes it, so that the default counts again; deleting what is not there is no error.
 * - 2 appends to a list what is not in it yet, 3 takes away from it; a list that was not given begins as its default. Other
 *   settings have neither: INVALID_CONFIG.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { IncrementalAlterConfigsRequest } from "../../protocol/messages/44_incremental_alter_configs.ts";
import { alterConfigs, givenValue } from "../configs/alter_configs.ts";
import { ConfigRefusal, type ConfigResource } from "../configs/config_resource.ts";
import { splitList } from "../setting.ts";
import { apiHandler } from "./api_handler.ts";

/** Kafka's AlterConfigOp.OpType. */
const Operation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const;

type Change = IncrementalAlterConfigsRequest["resources"][number]["configs"][number];

export const incrementalAlterConfigsHandler = apiHandler(
  api.IncrementalAlterConfigs,
  { from: 0, to: 1 },
  (broker, { resources, validateOnly }) => ({
    throttleTimeMs: 0,
    responses: alterConfigs(broker, { resources, validateOnly, apply }),
  }),
);

function apply(resource: ConfigResource, changes: readonly Change[]): ReadonlyMap<string, string> {
  const configs = new Map(resource.own);
  for (const change of changes) {
    const { name, configOperation } = change;
    switch (configOperation) {
      case Operation.SET:
        configs.set(name, givenValue(change));
        break;
      case Operation.DELETE:
        configs.delete(name);
        break;
      case Operation.APPEND:
        configs.set(
          name,
          [...new Set([...listOf(resource, change), ...splitList(givenValue(change))])].join(),
        );
        break;
      case Operation.SUBTRACT: {
        const gone = splitList(givenValue(change));
        configs.set(name, listOf(resource, change).filter((item) => !gone.includes(item)).join());
        break;
      }
      default:
        throw new ConfigRefusal(
          ErrorCode.INVALID_REQUEST,
          `${name} is to be changed by operation ${configOperation}: 0 sets, 1 deletes, 2 appends, 3 subtracts`,
        );
    }
  }
  return configs;
}

function listOf(resource: ConfigResource, { name }: Change): string[] {
  const setting = resource.setting(name);
  if (setting?.type !== "list") {
    throw new ConfigRefusal(
      ErrorCode.INVALID_CONFIG,
      `nothing can be appended to or subtracted from ${name}: it is no list`,
    );
  }
  return splitList(resource.own.get(name) ?? setting.default ?? "");
}
