/**
 * Consumer groups: which there are, who is in them, and forgetting them.
 *
 * A group is of one of two protocols, and each has its own request to describe it; a broker lists the groups that it
 * coordinates.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { CONSUMER_PROTOCOL_TYPE, decodeAssignment } from "../../protocol/consumer_protocol.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { DescribeGroupsResponse } from "../../protocol/messages/15_describe_groups.ts";
import type { ConsumerGroupDescribeResponse } from "../../protocol/messages/69_consumer_group_describe.ts";
import type { Cluster } from "../cluster.ts";
import { ConnectionError } from "../connection_error.ts";
import { groupBy } from "../group_by.ts";
import { checkCode, ResponseError } from "../response_error.ts";
import type { TopicPartition } from "./by_leader.ts";

/** The protocol of its members. */
export type GroupType = "classic" | "consumer";

export interface ListedGroup {
  readonly id: string;
  readonly type: GroupType;
  readonly coordinator: number;
  /** As brokers spell it: "Stable", "PreparingRebalance", "Empty"; "" in a list of a broker that does not tell. */
  readonly state: string;
}

export interface GroupMember {
  readonly id: string;
  /** Of a static member. */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly assignment: readonly TopicPartition[];
}

export interface GroupDescription extends ListedGroup {
  /** Who assigns; "" if nobody does. */
  readonly assignor: string;
  /** Made by commits of consumers that assign partitions to themselves. */
  readonly isSimple: boolean;
  /** Members of the classic protocol in a group of the new one, on its way from one to the other. */
  readonly hasClassicMembers: boolean;
  /** By id. */
  readonly members: readonly GroupMember[];
}

type ClassicGroup = DescribeGroupsResponse["groups"][number];
type ConsumerGroup = ConsumerGroupDescribeResponse["groups"][number];

/** A member's type as ConsumerGroupDescribe has it; -1: the broker does not tell. */
const CLASSIC_MEMBER = 0;

/** All groups of consumers, by id. Throws a ResponseError. */
export async function listGroups(cluster: Cluster): Promise<ListedGroup[]> {
  const brokers = await cluster.brokers();
  const lists = await Promise.all(brokers.map(async ({ id: coordinator }) => {
    const answer = await cluster.askBroker(coordinator, api.ListGroups, {});
    checkCode(answer.errorCode, `list the groups of broker ${coordinator}`);
    return answer.groups
      .filter(({ protocolType }) => protocolType === "" || protocolType === CONSUMER_PROTOCOL_TYPE)
      .map(({ groupId, groupType, groupState }): ListedGroup => ({
        id: groupId,
        type: groupType.toLowerCase() === "consumer" ? "consumer" : "classic",
        coordinator,
        state: groupState,
      }));
  }));
  return lists.flat().sort((a, b) => a.id < b.id ? -1 : 1);
}

/** Describes listed groups, in their order; those that have gone or moved since are left out. Throws a ResponseError. */
export async function describeGroups(
  cluster: Cluster,
  listed: readonly ListedGroup[],
): Promise<GroupDescription[]> {
  const described = new Map<string, GroupDescription>();
  const batches = groupBy(listed, ({ type, coordinator }) => `${type}/${coordinator}`);
  await Promise.all(Array.from(batches.values(), async (batch) => {
    const { type, coordinator } = batch[0]!;
    const ids = batch.map(({ id }) => id);
    if (type === "consumer") {
      const { groups } = await cluster.askBroker(coordinator, api.ConsumerGroupDescribe, {
        groupIds: ids,
        includeAuthorizedOperations: false,
      });
      groups.filter(isFound).forEach((group) => described.set(group.groupId, ofConsumer(group, coordinator)));
    } else {
      const { groups } = await cluster.askBroker(coordinator, api.DescribeGroups, { groups: ids });
      groups.filter(isFound).forEach((group) => described.set(group.groupId, ofClassic(group, coordinator)));
    }
  }));
  return listed.flatMap(({ id }) => described.get(id) ?? []);
}

