/**
 * Members of consumer groups that speak the classic protocol, while a group changes from one protocol to the other: JoinGroup,
 * SyncGroup, Heartbeat and LeaveGroup, as {@link ClassicGroups} has them for classic groups.
 *
 * To such a member the group is one whose leader is somebody else: it joins, is answered at once, and its assignment, which the broker
 * has made, is there when it syncs. Its generation is its member epoch. When the group has a newer target for it, or it has to give
 * something up, its heartbeat says that it is to join again; then it tells what it still owns.
 * Source: Kafka's GroupMetadataManager.classicGroupJoinToConsumerGroup and its like.
 * @module
 */
import { CONSUMER_PROTOCOL_TYPE, decodeSubscription } from "../../../protocol/consumer_protocol.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import type { JoinGroupRequest } from "../../../protocol/messages/11_join_group.ts";
import type { HeartbeatRequest } from "../../../protocol/messages/12_heartbeat.ts";
import type { SyncGroupRequest } from "../../../protocol/messages/14_sync_group.ts";
import { LogError } from "../../../storage/log_error.ts";
import {
  joinRefusal,
  type JoinWaiter,
  type LeavingMember,
  syncRefusal,
  type SyncWaiter,
  writeErrorCode,
} from "../classic/classic_events.ts";
import { type GroupClient, REQUIRES_MEMBER_ID_FROM_VERSION } from "../classic/classic_groups.ts";
import { newMemberId } from "../classic/member_id.ts";
import { type Advanced, advanceMember } from "./advance_member.ts";
import type { ConsumerGroup } from "./consumer_group.ts";
import {
  type ClassicProtocol,
  type ConsumerMember,
  type MemberMetadata,
  nameList,
} from "./consumer_member.ts";
import { assignmentBytes } from "./downgrade.ts";
import { GroupError } from "./group_error.ts";
import type { GroupKeeper } from "./group_keeper.ts";
import { dynamicMember, refuseIfFull, staticMember, successor } from "./heartbeat.ts";
import { partitionsByName } from "./upgrade.ts";

const NOT_TOLD = -1;

export class ClassicMembers {
  readonly #keeper: GroupKeeper;

  constructor(keeper: GroupKeeper) {
    this.#keeper = keeper;
  }

