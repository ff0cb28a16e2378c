/**
 * What AlterConfigs and IncrementalAlterConfigs share: each resource is changed for itself, wholly or not at all.
 *
 * - A resource that comes twice is refused both times, and a setting that comes twice keeps the others from being changed, as
 *   in Kafka.
 * - What is answered without an error is on stable storage and in force. `validateOnly` checks all and changes nothing.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Broker } from "../broker.ts";
import {
  ConfigRefusal,
  type ConfigResource,
  configResource,
  refusalOf,
  ResourceType,
} from "./config_resource.ts";

interface AskedResource<Change> {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly configs: readonly Change[];
}

export interface AlterOptions<Change> {
  readonly resources: readonly AskedResource<Change>[];
  readonly validateOnly: boolean;
  /** What a resource is to have in the end. Throws ConfigRefusal. */
  readonly apply: (resource: ConfigResource, changes: readonly Change[]) => ReadonlyMap<string, string>;
}

export function alterConfigs<Change extends { readonly name: string }>(
  broker: Broker,
  { resources, validateOnly, apply }: AlterOptions<Change>,
) {
  const counts = new Map<string, number>();
  for (const resource of resources) counts.set(keyOf(resource), (counts.get(keyOf(resource)) ?? 0) + 1);
  return resources.map((asked) => {
    const { resourceType, resourceName, configs } = asked;
    try {
      if (counts.get(keyOf(asked))! > 1) throw invalid("the request names this resource more than once");
      if (resourceType === ResourceType.TOPIC && resourceName === "") {
        throw invalid("name the topic: there are no settings for all topics but the broker's");
      }
      const resource = configResource(broker, resourceType, resourceName);
      const twice = configs.find(({ name }, index) =>
        configs.findIndex((other) => other.name === name) < index
      );
      if (twice !== undefined) throw invalid(`the request names the setting ${twice.name} more than once`);
      const changed = apply(resource, configs);
      resource.check(changed);
      if (!validateOnly) resource.give(changed);
      return { errorCode: ErrorCode.NONE as number, errorMessage: null, resourceType, resourceName };
    } catch (error) {
      return { ...refusalOf(error), resourceType, resourceName };
    }
  });
}

/** The value of a change that must have one. */
export function givenValue(
  { name, value }: { readonly name: string; readonly value: string | null },
): string {
  if (value === null) throw invalid(`the setting ${name} has no value (null)`);
  return value;
}

function keyOf({ resourceType, resourceName }: AskedResource<unknown>): string {
  return `${resourceType} ${resourceName}`;
}

function invalid(message: string): ConfigRefusal {
  return new ConfigRefusal(ErrorCode.INVALID_REQUEST, message);
}
