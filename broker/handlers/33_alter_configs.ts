/**
 * AlterConfigs: gives a resource settings of its own in place of all that it has. What is not named goes back to its default,
 * which is why clients that know it use IncrementalAlterConfigs. The rest is said in `configs/alter_configs.ts`.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { alterConfigs, givenValue } from "../configs/alter_configs.ts";
import { ConfigRefusal } from "../configs/config_resource.ts";
import { apiHandler } from "./api_handler.ts";

export const alterConfigsHandler = apiHandler(
  api.AlterConfigs,
  { from: 0, to: 2 },
  (broker, { resources, validateOnly }) => ({
    throttleTimeMs: 0,
    responses: alterConfigs(broker, {
      resources,
      validateOnly,
      apply(resource, changes) {
        if (resource.isChangedOnlyInPart) {
          throw new ConfigRefusal(
            ErrorCode.INVALID_REQUEST,
            "loggers are changed by IncrementalAlterConfigs alone",
          );
        }
        return new Map(changes.map((change) => [change.name, givenValue(change)]));
      },
    }),
  }),
);