  /** `waiter` is called once, when what it says is acknowledged. */
  join(asked: JoinGroupRequest, client: GroupClient, waiter: JoinWaiter): void {
    const refuse = (code: number) => waiter(joinRefusal(code, asked.memberId));
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#keeper.options.config;
    const { sessionTimeoutMs, groupInstanceId: instanceId } = asked;
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) {
      return refuse(ErrorCode.INVALID_SESSION_TIMEOUT);
    }
    this.#try(asked.groupId, refuse, (group) => {
      const { random } = this.#keeper.options;
      const isKnown = asked.memberId !== "";
      const memberId = isKnown ? asked.memberId : newMemberId(instanceId ?? client.clientId, random);
      this.#checkJoin(group, memberId, asked);
      if (!isKnown && instanceId === null && client.apiVersion >= REQUIRES_MEMBER_ID_FROM_VERSION) {
        return waiter(joinRefusal(ErrorCode.MEMBER_ID_REQUIRED, memberId));
      }
      const known = instanceId === null ? group.members.get(memberId) : group.staticMember(instanceId);
      const { facts, member, ...seen } = this.#advance(group, memberId, asked, client);
      this.#keeper.keep(group, facts, { seen });
      this.#keeper.cancel(group, "join", member.id);
      this.#keeper.cancel(group, "rebalance", member.id);
      this.#keeper.hear(group, member);
      this.#keeper.awaitSync(group, member);
      // It spoke the new protocol before, and may have been the last to do so.
      if (known?.metadata.classic === null) this.#keeper.downgrade(group, []);
      this.#keeper.whenKept(group, (errorCode) => {
        if (errorCode !== ErrorCode.NONE) return refuse(errorCode);
        waiter({
          ...joinRefusal(ErrorCode.NONE, member.id),
          generationId: member.current.epoch,
          protocolType: CONSUMER_PROTOCOL_TYPE,
          protocolName: protocolNameOf(member),
        });
      });
    });
  }

  /** `waiter` is called once. */
  sync(asked: SyncGroupRequest, waiter: SyncWaiter): void {
    const refuse = (code: number) => waiter(syncRefusal(code));
    this.#try(asked.groupId, refuse, (group) => {
      const member = classicMember(group, asked.memberId, asked.groupInstanceId);
      if (asked.generationId !== member.current.epoch) return refuse(ErrorCode.ILLEGAL_GENERATION);
      const protocolName = protocolNameOf(member);
      const differs = (asked.protocolType ?? CONSUMER_PROTOCOL_TYPE) !== CONSUMER_PROTOCOL_TYPE ||
        (asked.protocolName ?? protocolName) !== protocolName;
      if (differs) return refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
      const { epoch, state, assigned } = member.current;
      if (group.assignmentEpoch > epoch && state !== "unrevoked") {
        this.#keeper.awaitJoin(group, member);
        return refuse(ErrorCode.REBALANCE_IN_PROGRESS);
      }
      const assignment = assignmentBytes(assigned, member.metadata.classic!, this.#keeper.options.topics);
      this.#keeper.cancel(group, "sync", member.id);
      this.#keeper.hear(group, member);
      this.#keeper.whenKept(group, (errorCode) => {
        if (errorCode !== ErrorCode.NONE) return refuse(errorCode);
        const { protocolType, protocolName } = asked;
        waiter({ errorCode, protocolType, protocolName, assignment });
      });
    });
  }

  /** NONE, or the error. */
  heartbeat(asked: HeartbeatRequest): number {
    let errorCode: number = ErrorCode.NONE;
    this.#try(asked.groupId, (code) => errorCode = code, (group) => {
      const member = classicMember(group, asked.memberId, asked.groupInstanceId);
      const { epoch, state } = member.current;
      if (asked.generationId !== epoch) {
        errorCode = ErrorCode.ILLEGAL_GENERATION;
        return;
      }
      this.#keeper.hear(group, member);
      const isToJoin = epoch < group.assignmentEpoch || state === "unrevoked" ||
        (state === "unreleased" && !waitsForOthers(group, member));
      if (!isToJoin) return;
      errorCode = ErrorCode.REBALANCE_IN_PROGRESS;
      this.#keeper.awaitJoin(group, member);
    });
    return errorCode;
  }

  /** Calls `done` with an error code for each of `leaving`, when it is certain that they have left. */
  leave(
    groupId: string,
    leaving: readonly LeavingMember[],
    done: (errorCodes: readonly number[]) => void,
  ): void {
    const refuse = (code: number) => done(leaving.map(() => code));
    this.#try(groupId, refuse, (group) => {
      const gone = new Map<string, ConsumerMember>();
      const errorCodes = leaving.map((each) => {
        const found = leavingMember(group, each);
        if (typeof found === "number") return found;
        gone.set(found.id, found);
        return ErrorCode.NONE;
      });
      this.#keeper.remove(group, [...gone.values()]);
      this.#keeper.whenKept(
        group,
        (errorCode) => errorCode === ErrorCode.NONE ? done(errorCodes) : refuse(errorCode),
      );
    });
  }

  /** Throws GroupError. */
  #checkJoin(group: ConsumerGroup, memberId: string, { protocolType, protocols }: JoinGroupRequest): void {
    const { consumer } = this.#keeper.options.config;
    if (consumer.migrationPolicy === "disabled") {
      throw inconsistent(
        `the group "${group.id}" is a consumer group, and group.consumer.migration.policy is disabled`,
      );
    }
    refuseIfFull(group, consumer.maxSize, memberId);
    const others = [...group.members.values()].map(({ metadata }) => metadata.classic).filter((each) =>
      each !== null
    );
    const isCommon = ({ name }: ClassicProtocol) =>
      others.every((other) => other.protocols.some((protocol) => protocol.name === name));
    if (protocolType !== CONSUMER_PROTOCOL_TYPE || !protocols.some(isCommon)) {
      throw inconsistent(
        `member ${memberId} supports no protocol that the others of group "${group.id}" support`,
      );
    }
  }

  /** Throws GroupError. */
  #advance(group: ConsumerGroup, memberId: string, asked: JoinGroupRequest, client: GroupClient): Advanced {
    const { groupInstanceId: instanceId } = asked;
    const subscription = decodeSubscription(asked.protocols[0]!.metadata)?.value;
    if (subscription === undefined) {
      throw inconsistent(`the subscription of member ${memberId} can't be read`);
    }
    const known = instanceId === null ? undefined : group.staticMember(instanceId);
    const found = instanceId === null
      ? dynamicMember(group, memberId, true)
      // A static member that does not know its id takes the place of whoever it was.
      : known !== undefined && asked.memberId === ""
      ? successor(known, memberId)
      : staticMember(group, memberId, instanceId, asked.memberId === "");
    const { metadata: before } = found.before;
    const { rebalanceTimeoutMs, sessionTimeoutMs } = asked;
    const metadata: MemberMetadata = {
      instanceId: instanceId ?? before.instanceId,
      rackId: subscription.rackId === null || subscription.rackId === ""
        ? before.rackId
        : subscription.rackId,
      clientId: client.clientId,
      clientHost: client.clientHost,
      subscribedTopicNames: nameList(subscription.topics),
      subscribedTopicRegex: "",
      // Version 0 has no such field.
      rebalanceTimeoutMs: client.apiVersion === 0
        ? sessionTimeoutMs
        : rebalanceTimeoutMs === NOT_TOLD
        ? before.rebalanceTimeoutMs
        : rebalanceTimeoutMs,
      serverAssignor: before.serverAssignor,
      classic: {
        sessionTimeoutMs,
        protocols: asked.protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() })),
      },
    };
    const owned = partitionsByName(subscription.ownedPartitions, this.#keeper.options.topics);
    return advanceMember(group, this.#keeper.environment(), { ...found, metadata, owned });
  }

  #try(groupId: string, refuse: (errorCode: number) => void, act: (group: ConsumerGroup) => void): void {
    try {
      const group = this.#keeper.group(groupId);
      if (group === undefined) refuse(ErrorCode.UNKNOWN_MEMBER_ID);
      else act(group);
    } catch (error) {
      if (error instanceof GroupError) return refuse(error.code);
      if (!(error instanceof LogError)) throw error;
      this.#keeper.warn(groupId, error);
      refuse(writeErrorCode(error.code));
    }
  }
}

