/**
 * A consumer that obeys the classic protocol: joins, assigns a topic's partitions by ranges if it leads, syncs, reports, and
 * does what the errors demand. It acts when it is told to, one request at a time, and may be cut off from the broker.
 * @module
 */
import assert from "node:assert/strict";
import type { ClassicGroups, GroupClient } from "../../../broker/coordinator/classic/classic_groups.ts";
import type {
  JoinAnswer,
  JoinedMember,
  SyncAnswer,
} from "../../../broker/coordinator/classic/classic_events.ts";
import { ErrorCode } from "../../../protocol/errors.ts";

/** What is there to be shared out. */
export const PARTITIONS = 5;

export interface ConsumerWorld {
  readonly groups: ClassicGroups;
  readonly groupId: string;
  /** Makes a waiter that tells when it is called twice, or after the broker's end. */
  waiter<Answer>(what: string, take: (answer: Answer) => void): (answer: Answer) => void;
  joined(consumer: SimulatedConsumer, answer: JoinAnswer): void;
  /** Owns `partitions` in this generation. */
  owns(consumer: SimulatedConsumer, partitions: readonly number[]): void;
  /** It was taken for a member in good standing. */
  accepted(consumer: SimulatedConsumer, what: string): void;
  /** It was told that its id is not one. */
  disowned(memberId: string): void;
}

export interface ConsumerOptions {
  readonly name: string;
  /** Of JoinGroup. */
  readonly version: number;
  readonly instanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocols: readonly string[];
}

type Phase = "out" | "joined" | "stable" | "ended";

export class SimulatedConsumer {
  readonly options: ConsumerOptions;
  readonly #world: ConsumerWorld;
  phase: Phase = "out";
  memberId = "";
  generationId = -1;
  protocolName: string | null = null;
  /** What it says to the leader; changes with its subscription. */
  metadata = 0;
  /** Why it has ended. */
  endedBy = ErrorCode.NONE as number;
  #assigns: readonly JoinedMember[] | undefined;
  /** The request that is not answered, if any; answers to earlier ones do not count. */
  #waitsFor = 0;
  #requestCount = 0;

  constructor(world: ConsumerWorld, options: ConsumerOptions) {
    this.#world = world;
    this.options = options;
  }

  get isWaiting(): boolean {
    return this.#waitsFor > 0;
  }

  get client(): GroupClient {
    return { clientId: this.options.name, clientHost: "/127.0.0.1", apiVersion: this.options.version };
  }

  /** The bytes it says under a protocol. */
  metadataBytes(protocol: string): Uint8Array {
    return new TextEncoder().encode(`${this.options.name}/${protocol}/${this.metadata}`);
  }

  /** Does what is next; nothing while it waits. */
  act(): void {
    if (this.isWaiting) return;
    if (this.phase === "out") this.join();
    else if (this.phase === "joined") this.sync();
    else if (this.phase === "stable") this.heartbeat();
  }

