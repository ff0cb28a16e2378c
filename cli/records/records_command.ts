/**
 * `milena records …`
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command } from "../command.ts";
import { yesFlag } from "../confirm.ts";
import { formatFlag } from "../output/format_flag.ts";

const deleteRecords: Command = {
  name: "delete",
  summary: "delete the oldest records of a topic",
  operands: "TOPIC",
  description:
    "PLACE is end (all there is), an offset, -N (all but the last N), or a time: 2026-11-25, 2026-11-25T12:30 (UTC unless " +
    "there is a zone), -1h, @1700000000000. Of records behind it none is deleted. Topics that are only compacted refuse it.",
  flags: [
    { name: "before", value: "PLACE", summary: "the first record that stays" },
    {
      name: "partition",
      short: "p",
      value: "N[,…]",
      isRepeatable: true,
      summary: "only in these: 0,2,5-7",
    },
    { name: "dry-run", short: "d", summary: "only show what would become of it" },
    yesFlag,
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    { line: "milena records delete orders --before -7d", summary: "what is older than a week; asks before" },
    { line: "milena records delete orders --before 1000 --partition 0 --yes", summary: "offsets 0 to 999" },
  ],
  run: async (invocation) => (await import("./delete_records.ts")).deleteRecords(invocation),
};

export const records: Command = {
  name: "records",
  summary: "delete records",
  examples: [{ line: "milena records delete orders --before -7d", summary: "what is older than a week" }],
  commands: [deleteRecords],
};
