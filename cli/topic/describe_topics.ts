/**
 * `milena topic describe`
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import type { Config } from "../../client/admin/configs.ts";
import type { TopicDescription } from "../../client/admin/topics.ts";
import type { PartitionStats } from "../../client/admin/topic_stats.ts";
import { ExitCode, type Invocation } from "../command.ts";
import { configRows, configValue, isDefault } from "../config/config_text.ts";
import { findTopicsByName } from "../find_by_name.ts";
import { someOperands } from "../operands.ts";
import { printResult } from "../output/format.ts";
import type { Style } from "../output/style.ts";
import { listText, tableText } from "../output/table.ts";
import { showBytes } from "../units.ts";
import { withAdmin } from "../with_admin.ts";

interface Described {
  readonly topic: TopicDescription;
  readonly stats: readonly PartitionStats[];
  readonly configs: readonly Config[];
}

export function describeTopics(invocation: Invocation): Promise<number> {
  const names = someOperands(invocation, "the name of a topic");
  return withAdmin(invocation, async (admin) => {
    const described = await describe(admin, names, invocation.flags.isOn("all-configs"));
    printResult(invocation, {
      value: described.map(valueOf),
      text: (style) => described.map((topic) => textOf(topic, style)).join("\n\n"),
    });
    return ExitCode.OK;
  });
}

async function describe(admin: Admin, names: readonly string[], withDefaults: boolean): Promise<Described[]> {
  const topics = await findTopicsByName(admin, names);
  const stats = await admin.partitionStats(topics);
  return await Promise.all(topics.map(async (topic) => {
    const configs = await admin.describeConfigs({ type: "topic", name: topic.name });
    return {
      topic,
      stats: stats.get(topic.name) ?? [],
      configs: configs.filter((config) => withDefaults || !isDefault(config)),
    };
  }));
}

function valueOf({ topic, stats, configs }: Described) {
  return {
    topic: topic.name,
    internal: topic.isInternal,
    partitions: topic.partitions.map(({ partition, leader, replicas, inSync }, i) => ({
      partition,
      leader: leader ?? null,
      replicas,
      isr: inSync,
      start: stats[i]?.start ?? null,
      end: stats[i]?.end ?? null,
      size: stats[i]?.sizeInBytes ?? null,
    })),
    configs: configs.map(configValue),
  };
}

function textOf({ topic, stats, configs }: Described, style: Style): string {
  const { name, partitions } = topic;
  const head = listText([
    ["topic", name],
    ["partitions", partitions.length],
    ["replicas", partitions[0]?.replicas.length],
    ...topic.isInternal ? [["internal", "yes"] as const] : [],
  ], { style });
  const rows = partitions.map(({ partition, leader, replicas, inSync }, i) => {
    const { start, end, sizeInBytes } = stats[i]!;
    return [
      partition,
      leader,
      replicas.join(","),
      inSync.join(",") || undefined,
      start,
      end,
      sizeInBytes === undefined ? undefined : showBytes(sizeInBytes),
    ];
  });
  const headings = ["PARTITION", "LEADER", "REPLICAS", "ISR", "START", "END", "SIZE"];
  return [
    head,
    tableText(headings, rows, { style }),
    ...configs.length === 0 ? [] : [tableText(...configRows(configs), { style })],
  ].join("\n\n");
}
