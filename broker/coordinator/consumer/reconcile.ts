/**
 * One step of a member from what it holds to what it is to hold.
 *
 * First it gives up what is no longer its own, and stays in its epoch until it has said that it did. Then it moves to the
 * target's epoch and gets what is free; what other members still hold it gets when they have given it up. So no partition ever
 * has two owners. Source: Kafka's CurrentAssignmentBuilder.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import type { Uuid } from "../../../protocol/uuid.ts";
import type { CurrentAssignment } from "./consumer_member.ts";
import { GroupError } from "./group_error.ts";
import { type HeldPartitions, intersects, NO_PARTITIONS, type Partitions } from "./partitions.ts";

export interface ReconcileOptions {
  readonly current: CurrentAssignment;
  readonly targetEpoch: number;
  readonly target: Partitions;
  /** Topics that exist and that the member is subscribed to. */
  readonly subscribed: ReadonlySet<Uuid>;
  /** It has changed its subscription in this request: what it no longer wants goes at once, whatever the target says. */
  readonly hasSubscriptionChanged: boolean;
  /** What the member says that it holds; null: it does not say. */
  readonly owned: Partitions | null;
  /** Whether anybody holds a partition, or has not yet given it up. */
  isOwned(topicId: Uuid, partition: number): boolean;
}

/** The next step, or `current` itself if there is none to take now. */
export function reconcile(options: ReconcileOptions): CurrentAssignment {
  const { current, targetEpoch, hasSubscriptionChanged, owned } = options;
  switch (current.state) {
    case "stable":
      if (current.epoch !== targetEpoch) return nextAssignment(options);
      return hasSubscriptionChanged ? withoutUnsubscribed(options) : current;
    case "unrevoked":
      if (!mayHold(owned, current.pendingRevocation)) return nextAssignment(options);
      return hasSubscriptionChanged ? withoutUnsubscribed(options) : current;
    case "unreleased":
      return nextAssignment(options);
    case "unknown":
      // Nobody here knows what it has to do: it begins anew, with nothing.
      if (owned === null || owned.size > 0) {
        throw new GroupError(
          ErrorCode.FENCED_MEMBER_EPOCH,
          "the member is in a state that this broker does not know: give up all partitions and rejoin",
        );
      }
      return nextAssignment({ ...options, current: { ...current, epoch: targetEpoch } });
  }
}

/** A member that does not say what it holds may hold anything. */
function mayHold(owned: Partitions | null, held: HeldPartitions): boolean {
  return owned === null || intersects(owned, held);
}

function withoutUnsubscribed({ current, subscribed, owned }: ReconcileOptions): CurrentAssignment {
  const assigned = new Map<Uuid, ReadonlyMap<number, number>>();
  const pendingRevocation = new Map(current.pendingRevocation);
  for (const [topicId, epochs] of current.assigned) {
    if (subscribed.has(topicId)) assigned.set(topicId, epochs);
    else {
      const pending = pendingRevocation.get(topicId);
      pendingRevocation.set(topicId, pending === undefined ? epochs : new Map([...pending, ...epochs]));
    }
  }
  if (assigned.size === current.assigned.size) return current;
  const inSameEpoch = { ...current, previousEpoch: current.epoch, assigned };
  return mayHold(owned, pendingRevocation)
    ? { ...inSameEpoch, state: "unrevoked", pendingRevocation }
    : inSameEpoch;
}

function nextAssignment(options: ReconcileOptions): CurrentAssignment {
  const { current, target, targetEpoch, subscribed, owned } = options;
  const assigned = new Map<Uuid, Map<number, number>>();
  const pendingRevocation = new Map<Uuid, Map<number, number>>();
  for (const [topicId, epochs] of current.assigned) {
    const wanted = subscribed.has(topicId) ? target.get(topicId) : undefined;
    for (const [partition, epoch] of epochs) {
      put(wanted?.has(partition) ? assigned : pendingRevocation, topicId, partition, epoch);
    }
  }
  if (pendingRevocation.size > 0 && mayHold(owned, pendingRevocation)) {
    return {
      epoch: current.epoch,
      previousEpoch: current.epoch,
      state: "unrevoked",
      assigned,
      pendingRevocation,
    };
  }
  let hasUnreleased = false;
  for (const [topicId, partitions] of target) {
    if (!subscribed.has(topicId)) continue;
    for (const partition of partitions) {
      if (assigned.get(topicId)?.has(partition)) continue;
      // What this member itself was to give up, and has, is free: it alone could own it.
      const isFree = !options.isOwned(topicId, partition) ||
        current.pendingRevocation.get(topicId)?.has(partition) === true;
      if (isFree) put(assigned, topicId, partition, targetEpoch);
      else hasUnreleased = true;
    }
  }
  return {
    epoch: targetEpoch,
    previousEpoch: current.epoch,
    state: hasUnreleased ? "unreleased" : "stable",
    assigned,
    pendingRevocation: NO_PARTITIONS,
  };
}

function put(into: Map<Uuid, Map<number, number>>, topicId: Uuid, partition: number, epoch: number): void {
  const epochs = into.get(topicId);
  if (epochs === undefined) into.set(topicId, new Map([[partition, epoch]]));
  else epochs.set(partition, epoch);
}
