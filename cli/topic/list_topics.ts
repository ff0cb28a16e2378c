/**
 * `milena topic list`
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import type { TopicDescription } from "../../client/admin/topics.ts";
import { ExitCode, type Invocation } from "../command.ts";
import { printResult } from "../output/format.ts";
import { tableText } from "../output/table.ts";
import { showBytes } from "../units.ts";
import { withAdmin } from "../with_admin.ts";
import { topicsNamed } from "./topics_named.ts";

export function listTopics(invocation: Invocation): Promise<number> {
  const { flags, operands } = invocation;
  return withAdmin(invocation, async (admin) => {
    const topics = (await topicsNamed(invocation, admin)).filter(({ isInternal }) =>
      !isInternal || flags.isOn("internal") || operands.length > 0
    );
    return await (flags.isOn("detailed") ? printDetailed : printPlain)(invocation, topics, admin);
  });
}

function printPlain(invocation: Invocation, topics: readonly TopicDescription[]): number {
  printResult(invocation, {
    value: topics.map(summaryOf),
    text: (style) =>
      tableText(
        ["TOPIC", "PARTITIONS", "REPLICAS"],
        topics.map(summaryOf).map(({ topic, partitions, replicas }) => [topic, partitions, replicas]),
        { style },
      ),
  });
  return ExitCode.OK;
}

async function printDetailed(
  invocation: Invocation,
  topics: readonly TopicDescription[],
  admin: Admin,
): Promise<number> {
  const stats = await admin.partitionStats(topics);
  const rows = topics.map((topic) => {
    const ofTopic = stats.get(topic.name) ?? [];
    return {
      ...summaryOf(topic),
      offsets: total(ofTopic.map(({ start, end }) => minus(end, start))),
      size: total(ofTopic.map(({ sizeInBytes }) => sizeInBytes)),
    };
  });
  printResult(invocation, {
    value: rows,
    text: (style) =>
      tableText(
        ["TOPIC", "PARTITIONS", "REPLICAS", "OFFSETS", "SIZE"],
        rows.map(({ topic, partitions, replicas, offsets, size }) => [
          topic,
          partitions,
          replicas,
          offsets,
          size === undefined ? undefined : showBytes(size),
        ]),
        { style },
      ),
  });
  return ExitCode.OK;
}

function summaryOf({ name, isInternal, partitions }: TopicDescription) {
  return {
    topic: name,
    internal: isInternal,
    partitions: partitions.length,
    replicas: partitions[0]?.replicas.length ?? 0,
  };
}

function minus(end: number | undefined, start: number | undefined): number | undefined {
  return end === undefined || start === undefined ? undefined : end - start;
}

/** undefined: some are not known. */
function total(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce<number | undefined>(
    (sum, number) => sum === undefined || number === undefined ? undefined : sum + number,
    0,
  );
}
