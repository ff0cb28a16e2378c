/**
 * `milena config …`: settings of a running cluster, and what a broker that is to be started would go by.
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command, Flag } from "../command.ts";
import { formatFlag } from "../output/format_flag.ts";
import { settingsFlags } from "../settings_flags.ts";

/** Whose settings; without them the cluster's. */
const ofFlags: readonly Flag[] = [
  { name: "topic", short: "t", value: "TOPIC", summary: "those of this topic" },
  { name: "broker", value: "ID", summary: "those of this broker alone" },
];
const dryRun: Flag = { name: "dry-run", short: "d", summary: "only say whether it could be done" };

const print: Command = {
  name: "print",
  summary: "every setting that a broker would start with, and its source",
  description: "Takes the flags of serve and shows what a broker started with them would go by.",
  flags: [
    { name: "explain", summary: "as a server.properties that says what each setting does" },
    ...settingsFlags,
  ],
  examples: [
    {
      line: "milena config print --config server.properties",
      summary: "what counts, and where it comes from",
    },
    { line: "milena config print --explain > server.properties", summary: "a commented file to begin with" },
  ],
  run: async (invocation) => (await import("../config_print.ts")).printConfig(invocation),
};

const get: Command = {
  name: "get",
  summary: "what settings are",
  operands: "KEY …",
  completes: "config",
  description:
    "Without --topic and --broker as the controller has them. Of one key only the value is printed.",
  flags: [...ofFlags, formatFlag, ...clusterFlags],
  examples: [
    { line: "milena config get log.retention.ms", summary: "how long records of most topics stay" },
    {
      line: "milena config get retention.ms cleanup.policy -t orders",
      summary: "of one topic, with their sources",
    },
  ],
  run: async (invocation) => (await import("./read_configs.ts")).getConfigs(invocation),
};

const list: Command = {
  name: "list",
  summary: "all settings, and where each comes from",
  description: "Without --topic and --broker as the controller has them.",
  flags: [
    { name: "changed", short: "c", summary: "only those that are not at their default" },
    ...ofFlags,
    formatFlag,
    ...clusterFlags,
  ],
  examples: [{ line: "milena config list --changed", summary: "what somebody has set" }],
  run: async (invocation) => (await import("./read_configs.ts")).listConfigs(invocation),
};

const set: Command = {
  name: "set",
  summary: "change settings of a cluster that runs",
  operands: "KEY=VALUE …",
  completes: "config",
  description: "All of them or none. Without --topic and --broker for all brokers. It outlasts restarts.",
  flags: [...ofFlags, dryRun, formatFlag, ...clusterFlags],
  examples: [
    { line: "milena config set log.retention.ms=86400000", summary: "for all brokers" },
    { line: "milena config set retention.ms=3600000 -t orders", summary: "for one topic" },
  ],
  run: async (invocation) => (await import("./change_configs.ts")).setConfigs(invocation),
};

const unset: Command = {
  name: "unset",
  summary: "take back what was set",
  operands: "KEY …",
  completes: "config",
  description: "What counts then is the broker's file, or the default.",
  flags: [...ofFlags, dryRun, formatFlag, ...clusterFlags],
  examples: [{ line: "milena config unset retention.ms -t orders", summary: "as the broker has it again" }],
  run: async (invocation) => (await import("./change_configs.ts")).unsetConfigs(invocation),
};

export const config: Command = {
  name: "config",
  summary: "look at and change settings of brokers and topics",
  examples: [
    { line: "milena config list --changed", summary: "what somebody has set" },
    { line: "milena config print", summary: "every setting of a broker that is to be started" },
  ],
  commands: [get, list, set, unset, print],
};
