/**
 * A member of a classic group: what it said when it joined, what it is assigned, and which request of it waits.
 * @module
 */
import type { JoinWaiter, SyncWaiter } from "./classic_events.ts";

/** A way of assigning that a member supports, and what it has to tell the leader then. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface ClassicMemberOptions {
  readonly id: string;
  /** null: a dynamic member. */
  readonly instanceId: string | null;
  readonly clientId: string;
  /** As Kafka has it: "/127.0.0.1". */
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** In the order of preference. Copied. */
  readonly protocols: readonly MemberProtocol[];
  readonly assignment?: Uint8Array;
}

export const NO_ASSIGNMENT: Uint8Array = new Uint8Array(0);

export class ClassicMember {
  readonly id: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly MemberProtocol[];
  assignment: Uint8Array;
  /** When it is out unless it is heard of; Infinity while a request of it waits, which is as good as a heartbeat. */
  dueMs = Infinity;
  /** It has never got an answer, so it may be gone though its request waits. */
  isNew = false;
  /** It has been told of the present generation, and is yet to ask for its assignment. */
  owesSync = false;
  joinWaiter: JoinWaiter | undefined;
  syncWaiter: SyncWaiter | undefined;

  constructor(options: ClassicMemberOptions) {
    this.id = options.id;
    this.instanceId = options.instanceId;
    this.clientId = options.clientId;
    this.clientHost = options.clientHost;
    this.sessionTimeoutMs = options.sessionTimeoutMs;
    this.rebalanceTimeoutMs = options.rebalanceTimeoutMs;
    this.protocols = copyOf(options.protocols);
    this.assignment = options.assignment ?? NO_ASSIGNMENT;
  }

  /** The same static member under a new id. */
  renamed(id: string): ClassicMember {
    const member = new ClassicMember({ ...this, id, protocols: [] });
    member.protocols = this.protocols;
    return member;
  }

  setProtocols(protocols: readonly MemberProtocol[]): void {
    this.protocols = copyOf(protocols);
  }

  get isAwaitingJoin(): boolean {
    return this.joinWaiter !== undefined;
  }

  /** A request that waits says that its client is there. */
  get isHeardOf(): boolean {
    return !this.isNew && (this.joinWaiter !== undefined || this.syncWaiter !== undefined);
  }

  /** What it tells the leader under the protocol; undefined if it does not support that. */
  metadata(protocolName: string | null): Uint8Array | undefined {
    return this.protocols.find(({ name }) => name === protocolName)?.metadata;
  }

  /** It says just what it said before. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    return protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, index) => {
        const known = this.protocols[index]!;
        return name === known.name && equalBytes(metadata, known.metadata);
      });
  }
}

function copyOf(protocols: readonly MemberProtocol[]): MemberProtocol[] {
  return protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() }));
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
