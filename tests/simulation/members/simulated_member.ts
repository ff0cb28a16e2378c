/**
 * A member as client/consumer/group_member.ts is one, over a simulated network: it does what its membership says.
 * @module
 */
import type { ClassicGroups } from "../../../broker/coordinator/classic/classic_groups.ts";
import type { JoinAnswer, SyncAnswer } from "../../../broker/coordinator/classic/classic_events.ts";
import type { Assignor } from "../../../client/consumer/assignors/assignor.ts";
import {
  Membership,
  type MembershipAction,
  type MembershipPhase,
} from "../../../client/consumer/membership.ts";
import { byTopic, type TopicPartition } from "../../../client/consumer/topic_partitions.ts";
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from "../../../protocol/consumer_protocol.ts";
import { encodeVersioned } from "../../../protocol/versioned.ts";

export interface MemberWorld {
  readonly groupId: string;
  readonly groups: ClassicGroups;
  readonly assignor: Assignor;
  readonly partitionCounts: ReadonlyMap<string, number>;
  readonly nowMs: number;
  random(limit: number): number;
  send(deliver: () => void, breaks: () => void): void;
  later(ms: number, run: () => void): void;
  check(): void;
}

const HEARTBEAT_MS = 1000;
/** Longer than a session, or members that know of nothing would be passed over. */
const REBALANCE_MS = 20_000;
/** How soon it notices at most that a connection has broken, and how long it waits for an answer that waits for nobody. */
const PATIENCE_MS = 3000;
/** How long its owner takes at most to give partitions up. */
const GIVE_UP_MS = 1500;

export class SimulatedMember {
  readonly #world: MemberWorld;
  readonly #membership: Membership;
  readonly #sessionTimeoutMs: number;
  /** What its owner works on: until it has been given up, or is lost. */
  readonly owned = new Set<string>();
  /** Its process has ended. */
  isSilent = false;
  /** Until then nothing comes out or in: it comes later. */
  #isolatedUntilMs = -Infinity;
  /** Counts connections: what was asked over an earlier one is not answered. */
  #connection = 0;
  #revocations = 0;
  readonly #breaking = new Set<() => void>();

