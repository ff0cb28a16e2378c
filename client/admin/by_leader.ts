/**
 * Questions about many partitions: one request for each leader, all at the same time.
 *
 * What must be true: every partition that was asked for has an answer, a code if nothing else; and where the leadership has
 * moved, the new leader is asked once more.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { groupBy } from "../group_by.ts";
import { findTopics } from "./topics.ts";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What a leader answers for a partition. */
export interface PartitionAnswer extends TopicPartition {
  readonly errorCode: number;
}

export type Answered<A extends PartitionAnswer> = A | PartitionAnswer;

export function isAnswer<A extends PartitionAnswer>(answered: Answered<A>): answered is A {
  return answered.errorCode === ErrorCode.NONE;
}

/** Asks as `ask` does of each leader, which gets the partitions that it leads. The answers are in the order of `partitions`. */
export async function askLeaders<P extends TopicPartition, A extends PartitionAnswer>(
  cluster: Cluster,
  partitions: readonly P[],
  ask: (leader: number, partitions: readonly P[]) => Promise<readonly A[]>,
): Promise<Answered<A>[]> {
  const answers = new Map<string, Answered<A>>();
  let open: readonly P[] = partitions;
  for (let attempt = 0; attempt < 2 && open.length > 0; attempt++) {
    const led = groupBy(open, await leadersOf(cluster, open));
    await Promise.all(Array.from(led, async ([leader, theirs]) => {
      if (typeof leader === "number") {
        for (const answer of await ask(leader, theirs)) answers.set(keyOf(answer), answer);
      } else {
        for (const { topic, partition } of theirs) {
          answers.set(keyOf({ topic, partition }), { topic, partition, errorCode: leader.errorCode });
        }
      }
    }));
    open = open.filter((one) => hasMoved(answers.get(keyOf(one))?.errorCode));
  }
  return partitions.map((one) =>
    answers.get(keyOf(one)) ??
      { topic: one.topic, partition: one.partition, errorCode: ErrorCode.UNKNOWN_SERVER_ERROR }
  );
}

const UNKNOWN = { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
const LEADERLESS = { errorCode: ErrorCode.LEADER_NOT_AVAILABLE };

/** Finds the leader of each, or why there is none. */
async function leadersOf(cluster: Cluster, partitions: readonly TopicPartition[]) {
  const topics = await findTopics(cluster, [...new Set(partitions.map(({ topic }) => topic))]);
  const leaders = new Map(Array.from(topics, ([name, topic]) => [
    name,
    new Map(topic.partitions.map(({ partition, leader }) => [partition, leader ?? LEADERLESS])),
  ]));
  return ({ topic, partition }: TopicPartition) => leaders.get(topic)?.get(partition) ?? UNKNOWN;
}

/** Partitions as requests have them: by topic. */
export function byTopic<P extends TopicPartition, T>(
  partitions: readonly P[],
  shape: (partition: P) => T,
): { name: string; partitions: T[] }[] {
  return Array.from(groupBy(partitions, ({ topic }) => topic), ([name, theirs]) => ({
    name,
    partitions: theirs.map(shape),
  }));
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function hasMoved(code: number | undefined): boolean {
  return code === ErrorCode.NOT_LEADER_OR_FOLLOWER || code === ErrorCode.FENCED_LEADER_EPOCH ||
    code === ErrorCode.REPLICA_NOT_AVAILABLE;
}