/** Throws a ResponseError, GROUP_ID_NOT_FOUND if there is no such group. */
export async function describeGroup(cluster: Cluster, id: string): Promise<GroupDescription> {
  const what = `describe group ${id}`;
  // Waits for the coordinator, should there be none yet.
  const consumer = await describeConsumerGroup(cluster, id);
  const coordinator = await coordinatorOf(cluster, id);
  if (consumer !== undefined && consumer.errorCode !== ErrorCode.GROUP_ID_NOT_FOUND) {
    checkCode(consumer.errorCode, what, consumer.errorMessage);
    return ofConsumer(consumer, coordinator);
  }
  const { groups: [classic] } = await cluster.askCoordinator("group", id, api.DescribeGroups, {
    groups: [id],
  }, { codeOf: ({ groups }) => groups[0]?.errorCode ?? ErrorCode.NONE });
  checkCode(classic?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, what, classic?.errorMessage);
  // Before KIP-1043 a group that is not there was described as a dead one.
  if (!isFound(classic!)) throw new ResponseError(ErrorCode.GROUP_ID_NOT_FOUND, what);
  return ofClassic(classic!, coordinator);
}

/** Forgets a group without members, and what it committed. Throws a ResponseError. */
export async function deleteGroup(cluster: Cluster, id: string): Promise<void> {
  const codeOf = ({ results }: { readonly results: readonly { readonly errorCode: number }[] }) =>
    results[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
  const answer = await cluster.askCoordinator("group", id, api.DeleteGroups, { groupsNames: [id] }, {
    codeOf,
  });
  checkCode(codeOf(answer), `delete group ${id}`);
}

/** undefined: the broker does not know groups of this protocol. */
async function describeConsumerGroup(cluster: Cluster, id: string): Promise<ConsumerGroup | undefined> {
  try {
    const { groups } = await cluster.askCoordinator("group", id, api.ConsumerGroupDescribe, {
      groupIds: [id],
      includeAuthorizedOperations: false,
    }, { codeOf: ({ groups }) => groups[0]?.errorCode ?? ErrorCode.NONE });
    return groups[0];
  } catch (error) {
    if (error instanceof ConnectionError && error.failure === "unsupported") return undefined;
    throw error;
  }
}

async function coordinatorOf(cluster: Cluster, id: string): Promise<number> {
  const answer = await cluster.ask(api.FindCoordinator, { keyType: 0, coordinatorKeys: [id] });
  const found = answer.coordinators[0];
  checkCode(
    found?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    `find the coordinator of group ${id}`,
    found?.errorMessage,
  );
  return found!.nodeId;
}

function isFound({ errorCode, groupState }: ClassicGroup | ConsumerGroup): boolean {
  return errorCode === ErrorCode.NONE && groupState !== "Dead";
}

function ofClassic(group: ClassicGroup, coordinator: number): GroupDescription {
  return {
    id: group.groupId,
    type: "classic",
    coordinator,
    state: group.groupState,
    assignor: group.protocolData,
    isSimple: group.protocolType === "",
    hasClassicMembers: false,
    members: group.members.map(({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }) => ({
      id: memberId,
      instanceId: groupInstanceId,
      clientId,
      host: hostOf(clientHost),
      assignment: flat(
        decodeAssignment(memberAssignment)?.value.assignedPartitions
          .map(({ topic, partitions }) => ({ topicName: topic, partitions })) ?? [],
      ),
    })).sort(byId),
  };
}

function ofConsumer(group: ConsumerGroup, coordinator: number): GroupDescription {
  return {
    id: group.groupId,
    type: "consumer",
    coordinator,
    state: group.groupState,
    assignor: group.assignorName,
    isSimple: false,
    hasClassicMembers: group.members.some(({ memberType }) => memberType === CLASSIC_MEMBER),
    members: group.members.map(({ memberId, instanceId, clientId, clientHost, assignment }) => ({
      id: memberId,
      instanceId,
      clientId,
      host: hostOf(clientHost),
      assignment: flat(assignment.topicPartitions),
    })).sort(byId),
  };
}

function flat(topics: readonly { topicName: string; partitions: readonly number[] }[]): TopicPartition[] {
  return topics.flatMap(({ topicName, partitions }) =>
    partitions.map((partition) => ({ topic: topicName, partition }))
  );
}

/** Java writes an address as "/10.0.0.1". */
function hostOf(clientHost: string): string {
  return clientHost.replace(/^\//, "");
}

function byId(a: GroupMember, b: GroupMember): number {
  return a.id < b.id ? -1 : 1;
}
