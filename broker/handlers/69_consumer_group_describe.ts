/**
 * ConsumerGroupDescribe: state, members and assignments of groups of the new consumer protocol (KIP-848).
 *
 * - A group of the classic protocol is GROUP_ID_NOT_FOUND here: DescribeGroups tells of it.
 * - Partitions of topics that have been deleted are left out.
 * - Version 1 tells which protocol a member speaks (KIP-1099).
 * - Authorized operations are not computed: the field says "not asked for".
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Broker } from "../broker.ts";
import { describeGroup } from "../coordinator/consumer/describe.ts";
import { apiHandler } from "./api_handler.ts";

export const consumerGroupDescribeHandler = apiHandler(
  api.ConsumerGroupDescribe,
  { from: 0, to: 1 },
  (broker, { groupIds }) => ({
    throttleTimeMs: 0,
    groups: groupIds.map((groupId) => describe(broker, groupId)),
  }),
);

function describe({ config: { groups: config }, groups, topics }: Broker, groupId: string) {
  if (!config.servesConsumerProtocol) return refused(groupId, ErrorCode.UNSUPPORTED_VERSION, null);
  if (groupId === "") return refused(groupId, ErrorCode.INVALID_GROUP_ID, null);
  const group = groups.consumer.group(groupId);
  if (group === undefined) {
    return refused(groupId, ErrorCode.GROUP_ID_NOT_FOUND, `there is no consumer group "${groupId}"`);
  }
  return { errorCode: ErrorCode.NONE, ...describeGroup(group, topics, config.consumer.assignors) };
}

function refused(groupId: string, errorCode: number, errorMessage: string | null) {
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState: "",
    groupEpoch: 0,
    assignmentEpoch: 0,
    assignorName: "",
    members: [],
  };
}
