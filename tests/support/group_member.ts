/**
 * A consumer of the classic protocol, as far as the broker sees one: joins, syncs, reports and leaves through the codecs.
 * @module
 */
import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import type { JoinGroupRequest, JoinGroupResponse } from "../../protocol/messages/11_join_group.ts";
import type { SyncGroupRequest, SyncGroupResponse } from "../../protocol/messages/14_sync_group.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { TestBroker } from "./test_broker.ts";
import type { TestClient } from "./test_client.ts";

const encoder = new TextEncoder();

export interface GroupMemberOptions {
  readonly groupId?: string;
  /** From version 5 of JoinGroup on. */
  readonly instanceId?: string | null;
  /** Of JoinGroup, and as far as they go of the others. */
  readonly version?: number;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly protocolType?: string;
  /** By name, in the order of preference. */
  readonly protocols?: Readonly<Record<string, string>>;
}

/** The version of each API that goes with a version of JoinGroup. */
function versionFor(joinVersion: number, newest: number): number {
  return Math.min(joinVersion, newest);
}

export class GroupMember {
  readonly client: TestClient;
  readonly groupId: string;
  readonly instanceId: string | null;
  readonly version: number;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocolType: string;
  protocols: Readonly<Record<string, string>>;
  memberId = "";
  generationId = -1;

  constructor(broker: TestBroker, options: GroupMemberOptions = {}) {
    this.client = broker.connect();
    this.groupId = options.groupId ?? "group";
    this.version = options.version ?? 9;
    this.instanceId = options.instanceId ?? null;
    this.sessionTimeoutMs = options.sessionTimeoutMs ?? 10_000;
    this.rebalanceTimeoutMs = options.rebalanceTimeoutMs ?? 20_000;
    this.protocolType = options.protocolType ?? "consumer";
    this.protocols = options.protocols ?? { range: "topics" };
  }

  sendJoin(fields: Partial<InputOf<typeof JoinGroupRequest>> = {}): void {
    this.client.send(api.JoinGroup, this.version, {
      groupId: this.groupId,
      sessionTimeoutMs: this.sessionTimeoutMs,
      ...(this.version >= 1 && { rebalanceTimeoutMs: this.rebalanceTimeoutMs }),
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      protocolType: this.protocolType,
      protocols: Object.entries(this.protocols).map(([name, text]) => ({
        name,
        metadata: encoder.encode(text),
      })),
      ...fields,
    });
  }

  receiveJoin(): JoinGroupResponse {
    const answer = this.client.receive(api.JoinGroup);
    const { errorCode, memberId, generationId } = answer;
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.memberId = memberId;
    if (errorCode === ErrorCode.NONE) this.generationId = generationId;
    return answer;
  }

  /** Sends a join that will wait, having asked for a member id if that is needed first. */
  *beginJoin(): Generator<void, void> {
    if (this.memberId === "" && this.instanceId === null && this.version >= 4) {
      this.sendJoin();
      yield;
      assert.equal(this.receiveJoin().errorCode, ErrorCode.MEMBER_ID_REQUIRED);
    }
    this.sendJoin();
    yield;
  }

  /** Joins, and waits as long as a group that was empty waits for others. */
  *join(broker: TestBroker): Generator<void, JoinGroupResponse> {
    yield* this.beginJoin();
    if (this.client.hasNothing()) yield* broker.pass(broker.config.groups.initialRebalanceDelayMs);
    return this.receiveJoin();
  }

  sendSync(
    assignments: Readonly<Record<string, string>> = {},
    fields: Partial<InputOf<typeof SyncGroupRequest>> = {},
  ): void {
    const version = versionFor(this.version, 5);
    this.client.send(api.SyncGroup, version, {
      groupId: this.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: version >= 3 ? this.instanceId : null,
      ...(version >= 5 && { protocolType: this.protocolType, protocolName: Object.keys(this.protocols)[0]! }),
      assignments: Object.entries(assignments).map(([memberId, text]) => ({
        memberId,
        assignment: encoder.encode(text),
      })),
      ...fields,
    });
  }

  receiveSync(): { readonly answer: SyncGroupResponse; readonly errorCode: number; readonly text: string } {
    const answer = this.client.receive(api.SyncGroup);
    return { answer, errorCode: answer.errorCode, text: new TextDecoder().decode(answer.assignment) };
  }

  /** As the leader: what each member gets, by its id. */
  *sync(
    assignments?: Readonly<Record<string, string>>,
  ): Generator<void, { errorCode: number; text: string }> {
    this.sendSync(assignments);
    yield;
    return this.receiveSync();
  }

  *heartbeat(): Generator<void, number> {
    const version = versionFor(this.version, 4);
    const { errorCode } = yield* this.client.ask(api.Heartbeat, version, {
      groupId: this.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: version >= 3 ? this.instanceId : null,
    });
    return errorCode;
  }

  /** The error of the answer, or the member's own. */
  *leave(): Generator<void, number> {
    const version = versionFor(this.version, 5);
    const answer = yield* this.client.ask(api.LeaveGroup, version, {
      groupId: this.groupId,
      ...(version < 3
        ? { memberId: this.memberId }
        : { members: [{ memberId: this.memberId, groupInstanceId: this.instanceId }] }),
    });
    return answer.errorCode || (answer.members[0]?.errorCode ?? 0);
  }
}

/** `members` join a group and sync; the first of them leads. Each is assigned the text "for" and its place. */
export function* stableGroup(broker: TestBroker, members: readonly GroupMember[]): Generator<void, void> {
  for (const member of members) yield* member.beginJoin();
  for (let waits = 0; members.some((member) => member.client.hasNothing()); waits++) {
    assert.ok(waits < 100, "the group does not come together");
    yield* broker.pass(broker.config.groups.initialRebalanceDelayMs);
  }
  for (const member of members) assert.equal(member.receiveJoin().errorCode, ErrorCode.NONE);
  const assignments = Object.fromEntries(members.map(({ memberId }, index) => [memberId, `for ${index}`]));
  members.forEach((member, index) => member.sendSync(index === 0 ? assignments : {}));
  yield;
  members.forEach((member, index) => {
    const { errorCode, text } = member.receiveSync();
    assert.deepEqual([errorCode, text], [ErrorCode.NONE, `for ${index}`]);
  });
}
