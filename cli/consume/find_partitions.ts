/**
 * The partitions that a command line names.
 * @module
 */
import { listTopics, type TopicDescription } from "../../client/admin/topics.ts";
import type { Cluster } from "../../client/cluster.ts";
import type { TopicPartition } from "../../client/consumer/topic_partitions.ts";
import { CommandFailure, ExitCode } from "../command.ts";
import { findTopicsByName } from "../find_by_name.ts";
import type { ConsumeOptions } from "./consume_options.ts";

type Wanted = Pick<ConsumeOptions, "topics" | "isRegex" | "partitions">;

/** Throws a CommandFailure if there is no such topic or partition. */
export async function findPartitions(cluster: Cluster, wanted: Wanted): Promise<TopicPartition[]> {
  const topics = await findTopics(cluster, wanted);
  return topics.flatMap(({ name: topic, partitions: { length: count } }) => {
    const missing = wanted.partitions?.find((partition) => partition >= count);
    if (missing !== undefined && !wanted.isRegex) {
      throw new CommandFailure(`${topic} has no partition ${missing}: it has ${count}, from 0 on`);
    }
    return (wanted.partitions ?? Array.from({ length: count }, (_, partition) => partition))
      .filter((partition) => partition < count)
      .map((partition) => ({ topic, partition }));
  });
}

/** True of a topic whose whole name one of them matches. Throws a CommandFailure. */
export function patternOf(texts: readonly string[]): RegExp {
  for (const text of texts) {
    try {
      new RegExp(text, "u");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(`"${text}" is no regular expression: ${reason}`, ExitCode.USAGE);
    }
  }
  return new RegExp(`^(?:${texts.map((text) => `(?:${text})`).join("|")})$`, "u");
}

async function findTopics(
  cluster: Cluster,
  { topics, isRegex }: Wanted,
): Promise<readonly TopicDescription[]> {
  const list = () => listTopics(cluster);
  if (!isRegex) return await findTopicsByName({ listTopics: list }, topics);
  const pattern = patternOf(topics);
  const found = (await list()).filter(({ name, isInternal }) => !isInternal && pattern.test(name));
  if (found.length > 0) return found;
  throw new CommandFailure(`no topic's name matches ${topics.join(" or ")} as a whole`);
}
