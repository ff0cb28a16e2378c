/**
 * Whether a group has members, of either protocol.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { ConnectionError } from "../connection_error.ts";
import { checkCode } from "../response_error.ts";

/** Throws a ResponseError. */
export async function hasMembers(cluster: Cluster, groupId: string): Promise<boolean> {
  const { groups: [group] } = await cluster.askCoordinator("group", groupId, api.DescribeGroups, {
    groups: [groupId],
  }, { codeOf: ({ groups }) => groups[0]?.errorCode ?? ErrorCode.NONE });
  const code = group?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
  if (code === ErrorCode.NONE && group!.groupState !== "Dead") return group!.members.length > 0;
  if (code !== ErrorCode.GROUP_ID_NOT_FOUND) checkCode(code, `describe group ${groupId}`);
  return await hasConsumers(cluster, groupId);
}

/** Of the protocol of KIP-848. */
async function hasConsumers(cluster: Cluster, groupId: string): Promise<boolean> {
  try {
    const { groups: [group] } = await cluster.askCoordinator("group", groupId, api.ConsumerGroupDescribe, {
      groupIds: [groupId],
      includeAuthorizedOperations: false,
    }, { codeOf: ({ groups }) => groups[0]?.errorCode ?? ErrorCode.NONE });
    return group?.errorCode === ErrorCode.NONE && group.members.length > 0;
  } catch (error) {
    if (error instanceof ConnectionError && error.failure === "unsupported") return false;
    throw error;
  }
}