  constructor(world: MemberWorld, readonly name: string, sessionTimeoutMs: number) {
    this.#world = world;
    this.#sessionTimeoutMs = sessionTimeoutMs;
    this.#membership = new Membership({
      groupId: world.groupId,
      sessionTimeoutMs,
      heartbeatIntervalMs: HEARTBEAT_MS,
      isCooperative: world.assignor.isCooperative,
      random: () => world.random(1000) / 1000,
    });
  }

  get dueMs(): number {
    return this.#membership.dueMs;
  }

  get phase(): MembershipPhase {
    return this.#membership.phase;
  }

  subscribe(topics: readonly string[]): void {
    this.#membership.subscribe(topics, this.#world.nowMs);
    this.#carryOn();
  }

  leave(): void {
    this.owned.clear();
    this.#membership.leave();
    this.#carryOn();
  }

  tick(): void {
    this.#membership.tick(this.#world.nowMs);
    this.#carryOn();
  }

  isolate(ms: number): void {
    this.#isolatedUntilMs = Math.max(this.#isolatedUntilMs, this.#world.nowMs + ms);
  }

  /** What was asked is not answered, and its askers find out. */
  connectionsLost(): void {
    this.#connection++;
    for (const breaks of [...this.#breaking]) breaks();
  }

  #carryOn(): void {
    for (const action of this.#membership.takeActions()) this.#do(action);
    this.#world.check();
  }

  #do(action: MembershipAction): void {
    switch (action.kind) {
      case "assigned":
        for (const one of action.added) this.owned.add(nameOf(one));
        return;
      case "failed":
        throw action.error;
      case "revoke":
        return this.#giveUp(action);
      case "join":
        return this.#join(action);
      case "assign": {
        const assignments = this.#world.assignor.assign(action.members, this.#world.partitionCounts);
        this.#membership.assignmentsMade(action.round, assignments);
        return this.#carryOn();
      }
      case "sync":
        return this.#sync(action);
      case "heartbeat":
        return this.#heartbeat(action.round);
      case "leave":
        return this.#leave(action.memberId);
    }
  }

  #giveUp({ round, partitions, isLost }: MembershipAction & { kind: "revoke" }): void {
    const drop = () => partitions.forEach((one) => this.owned.delete(nameOf(one)));
    // What is lost must not be worked on any more, whatever its owner is doing.
    if (isLost) drop();
    const revocation = ++this.#revocations;
    this.#world.later(this.#world.random(GIVE_UP_MS), () => {
      if (revocation === this.#revocations) drop();
      this.#membership.revoked(round);
      this.#carryOn();
    });
  }

  #join({ round, memberId }: MembershipAction & { kind: "join" }): void {
    const { topics, assigned, generationId } = this.#membership;
    const { assignor, groups, groupId } = this.#world;
    const metadata = encodeVersioned(ConsumerProtocolSubscription, 3, {
      topics: [...topics],
      ownedPartitions: assignor.isCooperative
        ? byTopic(assigned, ({ partition }) => partition)
          .map(({ name, partitions }) => ({ topic: name, partitions }))
        : [],
      generationId,
    });
    this.#ask<JoinAnswer>(REBALANCE_MS + PATIENCE_MS, (answer) =>
      (this.#world.groups ?? groups).join(
        {
          groupId,
          sessionTimeoutMs: this.#sessionTimeoutMs,
          rebalanceTimeoutMs: REBALANCE_MS,
          memberId,
          groupInstanceId: null,
          protocolType: "consumer",
          protocols: [{ name: assignor.name, metadata }],
          reason: null,
        },
        { clientId: this.name, clientHost: "/127.0.0.1", apiVersion: 9 },
        answer,
      ), (answer) => {
      if (answer === undefined) this.#membership.joinFailed(round, this.#world.nowMs);
      else {
        const members = [...answer.members];
        this.#membership.joined(round, { throttleTimeMs: 0, ...answer, members }, this.#world.nowMs);
      }
    });
  }

  #sync({ round, assignments }: MembershipAction & { kind: "sync" }): void {
    const { memberId, generationId, protocol } = this.#membership;
    this.#ask<SyncAnswer>(REBALANCE_MS + PATIENCE_MS, (answer) =>
      this.#world.groups.sync({
        groupId: this.#world.groupId,
        generationId,
        memberId,
        groupInstanceId: null,
        protocolType: "consumer",
        protocolName: protocol,
        assignments: Array.from(assignments ?? [], ([memberId, partitions]) => ({
          memberId,
          assignment: encodeVersioned(ConsumerProtocolAssignment, 1, {
            assignedPartitions: byTopic(partitions, ({ partition }) => partition)
              .map(({ name, partitions }) => ({ topic: name, partitions })),
          }),
        })),
      }, answer), (answer) => {
      if (answer === undefined) this.#membership.joinFailed(round, this.#world.nowMs);
      else this.#membership.synced(round, { throttleTimeMs: 0, ...answer }, this.#world.nowMs);
    });
  }

  #heartbeat(round: number): void {
    const { memberId, generationId } = this.#membership;
    this.#ask<number>(
      PATIENCE_MS,
      (answer) =>
        answer(this.#world.groups.heartbeat({
          groupId: this.#world.groupId,
          generationId,
          memberId,
          groupInstanceId: null,
        })),
      (errorCode) => this.#membership.heartbeatAnswered(round, errorCode, this.#world.nowMs),
    );
  }

  #leave(memberId: string): void {
    this.#ask<readonly number[]>(PATIENCE_MS, (answer) => {
      this.#world.groups.leave(this.#world.groupId, [{ memberId, groupInstanceId: null }], answer);
    }, () => {});
  }

  /** Over the network and back; undefined: no answer came in time. */
  #ask<Answer>(
    patienceMs: number,
    ask: (answer: (answer: Answer) => void) => void,
    take: (answer: Answer | undefined) => void,
  ): void {
    const world = this.#world;
    const connection = this.#connection;
    let isOver = false;
    const end = (answer: Answer | undefined) => {
      if (isOver || this.isSilent) return;
      isOver = true;
      this.#breaking.delete(breaks);
      take(answer);
      this.#carryOn();
    };
    // A connection that breaks is noticed soon; over one that leads nowhere what was sent comes late.
    const breaks = () => world.later(world.random(PATIENCE_MS), () => end(undefined));
    const travel = (deliver: () => void) => {
      world.send(() => {
        if (this.isSilent) return;
        if (connection !== this.#connection) breaks();
        else if (world.nowMs < this.#isolatedUntilMs) {
          world.later(this.#isolatedUntilMs - world.nowMs, () => travel(deliver));
        } else deliver();
      }, breaks);
    };
    this.#breaking.add(breaks);
    travel(() => ask((answer) => travel(() => end(answer))));
    world.later(patienceMs, () => end(undefined));
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`;
}
