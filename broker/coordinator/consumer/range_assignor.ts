/**
 * `range`: of each topic every subscriber gets one run of neighbouring partitions, the first ones one more where they don't
 * come out even. Members that subscribe to topics with the same number of partitions get the same numbers of each, so that they can
 * join what belongs together.
 *
 * Order: static members by instance id, then the others by member id. So a static member that comes back under another member id
 * has what it had. Source: KIP-848, and Kafka's RangeAssignor.
 * @module
 */
import type { Uuid } from "../../../protocol/uuid.ts";
import type { AssignorInput, AssignorMember } from "./assignor.ts";
import type { Partitions } from "./partitions.ts";

export function rangeAssignor({ members, partitionCounts }: AssignorInput): Map<string, Partitions> {
  const subscribers = new Map<Uuid, AssignorMember[]>();
  const assignment = new Map<string, Map<Uuid, Set<number>>>();
  for (const member of [...members].sort(compareMembers)) {
    assignment.set(member.id, new Map());
    for (const topicId of member.topicIds) {
      const known = subscribers.get(topicId);
      if (known === undefined) subscribers.set(topicId, [member]);
      else known.push(member);
    }
  }
  for (const [topicId, inOrder] of subscribers) {
    const count = partitionCounts.get(topicId) ?? 0;
    let next = 0;
    for (const [index, { id }] of inOrder.entries()) {
      // As even as it goes, and the larger shares first.
      const share = Math.ceil((count - next) / (inOrder.length - index));
      if (share === 0) break;
      assignment.get(id)!.set(topicId, new Set(Array.from({ length: share }, (_, i) => next + i)));
      next += share;
    }
  }
  return assignment;
}

function compareMembers(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId);
  if (a.instanceId !== null) return -1;
  if (b.instanceId !== null) return 1;
  return compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
