/**
 * Which committed offsets have had their time: a pure choice, given the group, its offsets and now.
 *
 * Kafka's rules (KIP-211, KIP-496, KIP-848), `offsets.retention.minutes` being the time:
 * - A classic group that members have joined keeps all while it has members, but for topics that none of them is subscribed
 *   to, and those only while it is Stable; they go so long after their commit. When the last member has left, all go so long
 *   after that, however old they are.
 * - A group that nobody ever joined (offsets committed by a consumer on its own) loses each so long after its commit.
 * - So does a group of the new protocol; topics that a member is subscribed to are kept.
 * - A commit that asked for a time of its own (OffsetCommit up to version 4) has that instead.
 * - What a transaction is about to commit again is kept.
 * @module
 */
import type { Group } from "../group.ts";
import type { CommittedOffset, OffsetPlace } from "./committed_offset.ts";
import type { OffsetState } from "./offset_state.ts";

/** What the choice has to know of a group. */
export type ExpiringGroup = Pick<
  Group,
  "id" | "type" | "state" | "protocolType" | "emptySinceMs" | "isSubscribedTo"
>;

export interface ExpirationOptions {
  /** Wall clock. */
  readonly nowMs: number;
  readonly retentionMs: number;
}

export interface Expired {
  readonly places: readonly OffsetPlace[];
  /** Nothing of the group is left, committed or pending. */
  readonly isAll: boolean;
}

const CONSUMER_PROTOCOL_TYPE = "consumer";

export function expiredOffsets(
  group: ExpiringGroup,
  offsets: OffsetState,
  { nowMs, retentionMs }: ExpirationOptions,
): Expired {
  const pending = offsets.pending(group.id);
  const places: OffsetPlace[] = [];
  let isAll = pending === undefined;
  const keptSince = retentionClock(group);
  for (const [topic, partitions] of offsets.committed(group.id)?.topics() ?? []) {
    if (keptSince === undefined || group.isSubscribedTo(topic)) {
      isAll = false;
      continue;
    }
    for (const [partition, offset] of partitions) {
      const expiresMs = offset.expireTimestamp >= 0
        ? offset.expireTimestamp
        : keptSince(offset) + retentionMs;
      if (nowMs < expiresMs || pending?.get(topic, partition) !== undefined) isAll = false;
      else places.push({ group: group.id, topic, partition });
    }
  }
  return { places, isAll };
}

/** From when on an offset's retention counts; undefined: it does not. */
function retentionClock(
  { type, state, protocolType, emptySinceMs }: ExpiringGroup,
): ((offset: CommittedOffset) => number) | undefined {
  const sinceCommit = (offset: CommittedOffset) => offset.commitTimestamp;
  if (type === "consumer" || protocolType === "") return sinceCommit;
  // A group written by an old broker does not say when it became empty.
  if (state === "Empty") return emptySinceMs === undefined ? sinceCommit : () => emptySinceMs;
  if (state === "Stable" && protocolType === CONSUMER_PROTOCOL_TYPE) return sinceCommit;
}
