/**
 * A real Kafka client as the tests of groups see it: something that joins a group and tells what it was given. Each names
 * its exceptions, and why.
 * @module
 */
import type { Requirement } from "../support/requirement.ts";

/** How a group shares its partitions out: an assignor of the members, or one of the broker's (`group.protocol=consumer`). */
export type Assignor =
  | "range"
  | "roundrobin"
  | "sticky"
  | "cooperative-sticky"
  | "consumer: uniform"
  | "consumer: range";

export interface GroupAt {
  readonly bootstrap: string;
  readonly group: string;
  readonly topic: string;
}

export interface JoinOptions extends GroupAt {
  readonly assignor: Assignor;
  /** `group.instance.id`: a static member. */
  readonly instanceId?: string;
  /** Of the classic protocol; with the new one the broker decides. */
  readonly sessionTimeoutMs: number;
}

export interface MemberState {
  /** Its partitions of the topic, ascending. */
  readonly partitions: readonly number[];
  /** Every partition that was taken from it, in that order, as often as it happened. */
  readonly revoked: readonly number[];
  /** How often it was given partitions or none. */
  readonly assignments: number;
  /** The values it was given, in that order. */
  readonly values: readonly string[];
}

export interface GroupMember {
  state(): Promise<MemberState>;
  /** Ends the client in its ordinary way: commits, and leaves the group unless it is a static member. */
  leave(): Promise<void>;
}

export interface Committed {
  readonly offset: number;
  readonly metadata: string;
}

export interface GroupClient {
  readonly name: string;
  readonly needs: readonly Requirement[];
  readonly assignors: readonly Assignor[];
  /** With which assignor it is tried as a static member; undefined: it knows none. */
  readonly staticAssignor?: Assignor;
  /**
   * It commits by the clock, and not when it loses a partition: what it was given just before may come again to the next
   * owner. Default: false.
   */
  readonly mayRepeat?: boolean;
  join(options: JoinOptions): Promise<GroupMember>;
  /** Commits and reads offsets without being a member; undefined: the client can't. */
  readonly offsets?: {
    commit(at: GroupAt & { readonly partition: number }, committed: Committed): Promise<void>;
    /** Offset -1: none. */
    committed(at: GroupAt & { readonly partition: number }): Promise<Committed>;
    /** The first offset at or after a time. */
    atTime(at: GroupAt & { readonly partition: number }, timestamp: number): Promise<number>;
  };
  close?(): Promise<void>;
}
