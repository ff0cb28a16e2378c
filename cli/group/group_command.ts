/**
 * `milena group …`: nouns and verbs are rpk's.
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command } from "../command.ts";
import { yesFlag } from "../confirm.ts";
import { formatFlag } from "../output/format_flag.ts";

const list: Command = {
  name: "list",
  summary: "which groups of consumers there are",
  flags: [formatFlag, ...clusterFlags],
  examples: [{ line: "milena group list", summary: "their states and coordinators" }],
  run: async (invocation) => (await import("./list_groups.ts")).listGroups(invocation),
};

const describe: Command = {
  name: "describe",
  summary: "members of groups, and how far they are behind",
  operands: "GROUP …",
  description:
    "COMMITTED is the offset of the next record for the group, END that of the next to be written, LAG what is between.",
  flags: [
    { name: "summary", short: "s", summary: "only state, members and the lag of all partitions together" },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [{
    line: "milena group describe readers",
    summary: "who reads what, and the lag of each partition",
  }],
  run: async (invocation) => (await import("./describe_groups.ts")).describeGroups(invocation),
};

const seek: Command = {
  name: "seek",
  summary: "put a group somewhere else",
  operands: "GROUP",
  description:
    "Commits in the group's place, so nobody may be in it. Without --topics it is about all that the group has committed.\n" +
    "PLACE is start, end, an offset, +N (from the start), -N (from the end), or the first record at a time: " +
    "2026-11-25, 2026-11-25T12:30 (UTC unless there is a zone), -1h, @1700000000000. A place that a partition does not " +
    "have is the nearest that it has.",
  flags: [
    { name: "to", value: "PLACE", summary: "where to" },
    {
      name: "topics",
      short: "t",
      value: "TOPIC[,…]",
      isRepeatable: true,
      summary: "only these, with all their partitions",
    },
    {
      name: "allow-new-topics",
      summary: "topics it has committed nothing of, and a group that is none yet",
    },
    { name: "dry-run", short: "d", summary: "only show what would become of it" },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    { line: "milena group seek readers --to start", summary: "reads all again" },
    {
      line: "milena group seek readers --to -1h --topics orders --dry-run",
      summary: "where it was an hour ago",
    },
  ],
  run: async (invocation) => (await import("./seek_group.ts")).seekGroup(invocation),
};

const deleteGroup: Command = {
  name: "delete",
  summary: "forget groups and what they have committed",
  operands: "GROUP …",
  description: "A group with members stays: stop them first.",
  flags: [yesFlag, formatFlag, ...clusterFlags],
  examples: [{ line: "milena group delete readers", summary: "asks before" }],
  run: async (invocation) => (await import("./delete_groups.ts")).deleteGroups(invocation),
};

export const group: Command = {
  name: "group",
  summary: "look at, move and delete groups of consumers",
  examples: [{
    line: "milena group describe readers",
    summary: "who reads what, and the lag of each partition",
  }],
  commands: [list, describe, seek, deleteGroup],
};
