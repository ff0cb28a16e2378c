/**
 * Access rules, in Kafka's own words.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode } from "../response_error.ts";

// The place in each list is the number that stands for the word in requests.
export const ACL_RESOURCE_TYPES = [
  "UNKNOWN",
  "ANY",
  "TOPIC",
  "GROUP",
  "CLUSTER",
  "TRANSACTIONAL_ID",
  "DELEGATION_TOKEN",
  "USER",
] as const;
export const ACL_PATTERN_TYPES = ["UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"] as const;
export const ACL_OPERATIONS = [
  "UNKNOWN",
  "ANY",
  "ALL",
  "READ",
  "WRITE",
  "CREATE",
  "DELETE",
  "ALTER",
  "DESCRIBE",
  "CLUSTER_ACTION",
  "DESCRIBE_CONFIGS",
  "ALTER_CONFIGS",
  "IDEMPOTENT_WRITE",
  "CREATE_TOKENS",
  "DESCRIBE_TOKENS",
  "TWO_PHASE_COMMIT",
] as const;
export const ACL_PERMISSIONS = ["UNKNOWN", "ANY", "DENY", "ALLOW"] as const;

export interface Acl {
  readonly resourceType: typeof ACL_RESOURCE_TYPES[number];
  readonly resourceName: string;
  readonly patternType: typeof ACL_PATTERN_TYPES[number];
  /** "User:alice" */
  readonly principal: string;
  /** "*" for all. */
  readonly host: string;
  readonly operation: typeof ACL_OPERATIONS[number];
  readonly permission: typeof ACL_PERMISSIONS[number];
}

/** What is left out fits all. */
export type AclFilter = { readonly [Member in keyof Acl]?: Acl[Member] | undefined };

interface AclOnWire {
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** The rules that fit. Throws a ResponseError: SECURITY_DISABLED where there can be none. */
export async function describeAcls(cluster: Cluster, filter: AclFilter): Promise<Acl[]> {
  const answer = await cluster.ask(api.DescribeAcls, onWire(filter));
  checkCode(answer.errorCode, "describe access rules", answer.errorMessage);
  return answer.resources.flatMap((resource) => resource.acls.map((acl) => shaped(resource, acl)));
}

/** Makes a rule. Throws a ResponseError. */
export async function createAcl(cluster: Cluster, acl: Acl): Promise<void> {
  const answer = await cluster.askController(api.CreateAcls, {
    creations: [{
      resourceType: ACL_RESOURCE_TYPES.indexOf(acl.resourceType),
      resourceName: acl.resourceName,
      resourcePatternType: ACL_PATTERN_TYPES.indexOf(acl.patternType),
      principal: acl.principal,
      host: acl.host,
      operation: ACL_OPERATIONS.indexOf(acl.operation),
      permissionType: ACL_PERMISSIONS.indexOf(acl.permission),
    }],
  });
  const result = answer.results[0];
  checkCode(
    result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    "create an access rule",
    result?.errorMessage,
  );
}

/** Removes the rules that fit, and tells which they were. Throws a ResponseError. */
export async function deleteAcls(cluster: Cluster, filter: AclFilter): Promise<Acl[]> {
  const answer = await cluster.askController(api.DeleteAcls, { filters: [onWire(filter)] });
  const result = answer.filterResults[0];
  checkCode(
    result?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    "delete access rules",
    result?.errorMessage,
  );
  return result!.matchingAcls.map((acl) => shaped(acl, acl));
}

function onWire(filter: AclFilter) {
  return {
    resourceTypeFilter: ACL_RESOURCE_TYPES.indexOf(filter.resourceType ?? "ANY"),
    resourceNameFilter: filter.resourceName ?? null,
    patternTypeFilter: ACL_PATTERN_TYPES.indexOf(filter.patternType ?? "ANY"),
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: ACL_OPERATIONS.indexOf(filter.operation ?? "ANY"),
    permissionType: ACL_PERMISSIONS.indexOf(filter.permission ?? "ANY"),
  };
}

function shaped(
  resource: { readonly resourceType: number; readonly resourceName: string; readonly patternType: number },
  { principal, host, operation, permissionType }: AclOnWire,
): Acl {
  return {
    resourceType: ACL_RESOURCE_TYPES[resource.resourceType] ?? "UNKNOWN",
    resourceName: resource.resourceName,
    patternType: ACL_PATTERN_TYPES[resource.patternType] ?? "UNKNOWN",
    principal,
    host,
    operation: ACL_OPERATIONS[operation] ?? "UNKNOWN",
    permission: ACL_PERMISSIONS[permissionType] ?? "UNKNOWN",
  };
}