  /** Also while it waits: its request was lost on the way, and it asks again. */
  join(): void {
    const { version, instanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocols } = this.options;
    const request = this.#begin();
    this.#world.groups.join(
      {
        groupId: this.#world.groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: version === 0 ? -1 : rebalanceTimeoutMs,
        memberId: this.memberId,
        groupInstanceId: instanceId,
        protocolType: "consumer",
        protocols: protocols.map((name) => ({ name, metadata: this.metadataBytes(name) })),
        reason: null,
      },
      this.client,
      this.#world.waiter(`join of ${this.options.name}`, (answer: JoinAnswer) => {
        if (this.#end(request)) this.#onJoin(answer);
      }),
    );
  }

  sync(): void {
    const request = this.#begin();
    const knowsProtocol = this.options.version >= 5;
    this.#world.groups.sync(
      {
        groupId: this.#world.groupId,
        generationId: this.generationId,
        memberId: this.memberId,
        groupInstanceId: this.options.instanceId,
        protocolType: knowsProtocol ? "consumer" : null,
        protocolName: knowsProtocol ? this.protocolName : null,
        assignments: this.#assigns === undefined ? [] : assignRanges(this.#assigns),
      },
      this.#world.waiter(`sync of ${this.options.name}`, (answer: SyncAnswer) => {
        if (this.#end(request)) this.#onSync(answer);
      }),
    );
  }

  /** NONE if it is a member in good standing. */
  heartbeat(): number {
    const errorCode = this.#world.groups.heartbeat({
      groupId: this.#world.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: this.options.instanceId,
    });
    this.take(errorCode, "heartbeat");
    return errorCode;
  }

  /** What an answer without more means to it. */
  take(errorCode: number, what: string): void {
    switch (errorCode) {
      case ErrorCode.NONE:
        return this.#world.accepted(this, what);
      case ErrorCode.REBALANCE_IN_PROGRESS:
        this.#world.accepted(this, what);
        this.phase = "out";
        return;
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.#world.disowned(this.memberId);
        return this.#forget();
      case ErrorCode.ILLEGAL_GENERATION:
        return this.#forget();
      case ErrorCode.FENCED_INSTANCE_ID:
      case ErrorCode.GROUP_MAX_SIZE_REACHED:
      case ErrorCode.INCONSISTENT_GROUP_PROTOCOL:
        return this.end(errorCode);
      default:
        // The coordinator can't, at the moment.
        this.phase = "out";
    }
  }

  /** Leaves, and is not heard of again. */
  leave(): void {
    const { memberId } = this;
    this.#world.groups.leave(
      this.#world.groupId,
      [{ memberId, groupInstanceId: this.options.instanceId }],
      this.#world.waiter(`leave of ${this.options.name}`, () => {}),
    );
    this.end(ErrorCode.NONE);
  }

  /** It is not heard of again. */
  end(errorCode: number): void {
    this.phase = "ended";
    this.endedBy = errorCode;
    this.#waitsFor = 0;
  }

  /** The connection is lost: no answer comes. It knows what it knew. */
  disconnect(): void {
    this.#waitsFor = 0;
    if (this.phase === "joined") this.phase = "out";
  }

  #onJoin(answer: JoinAnswer): void {
    const { errorCode, memberId, generationId, protocolName, skipAssignment, leader, members } = answer;
    if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      assert.ok(this.options.version >= 4 && this.options.instanceId === null && this.memberId === "");
      this.memberId = memberId;
      return;
    }
    if (errorCode !== ErrorCode.NONE) return this.take(errorCode, "join");
    this.memberId = memberId;
    this.generationId = generationId;
    this.protocolName = protocolName;
    this.#assigns = leader === memberId && !skipAssignment ? members : undefined;
    this.phase = "joined";
    this.#world.joined(this, answer);
  }

  #onSync({ errorCode, assignment }: SyncAnswer): void {
    if (errorCode !== ErrorCode.NONE) return this.take(errorCode, "sync");
    this.phase = "stable";
    this.#world.accepted(this, "sync");
    this.#world.owns(this, [...assignment]);
  }

  #begin(): number {
    return this.#waitsFor = ++this.#requestCount;
  }

  /** False if the answer is to a request that it has given up. */
  #end(request: number): boolean {
    if (this.#waitsFor !== request) return false;
    this.#waitsFor = 0;
    return true;
  }

  #forget(): void {
    this.memberId = "";
    this.generationId = -1;
    this.phase = "out";
  }
}

/** Each member gets a range of partitions, one byte for each. */
function assignRanges(members: readonly JoinedMember[]): { memberId: string; assignment: Uint8Array }[] {
  const ids = members.map(({ memberId }) => memberId).sort();
  return ids.map((memberId, index) => {
    const from = Math.floor(index * PARTITIONS / ids.length);
    const to = Math.floor((index + 1) * PARTITIONS / ids.length);
    return { memberId, assignment: Uint8Array.from({ length: to - from }, (_, offset) => from + offset) };
  });
}
