/**
 * What it costs to share 10,000 partitions out among 1,000 members: from nothing, when one member joins, and when all subscribe to
 * different topics. The reactor does it, so it is time in which nobody is served.
 * @module
 */
import type { AssignorInput } from "../broker/coordinator/consumer/assignor.ts";
import { assignors } from "../broker/coordinator/consumer/assignors.ts";
import { NO_PARTITIONS, type Partitions } from "../broker/coordinator/consumer/partitions.ts";

const MEMBERS = 1000;
const TOPICS = 100;
const PARTITIONS_EACH = 100;

const topics = Array.from({ length: TOPICS }, (_, index) => `topic-${index}`);
const partitionCounts = new Map(topics.map((topic) => [topic, PARTITIONS_EACH]));
/** Ten kinds of members, each with half of the topics. */
const halves = Array.from({ length: 10 }, (_, kind) => topics.filter((_, index) => (index + kind) % 10 < 5));

function input(
  memberCount: number,
  topicsOf: (index: number) => readonly string[],
  previous?: ReadonlyMap<string, Partitions>,
): AssignorInput {
  return {
    partitionCounts,
    members: Array.from({ length: memberCount }, (_, index) => ({
      id: `member-${index}`,
      instanceId: null,
      topicIds: topicsOf(index),
      previous: previous?.get(`member-${index}`) ?? NO_PARTITIONS,
    })),
  };
}

for (const [name, assignor] of assignors) {
  for (
    const [subscriptions, topicsOf] of [
      ["the same topics", () => topics],
      ["different topics", (index: number) => halves[index % halves.length]!],
    ] as const
  ) {
    const group = `1,000 members, 10,000 partitions, ${subscriptions}`;
    const fresh = input(MEMBERS, topicsOf);
    const joined = input(MEMBERS + 1, topicsOf, assignor(fresh));
    const halved = input(MEMBERS / 2, topicsOf, assignor(fresh));
    Deno.bench(`${name}: from nothing`, { group }, () => void assignor(fresh));
    Deno.bench(`${name}: one member joins`, { group }, () => void assignor(joined));
    Deno.bench(`${name}: half of the members leave`, { group }, () => void assignor(halved));
  }
}

/** Of each assignor, how the partitions of two members are split, and how those of three after one has joined. */
export function smoke(): string {
  return [...assignors].map(([name, assignor]) => {
    const two = assignor(input(2, () => topics));
    const three = assignor(input(3, () => topics, two));
    const counts = [two, three].map((assigned) => [...assigned.values()].map(countOf).join(" "));
    return `${name}: ${counts.join(", ")}`;
  }).join("; ");
}

function countOf(partitions: Partitions): number {
  return [...partitions.values()].reduce((sum, each) => sum + each.size, 0);
}
