/**
 * Each topic by itself: its partitions in order, cut into as many ranges as it has subscribers. The first get one more
 * where it does not come out even. So partitions of the same number, of topics with the same count, go together.
 * @module
 */
import { type Assignor, inOrder } from "./assignor.ts";

export const rangeAssignor: Assignor = {
  name: "range",
  isCooperative: false,
  assign(members, partitionCounts) {
    const ordered = inOrder(members);
    const assignments = new Map(
      members.map(({ memberId }) => [memberId, [] as { topic: string; partition: number }[]]),
    );
    for (const [topic, count] of [...partitionCounts].sort(([a], [b]) => a < b ? -1 : 1)) {
      const subscribers = ordered.filter(({ topics }) => topics.includes(topic));
      const each = Math.floor(count / subscribers.length);
      const more = count % subscribers.length;
      let partition = 0;
      subscribers.forEach(({ memberId }, i) => {
        const end = partition + each + (i < more ? 1 : 0);
        for (; partition < end; partition++) assignments.get(memberId)!.push({ topic, partition });
      });
    }
    return assignments;
  },
};
