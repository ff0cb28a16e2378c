/**
 * DescribeConfigs: the settings of topics, brokers and groups that are in force, and where each comes from.
 *
 * - All settings there are, with defaults: Kafka Connect does not start without `cleanup.policy` of its topics, Materialize not
 *   without the broker's `num.partitions`. `configurationKeys` names those wanted; null, and in Kafka an empty list too, is all.
 * - A broker is named by its number; "" tells what was given to all brokers at once. There is one logger, "root", and
 *   client metrics have no settings here.
 * - Synonyms and documentation (version 3+) if they are asked for.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { DescribeConfigsRequest } from "../../protocol/messages/32_describe_configs.ts";
import type { Broker } from "../broker.ts";
import { configResource, refusalOf } from "../configs/config_resource.ts";
import { apiHandler } from "./api_handler.ts";

type Asked = DescribeConfigsRequest["resources"][number];
type Included = Pick<DescribeConfigsRequest, "includeSynonyms" | "includeDocumentation">;

export const describeConfigsHandler = apiHandler(
  api.DescribeConfigs,
  { from: 1, to: 4 },
  (broker, body) => ({
    throttleTimeMs: 0,
    results: body.resources.map((asked) => describe(broker, asked, body)),
  }),
);

function describe(
  broker: Broker,
  { resourceType, resourceName, configurationKeys }: Asked,
  { includeSynonyms, includeDocumentation }: Included,
) {
  try {
    const entries = configResource(broker, resourceType, resourceName).entries();
    const wanted = new Set(configurationKeys);
    return {
      errorCode: ErrorCode.NONE as number,
      errorMessage: "",
      resourceType,
      resourceName,
      configs: entries.filter(({ name }) => wanted.size === 0 || wanted.has(name)).map((entry) => ({
        ...entry,
        synonyms: includeSynonyms ? entry.synonyms : [],
        documentation: includeDocumentation ? entry.documentation : null,
      })),
    };
  } catch (error) {
    return { ...refusalOf(error), resourceType, resourceName, configs: [] };
  }
}
