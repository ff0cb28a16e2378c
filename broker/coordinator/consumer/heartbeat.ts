/**
 * What a ConsumerGroupHeartbeat does to a group: a member joins (epoch 0), stays, or leaves (-1, or -2 for a static member that means
 * to come back). Pure: the outcome is facts and an answer, and nothing changes until the facts are applied.
 *
 * A member's epoch says which assignment it knows. Who comes with a later one than the group gave it, or with an earlier one, is
 * fenced, but for the member whose last answer was lost: it comes with the epoch before and holds nothing that it was not given.
 * Sources: KIP-848, KIP-1082; Kafka's GroupMetadataManager and GroupCoordinatorService.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import type { ConsumerGroupConfig } from "../../config.ts";
import { type Advanced, advanceMember, type GroupEnvironment } from "./advance_member.ts";
import type { ConsumerGroup } from "./consumer_group.ts";
import {
  type ConsumerMember,
  LEAVE,
  LEAVE_FOR_NOW,
  type MemberMetadata,
  nameList,
  NEW_METADATA,
  NO_ASSIGNMENT,
} from "./consumer_member.ts";
import type { GroupFact } from "./group_fact.ts";
import { GroupError } from "./group_error.ts";
import {
  type HeldPartitions,
  heldSince,
  isSubset,
  NO_PARTITIONS,
  type Partitions,
  partitionsOf,
  type TopicPartitions,
} from "./partitions.ts";

const JOIN = 0;
const NOT_TOLD = -1;
/** From this version on clients choose their ids themselves (KIP-1082). */
const MEMBER_ID_FROM_CLIENT_SINCE = 1;

/** A request, and who sent it. null: as before. */
export interface HeartbeatRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  /** -1: as before. */
  readonly rebalanceTimeoutMs: number;
  readonly subscribedTopicNames: readonly string[] | null;
  readonly subscribedTopicRegex: string | null;
  readonly serverAssignor: string | null;
  /** What it holds. */
  readonly topicPartitions: readonly TopicPartitions[] | null;
}

export interface Client {
  readonly clientId: string;
  readonly clientHost: string;
}

export interface HeartbeatOutcome {
  readonly facts: readonly GroupFact[];
  readonly memberId: string;
  readonly memberEpoch: number;
  /** undefined: as it was told before. */
  readonly assignment: HeldPartitions | undefined;
  /** Of a member that stays. */
  readonly advanced: Advanced | undefined;
}

/** What is wrong with a request whatever the group. Throws GroupError. */
export function checkHeartbeat(
  request: HeartbeatRequest,
  version: number,
  { assignors }: Pick<ConsumerGroupConfig, "assignors">,
): void {
  const { memberId, memberEpoch, serverAssignor } = request;
  if (version >= MEMBER_ID_FROM_CLIENT_SINCE || memberEpoch > JOIN || memberEpoch === LEAVE) {
    refuseEmpty(memberId, "memberId");
  }
  refuseEmpty(request.groupId, "groupId");
  refuseEmpty(request.instanceId, "instanceId");
  refuseEmpty(request.rackId, "rackId");
  if (memberEpoch === JOIN) {
    if (request.rebalanceTimeoutMs === NOT_TOLD) {
      throw invalid("rebalanceTimeoutMs is missing: a member that joins tells it");
    }
    if (request.topicPartitions === null || request.topicPartitions.length > 0) {
      throw invalid("topicPartitions is to be empty: a member that joins holds none");
    }
    if (request.subscribedTopicNames === null && request.subscribedTopicRegex === null) {
      throw invalid(
        "subscribedTopicNames and subscribedTopicRegex are both missing: a member that joins tells one",
      );
    }
  } else if (memberEpoch === LEAVE_FOR_NOW) {
    if (request.instanceId === null) {
      throw invalid("instanceId is missing: only a static member leaves with epoch -2");
    }
  } else if (memberEpoch < LEAVE_FOR_NOW) throw invalid(`memberEpoch ${memberEpoch}: wanted -2 or more`);
  if (serverAssignor !== null && !assignors.includes(serverAssignor)) {
    throw new GroupError(
      ErrorCode.UNSUPPORTED_ASSIGNOR,
      `there is no server assignor "${serverAssignor}"; there are ${assignors.join(", ")}`,
    );
  }
}

/** A member joins or stays. `newMemberId` is for one that has none. Throws GroupError. */
export function heartbeat(
  group: ConsumerGroup,
  environment: GroupEnvironment,
  request: HeartbeatRequest & Client,
  newMemberId: () => string,
): HeartbeatOutcome {
  const { memberEpoch, instanceId } = request;
  refuseIfFull(group, environment.config.maxSize, request.memberId);
  const memberId = request.memberId === "" ? newMemberId() : request.memberId;
  const owned = request.topicPartitions === null ? null : partitionsOf(request.topicPartitions);
  const found = instanceId === null
    ? dynamicMember(group, memberId, memberEpoch === JOIN)
    : staticMember(group, memberId, instanceId, memberEpoch === JOIN);
  if (!found.isNew) checkEpoch(found.before, memberEpoch, owned);
  const advanced = advanceMember(group, environment, {
    ...found,
    metadata: metadataOf(found.before.metadata, request),
    owned,
  });
  const tellsAll = request.rebalanceTimeoutMs !== NOT_TOLD && owned !== null &&
    (request.subscribedTopicNames !== null || request.subscribedTopicRegex !== null);
  const { current } = advanced.member;
  return {
    facts: advanced.facts,
    memberId,
    memberEpoch: current.epoch,
    assignment: memberEpoch === JOIN || tellsAll || advanced.hasNewAssignment ? current.assigned : undefined,
    advanced,
  };
}

