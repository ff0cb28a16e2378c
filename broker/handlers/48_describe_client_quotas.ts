/**
 * DescribeClientQuotas: limits of users, client ids and addresses (KIP-546). This version keeps none, so every question that
 * makes sense has the answer that there are none; those that make none are refused as in Kafka.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { DescribeClientQuotasRequest } from "../../protocol/messages/48_describe_client_quotas.ts";
import { apiHandler } from "./api_handler.ts";

const EXACT = 0;
const DEFAULT = 1;
const ANY = 2;

const USER = "user";
const CLIENT_ID = "client-id";
const IP = "ip";

type Component = DescribeClientQuotasRequest["components"][number];

interface Refusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

export const describeClientQuotasHandler = apiHandler(
  api.DescribeClientQuotas,
  { from: 0, to: 1 },
  (_broker, { components }) => {
    const refusal = refusalOf(components);
    return refusal === undefined
      ? { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: "", entries: [] }
      : { throttleTimeMs: 0, ...refusal, entries: null };
  },
);

function refusalOf(components: readonly Component[]): Refusal | undefined {
  for (const component of components) {
    const refusal = componentRefusal(component);
    if (refusal !== undefined) return refusal;
  }
  const types = components.map(({ entityType }) => entityType);
  const twice = types.find((type, index) => types.indexOf(type) < index);
  if (twice !== undefined) return invalid(`the filter names the entity type "${twice}" more than once`);
  if (types.includes(IP) && types.length > 1) {
    return invalid('a filter by "ip" can\'t be joined with one by "user" or "client-id"');
  }
}

function componentRefusal({ entityType, matchType, match }: Component): Refusal | undefined {
  if (entityType === "") return invalid("the filter has a part without an entity type");
  if (![USER, CLIENT_ID, IP].includes(entityType)) {
    return {
      errorCode: ErrorCode.UNSUPPORTED_VERSION,
      errorMessage: `"${entityType}" is no entity type: there are "user", "client-id" and "ip"`,
    };
  }
  if (![EXACT, DEFAULT, ANY].includes(matchType)) {
    return invalid(`${matchType} is no match type: 0 is a name, 1 the default, 2 any`);
  }
  if (matchType === EXACT && match === null) {
    return invalid(`the filter by a name of "${entityType}" has none (null)`);
  }
  if (matchType !== EXACT && match !== null) {
    return invalid(`the filter of "${entityType}" has the name "${match}", and a match type that takes none`);
  }
}

function invalid(errorMessage: string): Refusal {
  return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage };
}
