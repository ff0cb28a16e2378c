/**
 * A member of a group that owns partitions and does nothing with them.
 * @module
 */
import type { Connection } from "../../client/connection.ts";
import type { Ownership } from "./ownership.ts";

export interface MemberOptions {
  readonly connection: Connection;
  readonly groupId: string;
  readonly topic: string;
  readonly topicId: string;
  readonly partitionCount: number;
  readonly ownership: Ownership;
  readonly heartbeatMs: number;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** A member of a static group keeps its place by this name. */
  readonly instanceId?: string;
}

export interface Member {
  /** Where it is in the protocol, for messages. */
  readonly describe: string;
  /** The generation or epoch it has come to; -1: none. */
  readonly generation: number;
  readonly partitions: readonly number[];
  /** It has been told its part, and knows of no change under way. */
  readonly isSettled: boolean;
  /** Takes part until `leave` or `vanish`; then returns. Throws on an answer that no member should get. */
  run(): Promise<void>;
  /** Says good-bye. */
  leave(): Promise<void>;
  /** Goes without a word. */
  vanish(): void;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