/** A member leaves. `gone`: it is to be removed; a static member that leaves for now is not. Throws GroupError. */
export function leave(
  group: ConsumerGroup,
  { memberId, memberEpoch, instanceId }: HeartbeatRequest,
): { readonly gone: ConsumerMember | undefined; readonly outcome: HeartbeatOutcome } {
  const { before } = instanceId === null
    ? dynamicMember(group, memberId, false)
    : staticMember(group, memberId, instanceId, false);
  const isForNow = instanceId !== null && memberEpoch === LEAVE_FOR_NOW;
  const facts: readonly GroupFact[] = isForNow
    ? [{ kind: "current", memberId: before.id, value: leftForNow(before) }]
    : [];
  return {
    gone: isForNow ? undefined : before,
    outcome: { facts, memberId, memberEpoch, assignment: undefined, advanced: undefined },
  };
}

export interface FoundMember {
  readonly before: ConsumerMember;
  readonly isNew: boolean;
  readonly replaced: ConsumerMember | undefined;
}

export function dynamicMember(group: ConsumerGroup, memberId: string, mayJoin: boolean): FoundMember {
  const known = group.members.get(memberId);
  if (known !== undefined) return { before: known, isNew: false, replaced: undefined };
  if (!mayJoin) throw unknownMember(`${memberId} is no member of the group "${group.id}"`);
  return newMember(memberId);
}

/** Throws unless the request comes from whoever the instance id belongs to, or takes over from one that has left for now. */
export function staticMember(
  group: ConsumerGroup,
  memberId: string,
  instanceId: string,
  mayJoin: boolean,
): FoundMember {
  const known = group.staticMember(instanceId);
  if (!mayJoin) {
    if (known === undefined) {
      throw unknownMember(`there is no member with instance id "${instanceId}" in the group "${group.id}"`);
    }
    refuseFencedInstance(known, memberId);
    return { before: known, isNew: false, replaced: undefined };
  }
  if (known === undefined) return newMember(memberId);
  if (known.metadata.classic === null && known.current.epoch !== LEAVE_FOR_NOW) {
    throw new GroupError(
      ErrorCode.UNRELEASED_INSTANCE_ID,
      `the instance id "${instanceId}" belongs to the member ${known.id}, which has not left`,
    );
  }
  return successor(known, memberId);
}

/** Under a new id, with all that it had. */
export function successor(known: ConsumerMember, memberId: string): FoundMember {
  const before = { ...known, id: memberId, current: { ...known.current, epoch: 0, previousEpoch: 0 } };
  // It may come back under the very id that it had.
  return { before, isNew: true, replaced: known };
}

function refuseFencedInstance(known: ConsumerMember, memberId: string): void {
  if (known.id === memberId) return;
  throw new GroupError(
    ErrorCode.FENCED_INSTANCE_ID,
    `the instance id "${known.metadata.instanceId}" belongs to the member ${known.id} by now, not to ${memberId}`,
  );
}

export function refuseIfFull(group: ConsumerGroup, maxSize: number, memberId: string): void {
  if (group.members.size < maxSize || (memberId !== "" && group.members.has(memberId))) return;
  throw new GroupError(
    ErrorCode.GROUP_MAX_SIZE_REACHED,
    `the group "${group.id}" has ${group.members.size} members, and group.consumer.max.size is ${maxSize}`,
  );
}

function newMember(id: string): FoundMember {
  return {
    before: { id, metadata: NEW_METADATA, current: NO_ASSIGNMENT },
    isNew: true,
    replaced: undefined,
  };
}

function checkEpoch({ current }: ConsumerMember, told: number, owned: Partitions | null): void {
  if (told === JOIN || told === current.epoch) return;
  const lostAnswer = told < current.epoch && told === current.previousEpoch && owned !== null &&
    isSubset(owned, current.assigned);
  if (lostAnswer) return;
  throw new GroupError(
    ErrorCode.FENCED_MEMBER_EPOCH,
    `the member comes with epoch ${told}, and has ${current.epoch}: give up all partitions and rejoin`,
  );
}

function metadataOf(before: MemberMetadata, request: HeartbeatRequest & Client): MemberMetadata {
  const { rebalanceTimeoutMs, subscribedTopicNames } = request;
  return {
    instanceId: request.instanceId ?? before.instanceId,
    rackId: request.rackId ?? before.rackId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    subscribedTopicNames: subscribedTopicNames === null
      ? before.subscribedTopicNames
      : nameList(subscribedTopicNames),
    subscribedTopicRegex: request.subscribedTopicRegex ?? before.subscribedTopicRegex,
    rebalanceTimeoutMs: rebalanceTimeoutMs === NOT_TOLD ? before.rebalanceTimeoutMs : rebalanceTimeoutMs,
    serverAssignor: request.serverAssignor ?? before.serverAssignor,
    classic: null,
  };
}

/** It keeps what it was given, and nobody else may have that; commits of its former life are too late. */
function leftForNow({ current }: ConsumerMember) {
  const assigned = new Map([...current.assigned].map(([id, epochs]) => [id, new Set(epochs.keys())]));
  return {
    ...current,
    epoch: LEAVE_FOR_NOW,
    assigned: heldSince(assigned, 0),
    pendingRevocation: NO_PARTITIONS,
  };
}

function refuseEmpty(value: string | null, name: string): void {
  if (value !== null && value.trim() === "") throw invalid(`${name} is empty`);
}

function invalid(message: string): GroupError {
  return new GroupError(ErrorCode.INVALID_REQUEST, message);
}

function unknownMember(message: string): GroupError {
  return new GroupError(ErrorCode.UNKNOWN_MEMBER_ID, message);
}
