/**
 * AlterConfigs: gives a resource settings of its own in place of all that it has. What is not named goes back to its default,
 * which is why clients that know it use IncrementalAlterConfigs. The rest is said in `configs/alter_configs.ts`.
 */
import { api } from "../../protocol/apis.ts";
import { alterConfigs, givenValue } from "../configs/alter_configs.ts";
import { apiHandler } from "./api_handler.ts";

export const alterConfigsHandler = apiHandler(
  api.AlterConfigs,
  { from: 0, to: 2 },
  (broker, { resources, validateOnly }) => ({
    throttleTimeMs: 0,
    responses: alterConfigs(broker, {
      resources,
      validateOnly,
      apply: (_resource, changes) => new Map(changes.map((change) => [change.name, givenValue(change)])),
    }),
  }),
);
