/**
 * All partitions of all topics in order, dealt out one by one to the members that subscribe to them.
 * @module
 */
import { type Assignments, type Assignor, inOrder, wantedPartitions } from "./assignor.ts";

export const roundRobinAssignor: Assignor = roundRobin("roundrobin");

/** The name by which kafkajs, whose default it is, knows it. */
export const kafkajsAssignor: Assignor = roundRobin("RoundRobinAssigner");

function roundRobin(name: string): Assignor {
  return {
    name,
    isCooperative: false,
    assign(members, partitionCounts) {
      const ordered = inOrder(members).map((member) => ({ ...member, topics: new Set(member.topics) }));
      const assignments: Assignments = new Map(members.map(({ memberId }) => [memberId, []]));
      let next = 0;
      for (const one of wantedPartitions(members, partitionCounts)) {
        while (!ordered[next % ordered.length]!.topics.has(one.topic)) next++;
        assignments.get(ordered[next++ % ordered.length]!.memberId)!.push(one);
      }
      return assignments;
    },
  };
}
