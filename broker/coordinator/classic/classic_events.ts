/**
 * What a classic group is told, and what follows from it. The group itself neither writes nor answers: it says what is to be
 * written and which waiting requests have which answer.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import type { GroupMetadataInput } from "../../../protocol/coordinator/group_metadata.ts";
import type { ClassicMember, MemberProtocol } from "./classic_member.ts";

/** Fields of JoinGroupResponse that differ from answer to answer. */
export interface JoinAnswer {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** Member id of the leader. */
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  /** For the leader alone: whom it is to assign partitions to. */
  readonly members: readonly JoinedMember[];
}

export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

/** Fields of SyncGroupResponse. */
export interface SyncAnswer {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

/** A request that waits. To be called once. */
export type JoinWaiter = (answer: JoinAnswer) => void;
export type SyncWaiter = (answer: SyncAnswer) => void;

export interface JoinEvent {
  /** "" if the member does not know it yet. */
  readonly memberId: string;
  /** The id that it gets if it has none. */
  readonly newMemberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  /** In the order of preference. Views: what is kept is copied. */
  readonly protocols: readonly MemberProtocol[];
  /** A member without an id is given one and has to come again with it (version 4 and later, KIP-394). */
  readonly requiresMemberId: boolean;
  /** The client reads `skipAssignment` (version 9 and later, KIP-814). */
  readonly knowsSkipAssignment: boolean;
  readonly waiter: JoinWaiter;
}

export interface SyncEvent {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generationId: number;
  /** null: not told. */
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  /** By the leader. Views: what is kept is copied. */
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
  readonly waiter: SyncWaiter;
}

/** Who leaves: by member id, or, if that is "", by instance id. */
export interface LeavingMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/**
 * Something to be written, after which the group wants to be told how it went (`written`, `writeFailed`).
 *
 * - `assignment`: what the leader assigned. The group is stable when that is kept.
 * - `instance`: a static member has come back under a new id; its assignment goes on.
 * - `empty`: the last member is gone.
 */
export type GroupWrite =
  & { readonly value: GroupMetadataInput; readonly generationId: number }
  & (
    | { readonly kind: "assignment"; readonly assignments: ReadonlyMap<string, Uint8Array> }
    | {
      readonly kind: "instance";
      readonly member: ClassicMember;
      readonly replaced: ClassicMember;
      /** The leader before; its answer names it, so that an older client does not take itself for the leader. */
      readonly leaderBefore: string;
      readonly knowsSkipAssignment: boolean;
    }
    | { readonly kind: "empty" }
  );

/** What follows from an event, in this order: to be written, to be answered. */
export class Effects {
  write: GroupWrite | undefined;
  readonly joins: { readonly waiter: JoinWaiter; readonly answer: JoinAnswer }[] = [];
  readonly syncs: { readonly waiter: SyncWaiter; readonly answer: SyncAnswer }[] = [];
  /** Members that are out. */
  readonly removed: ClassicMember[] = [];
}

const NOTHING = new Uint8Array(0);

export function joinRefusal(errorCode: number, memberId: string): JoinAnswer {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: "",
    skipAssignment: false,
    memberId,
    members: [],
  };
}

export function syncRefusal(errorCode: number): SyncAnswer {
  return { errorCode, protocolType: null, protocolName: null, assignment: NOTHING };
}

/** The code for a record that could not be written, as Kafka's coordinator tells it to members. */
export function writeErrorCode(code: number): number {
  switch (code) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.NOT_ENOUGH_REPLICAS:
    case ErrorCode.REQUEST_TIMED_OUT:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
    case ErrorCode.INVALID_FETCH_SIZE:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
    default:
      return code;
  }
}
