/**
 * The partitions that a command line names.
 * @module
 */
import { listTopics } from "../../client/admin/topics.ts";
import type { Cluster } from "../../client/cluster.ts";
import type { TopicPartition } from "../../client/consumer/topic_partitions.ts";
import { UnknownTopicError } from "../../client/unknown_topic_error.ts";
import { CommandFailure, ExitCode } from "../command.ts";
import type { ConsumeOptions } from "./consume_options.ts";

type Wanted = Pick<ConsumeOptions, "topics" | "isRegex" | "partitions">;

/** Throws a CommandFailure if there is no such topic or partition. */
export async function findPartitions(
  cluster: Cluster,
  { topics, isRegex, partitions }: Wanted,
): Promise<TopicPartition[]> {
  const names = isRegex ? await matching(cluster, patternOf(topics)) : topics;
  if (names.length === 0) throw new CommandFailure(`no topic matches ${topics.join(" or ")}`);
  const found = await Promise.all(names.map(async (topic) => {
    const count = await partitionCount(cluster, topic);
    const missing = partitions?.find((partition) => partition >= count);
    if (missing !== undefined && !isRegex) {
      throw new CommandFailure(`${topic} has no partition ${missing}: it has ${count}, from 0 on`);
    }
    return (partitions ?? Array.from({ length: count }, (_, partition) => partition))
      .filter((partition) => partition < count)
      .map((partition) => ({ topic, partition }));
  }));
  return found.flat();
}

/** True of a topic that one of them is true of, anywhere in its name. Throws a CommandFailure. */
export function patternOf(texts: readonly string[]): RegExp {
  for (const text of texts) {
    try {
      new RegExp(text, "u");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(`"${text}" is no regular expression: ${reason}`, ExitCode.USAGE);
    }
  }
  return new RegExp(texts.map((text) => `(?:${text})`).join("|"), "u");
}

async function matching(cluster: Cluster, pattern: RegExp): Promise<string[]> {
  const topics = await listTopics(cluster);
  return topics.filter(({ name, isInternal }) => !isInternal && pattern.test(name)).map(({ name }) => name);
}

async function partitionCount(cluster: Cluster, topic: string): Promise<number> {
  try {
    return (await cluster.leadersOf(topic)).length;
  } catch (error) {
    if (!(error instanceof UnknownTopicError)) throw error;
    throw new CommandFailure(`there is no topic ${topic}`);
  }
}
