/**
 * Groups of the classic protocol, led through their lives without a network: for benchmarks.
 * @module
 */
import { ClassicGroups, type GroupClient } from "../../broker/coordinator/classic/classic_groups.ts";
import type { JoinAnswer } from "../../broker/coordinator/classic/classic_events.ts";
import type { Group } from "../../broker/coordinator/group.ts";
import { ClassicGroup } from "../../broker/coordinator/classic/classic_group.ts";
import type { JournalRecord } from "../../broker/coordinator/journal.ts";
import { Deadlines } from "../../broker/reactor/deadlines.ts";
import { brokerConfig, Settings } from "../../broker/settings.ts";
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from "../../protocol/consumer_protocol.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { encodeVersioned } from "../../protocol/versioned.ts";
import { SeededRandom } from "../../tests/support/random.ts";
import { TestClock } from "../../tests/support/storage_fixture.ts";

const CLIENT: GroupClient = { clientId: "bench-consumer", clientHost: "/127.0.0.1", apiVersion: 9 };
const SESSION_MS = 45_000;
const REBALANCE_MS = 300_000;
const subscription = encodeVersioned(ConsumerProtocolSubscription, 1, { topics: ["orders", "payments"] });
const protocols = ["range", "cooperative-sticky"].map((name) => ({ name, metadata: subscription }));

export interface DrivenMember {
  readonly groupId: string;
  memberId: string;
  generationId: number;
  leads: boolean;
  isSynced: boolean;
}

export interface DrivenGroups {
  readonly groups: ClassicGroups;
  readonly registry: ReadonlyMap<string, Group>;
  readonly members: readonly DrivenMember[];
  readonly clock: TestClock;
  readonly deadlines: Deadlines;
  /** Written to the journal, which keeps nothing. */
  journalBytes: number;
}

/** `groups` groups of `members` members each, all of them stable. */
export function stableGroups({ groups: groupCount, members: memberCount }: {
  readonly groups: number;
  readonly members: number;
}): DrivenGroups {
  const clock = new TestClock();
  const deadlines = new Deadlines();
  const registry = new Map<string, Group>();
  const journal = {
    topic: "__consumer_offsets",
    partitionOf: () => 0,
    append(_partition: number, records: readonly JournalRecord[]) {
      for (const { key, value } of records) driven.journalBytes += key.length + (value?.length ?? 0);
      return 0;
    },
    whenAcknowledged: (_partition: number, done: () => void) => done(),
  };
  const groups = new ClassicGroups({
    groups: registry,
    journal,
    clock,
    random: new SeededRandom(1),
    log: () => {},
    deadlines,
    config: brokerConfig(new Settings([])).groups,
  });
  const members = Array.from({ length: groupCount * memberCount }, (_, index): DrivenMember => ({
    groupId: `group-${Math.floor(index / memberCount)}`,
    memberId: "",
    generationId: -1,
    leads: false,
    isSynced: false,
  }));
  const driven: DrivenGroups = { groups, registry, members, clock, deadlines, journalBytes: 0 };
  // Once for an id, once to wait.
  for (const member of members) join(driven, member);
  for (const member of members) join(driven, member);
  pass(driven, REBALANCE_MS);
  syncAll(driven);
  return driven;
}

/** The leader wants to assign anew; all join again, and sync. */
export function rebalance(driven: DrivenGroups): void {
  const { members } = driven;
  for (const member of members) if (member.leads) join(driven, member);
  for (const member of members) if (!member.leads) join(driven, member);
  syncAll(driven);
}

/** Every member reports once; how many are members in good standing. */
export function heartbeatRound({ groups, members }: DrivenGroups): number {
  let accepted = 0;
  for (const { groupId, memberId, generationId } of members) {
    const errorCode = groups.heartbeat({ groupId, memberId, generationId, groupInstanceId: null });
    if (errorCode === ErrorCode.NONE) accepted++;
  }
  return accepted;
}

/** In a line: of all groups, and what was written. */
export function stateOf({ registry, journalBytes }: DrivenGroups): string {
  const groups = [...registry.values()].filter((group) => group instanceof ClassicGroup);
  return `${
    groups.map(({ state, generationId }) => `${state} ${generationId}`).join(", ")
  }; ${journalBytes} bytes`;
}

function join({ groups }: DrivenGroups, member: DrivenMember): void {
  groups.join(
    {
      groupId: member.groupId,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      memberId: member.memberId,
      groupInstanceId: null,
      protocolType: "consumer",
      protocols,
      reason: null,
    },
    CLIENT,
    ({ memberId, generationId, leader }: JoinAnswer) => {
      member.memberId = memberId;
      member.generationId = generationId;
      member.leads = leader === memberId;
      member.isSynced = false;
    },
  );
}

function syncAll(driven: DrivenGroups): void {
  const byGroup = Map.groupBy(driven.members, ({ groupId }) => groupId);
  for (const members of byGroup.values()) {
    for (const member of members) {
      driven.groups.sync({
        groupId: member.groupId,
        generationId: member.generationId,
        memberId: member.memberId,
        groupInstanceId: null,
        protocolType: "consumer",
        protocolName: "range",
        assignments: member.leads ? assignments(members) : [],
      }, ({ errorCode }) => {
        if (errorCode !== ErrorCode.NONE) throw new Error(`a sync ends with error ${errorCode}`);
        member.isSynced = true;
      });
    }
  }
  if (!driven.members.every(({ isSynced }) => isSynced)) throw new Error("a sync is not answered");
}

function assignments(members: readonly DrivenMember[]): { memberId: string; assignment: Uint8Array }[] {
  return members.map(({ memberId }, index) => ({
    memberId,
    assignment: encodeVersioned(ConsumerProtocolAssignment, 1, {
      assignedPartitions: [{ topic: "orders", partitions: [index] }],
    }),
  }));
}

/** Only as long as something is waited for: nobody reports meanwhile. */
function pass({ clock, deadlines, members }: DrivenGroups, ms: number): void {
  const untilMs = clock.monotonicMs + ms;
  while (members.some(({ generationId }) => generationId < 0)) {
    const nextMs = deadlines.nextMs();
    if (nextMs === undefined || nextMs > untilMs) throw new Error("the groups do not come together");
    clock.advance(nextMs - clock.monotonicMs);
    deadlines.runDue(clock.monotonicMs);
  }
}
