/**
 * A member of a consumer group: what it has told about itself, and what it holds. Never changed, only replaced.
 * @module
 */
import { type HeldPartitions, NO_PARTITIONS, sameHeld } from "./partitions.ts";

/** Epochs by which a member leaves. Epoch 0: it joins. */
export const LEAVE = -1;
/** A static member leaves, and means to come back: what it holds stays its own until its session is over. */
export const LEAVE_FOR_NOW = -2;

/** What a member of the classic protocol has told in its last JoinGroup. */
export interface ClassicMetadata {
  readonly sessionTimeoutMs: number;
  readonly protocols: readonly ClassicProtocol[];
}

export interface ClassicProtocol {
  readonly name: string;
  /** A ConsumerProtocolSubscription. */
  readonly metadata: Uint8Array;
}

export interface MemberMetadata {
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  /** In order, each once. */
  readonly subscribedTopicNames: readonly string[];
  /** "" and null: none. */
  readonly subscribedTopicRegex: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly serverAssignor: string | null;
  /** null: it speaks the consumer protocol. */
  readonly classic: ClassicMetadata | null;
}

/**
 * How far a member is with its target:
 * - stable: it holds what it is to hold, as of its epoch.
 * - unrevoked: it must give up `pendingRevocation` before anything else.
 * - unreleased: it waits for partitions that other members have not given up.
 * - unknown: written by a later version.
 */
export type ReconciliationState = "stable" | "unrevoked" | "unreleased" | "unknown";

export interface CurrentAssignment {
  readonly epoch: number;
  /** The epoch before: a member whose last answer was lost may still come with it. */
  readonly previousEpoch: number;
  readonly state: ReconciliationState;
  readonly assigned: HeldPartitions;
  readonly pendingRevocation: HeldPartitions;
}

export interface ConsumerMember {
  readonly id: string;
  readonly metadata: MemberMetadata;
  readonly current: CurrentAssignment;
}

export const NEW_METADATA: MemberMetadata = {
  instanceId: null,
  rackId: null,
  clientId: "",
  clientHost: "",
  subscribedTopicNames: [],
  subscribedTopicRegex: null,
  rebalanceTimeoutMs: -1,
  serverAssignor: null,
  classic: null,
};

export const NO_ASSIGNMENT: CurrentAssignment = {
  epoch: 0,
  previousEpoch: -1,
  state: "stable",
  assigned: NO_PARTITIONS,
  pendingRevocation: NO_PARTITIONS,
};

/** Topic names as {@link MemberMetadata} has them. */
export function nameList(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort();
}

export function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((name, index) => name === b[index]));
}

export function sameMetadata(a: MemberMetadata, b: MemberMetadata): boolean {
  return a === b ||
    (a.instanceId === b.instanceId &&
      a.rackId === b.rackId &&
      a.clientId === b.clientId &&
      a.clientHost === b.clientHost &&
      a.subscribedTopicRegex === b.subscribedTopicRegex &&
      a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
      a.serverAssignor === b.serverAssignor &&
      sameNames(a.subscribedTopicNames, b.subscribedTopicNames) &&
      sameClassic(a.classic, b.classic));
}

export function sameCurrent(a: CurrentAssignment, b: CurrentAssignment): boolean {
  return a === b ||
    (a.epoch === b.epoch &&
      a.previousEpoch === b.previousEpoch &&
      a.state === b.state &&
      sameHeld(a.assigned, b.assigned) &&
      sameHeld(a.pendingRevocation, b.pendingRevocation));
}

export function isReconciledTo({ current }: ConsumerMember, epoch: number): boolean {
  return current.state === "stable" && current.epoch === epoch;
}

/** The regular expression that a member subscribes to, if it does. */
export function regexOf({ subscribedTopicRegex }: MemberMetadata): string | undefined {
  return subscribedTopicRegex === null || subscribedTopicRegex === "" ? undefined : subscribedTopicRegex;
}

function sameClassic(a: ClassicMetadata | null, b: ClassicMetadata | null): boolean {
  if (a === null || b === null) return a === b;
  return a.sessionTimeoutMs === b.sessionTimeoutMs &&
    a.protocols.length === b.protocols.length &&
    a.protocols.every(({ name, metadata }, index) => {
      const other = b.protocols[index]!;
      return name === other.name && sameBytes(metadata, other.metadata);
    });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