/** Throws GroupError unless it is a member of the classic protocol. */
function classicMember(group: ConsumerGroup, memberId: string, instanceId: string | null): ConsumerMember {
  const { before: member } = instanceId === null
    ? dynamicMember(group, memberId, false)
    : staticMember(group, memberId, instanceId, false);
  if (member.metadata.classic !== null) return member;
  throw new GroupError(ErrorCode.UNKNOWN_MEMBER_ID, `member ${memberId} does not speak the classic protocol`);
}

/** The member, or an error. A tool may know the instance alone. */
function leavingMember(
  group: ConsumerGroup,
  { memberId, groupInstanceId: instanceId }: LeavingMember,
): ConsumerMember | number {
  const member = instanceId === null ? group.members.get(memberId) : group.staticMember(instanceId);
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  if (instanceId === null || memberId === "" || member.id === memberId) return member;
  return ErrorCode.FENCED_INSTANCE_ID;
}

/** Whether something that it is to have is still held by another. */
function waitsForOthers(group: ConsumerGroup, { id, current }: ConsumerMember): boolean {
  for (const [topicId, partitions] of group.targetOf(id)) {
    for (const partition of partitions) {
      const isHeld = current.assigned.get(topicId)?.has(partition) === true;
      if (!isHeld && group.ownerOf(topicId, partition) !== undefined) return true;
    }
  }
  return false;
}

function protocolNameOf({ metadata }: ConsumerMember): string {
  return metadata.classic!.protocols[0]!.name;
}

function inconsistent(message: string): GroupError {
  return new GroupError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, message);
}
