/**
 * A consumer of the classic protocol that a group changes from or to the new one under: joins, syncs, heartbeats. It is eager: whenever it
 * is to join again it gives everything up. Where it is the leader of a classic group it shares out all that anybody wants.
 * @module
 */
import type { ClassicGroups } from "../../../broker/coordinator/classic/classic_groups.ts";
import type { JoinAnswer } from "../../../broker/coordinator/classic/classic_events.ts";
import type { ClassicMembers } from "../../../broker/coordinator/consumer/classic_members.ts";
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeAssignment,
  decodeSubscription,
} from "../../../protocol/consumer_protocol.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { encodeVersioned } from "../../../protocol/versioned.ts";
import type { MemoryTopics } from "./memory_topics.ts";

const PROTOCOL = "range";
const SESSION_MS = 45_000;
const REBALANCE_MS = 60_000;

export class SimulatedClassicMember {
  readonly #groupId: string;
  readonly #topics: MemoryTopics;
  memberId = "";
  generationId = -1;
  topics: readonly string[];
  /** What it reads from: "topicId partition". */
  owned = new Set<string>();
  phase: "out" | "joining" | "joined" | "syncing" | "stable" = "out";
  /** There was no room for it. */
  isGone = false;
  #joined: JoinAnswer | undefined;
  /** Answers to what it asked in a former life don't count. */
  #life = 0;

  constructor(groupId: string, wanted: readonly string[], topics: MemoryTopics) {
    this.#groupId = groupId;
    this.topics = wanted;
    this.#topics = topics;
  }

  /** Does what is next. */
  act(broker: ClassicGroups | ClassicMembers): void {
    if (this.isGone) return;
    switch (this.phase) {
      case "out":
        return this.#join(broker);
      case "joined":
        return this.#sync(broker);
      case "stable":
        return this.#heartbeat(broker);
    }
  }

  leave(broker: ClassicGroups | ClassicMembers): void {
    const { memberId } = this;
    this.restart();
    if (memberId !== "") broker.leave(this.#groupId, [{ memberId, groupInstanceId: null }], () => {});
  }

  /** What it asked is not answered any more, as the broker is gone. */
  restart(): void {
    this.#life++;
    this.phase = "out";
    this.owned = new Set();
  }

  #join(broker: ClassicGroups | ClassicMembers): void {
    const life = this.#life;
    const metadata = encodeVersioned(ConsumerProtocolSubscription, 1, { topics: this.topics });
    this.phase = "joining";
    broker.join(
      {
        groupId: this.#groupId,
        memberId: this.memberId,
        groupInstanceId: null,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        protocolType: "consumer",
        protocols: [{ name: PROTOCOL, metadata }],
        reason: null,
      },
      { clientId: "classic", clientHost: "/127.0.0.1", apiVersion: 9 },
      (answer) => {
        if (life !== this.#life) return;
        this.phase = "out";
        if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.memberId = answer.memberId;
        else if (answer.errorCode !== ErrorCode.NONE) this.#refused(answer.errorCode);
        else {
          this.memberId = answer.memberId;
          this.generationId = answer.generationId;
          this.#joined = answer;
          this.phase = "joined";
        }
      },
    );
  }

  #sync(broker: ClassicGroups | ClassicMembers): void {
    const life = this.#life;
    this.phase = "syncing";
    const isLeader = this.#joined!.leader === this.memberId;
    // A topic may be another one of that name when the answer comes.
    const ids = new Map(this.#topics.topics().map(({ name, id }) => [name, id]));
    broker.sync(
      {
        groupId: this.#groupId,
        generationId: this.generationId,
        memberId: this.memberId,
        groupInstanceId: null,
        protocolType: "consumer",
        protocolName: PROTOCOL,
        assignments: isLeader ? this.#assign() : [],
      },
      ({ errorCode, assignment }) => {
        if (life !== this.#life) return;
        if (errorCode !== ErrorCode.NONE) return this.#refused(errorCode);
        const list = assignment.length === 0 ? [] : decodeAssignment(assignment)!.value.assignedPartitions;
        this.owned = new Set(list.flatMap(({ topic, partitions }) => {
          const id = ids.get(topic);
          return id === undefined ? [] : partitions.map((partition) => `${id} ${partition}`);
        }));
        this.phase = "stable";
      },
    );
  }

  #heartbeat(broker: ClassicGroups | ClassicMembers): void {
    const { memberId, generationId } = this;
    const errorCode = broker.heartbeat({
      groupId: this.#groupId,
      memberId,
      generationId,
      groupInstanceId: null,
    });
    if (errorCode !== ErrorCode.NONE) this.#refused(errorCode);
  }

  #refused(errorCode: number): void {
    this.restart();
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.memberId = "";
    if (errorCode === ErrorCode.GROUP_MAX_SIZE_REACHED) this.isGone = true;
  }

  /** Each partition to the next of those who want its topic. */
  #assign() {
    const { members } = this.#joined!;
    const wanted = members.map(({ metadata }) => decodeSubscription(metadata)!.value.topics);
    const shares = members.map(() => new Map<string, number[]>());
    for (const { name, partitions } of this.#topics.topics()) {
      const places = members.map((_, index) => index).filter((index) => wanted[index]!.includes(name));
      for (let partition = 0; places.length > 0 && partition < partitions.length; partition++) {
        const share = shares[places[partition % places.length]!]!;
        share.set(name, [...share.get(name) ?? [], partition]);
      }
    }
    return members.map(({ memberId }, index) => ({
      memberId,
      assignment: encodeVersioned(ConsumerProtocolAssignment, 1, {
        assignedPartitions: [...shares[index]!].map(([topic, partitions]) => ({ topic, partitions })),
      }),
    }));
  }
}
