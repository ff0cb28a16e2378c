/**
 * `milena topic …`: nouns, verbs and letters are rpk's.
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command } from "../command.ts";
import { yesFlag } from "../confirm.ts";
import { formatFlag } from "../output/format_flag.ts";

const create: Command = {
  name: "create",
  summary: "make topics",
  operands: "TOPIC …",
  description: "Returns when brokers show them. Without -p and -r the cluster's defaults count.",
  flags: [
    { name: "partitions", short: "p", value: "N", summary: "partitions of each" },
    { name: "replicas", short: "r", value: "N", summary: "brokers that keep each partition" },
    {
      name: "topic-config",
      short: "c",
      value: "KEY=VALUE",
      isRepeatable: true,
      completes: "topicConfig",
      summary: "a setting of the topics, by Kafka's name",
    },
    { name: "if-not-exists", summary: "a topic that is there already is no failure" },
    { name: "dry-run", short: "d", summary: "only say whether they could be made" },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    { line: "milena topic create orders", summary: "with the cluster's defaults" },
    {
      line: "milena topic create orders payments -p 6 -c retention.ms=86400000 -c compression.type=zstd",
      summary: "two topics of six partitions, whose records stay for a day",
    },
  ],
  run: async (invocation) => (await import("./create_topics.ts")).createTopics(invocation),
};

const list: Command = {
  name: "list",
  summary: "which topics there are",
  operands: "TOPIC …",
  areOperandsOptional: true,
  description: "All of them but the cluster's own, or those that are named.",
  flags: [
    { name: "internal", short: "i", summary: "the cluster's own topics, too" },
    { name: "regex", short: "r", summary: "the words are regular expressions for whole names" },
    { name: "detailed", short: "d", summary: "sizes and numbers of records, too" },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    { line: "milena topic list", summary: "names, partitions and replicas" },
    {
      line: "milena topic list -d -r order.*",
      summary: "how large they are, of topics that begin with order",
    },
  ],
  run: async (invocation) => (await import("./list_topics.ts")).listTopics(invocation),
};

const describe: Command = {
  name: "describe",
  summary: "partitions, offsets and settings of topics",
  operands: "TOPIC …",
  description:
    "START is the offset of the first record, END that of the next to be written. Of settings, those are shown that are " +
    "not at their default.",
  flags: [
    { name: "all-configs", short: "a", summary: "settings that are at their default, too" },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    {
      line: "milena topic describe orders",
      summary: "who leads each partition, and where it begins and ends",
    },
    { line: "milena topic describe orders --format json", summary: "the same for a program" },
  ],
  run: async (invocation) => (await import("./describe_topics.ts")).describeTopics(invocation),
};

const alter: Command = {
  name: "alter",
  summary: "change settings of topics",
  operands: "TOPIC …",
  description: "All of the changes or none, topic by topic; settings that are not named stay as they are.",
  flags: [
    {
      name: "set",
      short: "s",
      value: "KEY=VALUE",
      isRepeatable: true,
      completes: "topicConfig",
      summary: "what a setting is to be",
    },
    {
      name: "delete",
      short: "d",
      value: "KEY",
      isRepeatable: true,
      completes: "topicConfig",
      summary: "a setting to be at its default again",
    },
    {
      name: "append",
      value: "KEY=VALUE",
      isRepeatable: true,
      completes: "topicConfig",
      summary: "a value to be added to a setting that is a list",
    },
    {
      name: "subtract",
      value: "KEY=VALUE",
      isRepeatable: true,
      completes: "topicConfig",
      summary: "a value to be taken out of one",
    },
    { name: "dry-run", summary: "only say whether it could be done" },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    { line: "milena topic alter orders -s retention.ms=3600000", summary: "records stay for an hour" },
    {
      line: "milena topic alter orders --append cleanup.policy=compact -d retention.ms",
      summary: "compacted as well, and kept as long as the default says",
    },
  ],
  run: async (invocation) => (await import("./alter_topics.ts")).alterTopics(invocation),
};

const deleteTopic: Command = {
  name: "delete",
  summary: "delete topics and all their records",
  operands: "TOPIC …",
  flags: [
    { name: "regex", short: "r", summary: "the words are regular expressions for whole names" },
    yesFlag,
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    { line: "milena topic delete orders", summary: "asks before" },
    {
      line: "milena topic delete -r test-.* --yes",
      summary: "all whose names begin with test-, without asking",
    },
  ],
  run: async (invocation) => (await import("./delete_topics.ts")).deleteTopics(invocation),
};

const addPartitions: Command = {
  name: "add-partitions",
  summary: "give topics more partitions",
  operands: "TOPIC …",
  description:
    "Records stay where they are, but a key's next records may go to another partition than those before.",
  flags: [
    { name: "num", short: "n", value: "N", summary: "how many more" },
    { name: "dry-run", short: "d", summary: "only say whether it could be done" },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [{ line: "milena topic add-partitions orders -n 3", summary: "three more than it has" }],
  run: async (invocation) => (await import("./add_partitions.ts")).addPartitions(invocation),
};

export const topic: Command = {
  name: "topic",
  summary: "make, look at, change and delete topics",
  examples: [{ line: "milena topic list", summary: "which topics there are" }],
  commands: [create, list, describe, alter, deleteTopic, addPartitions],
};
