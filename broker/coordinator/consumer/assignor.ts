/**
 * A way of sharing the partitions of topics out among the members of a group: a pure function.
 * @module
 */
import type { Uuid } from "../../../protocol/uuid.ts";
import type { Partitions } from "./partitions.ts";

export interface AssignorMember {
  readonly id: string;
  readonly instanceId: string | null;
  /** Each once. Members with the same subscription have the same list, the very object. */
  readonly topicIds: readonly Uuid[];
  /** What it was to have so far. */
  readonly previous: Partitions;
}

export interface AssignorInput {
  readonly members: readonly AssignorMember[];
  /** Of every topic that any member is subscribed to. */
  readonly partitionCounts: ReadonlyMap<Uuid, number>;
}

/** By member id: every partition of a topic that somebody is subscribed to belongs to one of its subscribers. */
export type Assignor = (input: AssignorInput) => Map<string, Partitions>;
