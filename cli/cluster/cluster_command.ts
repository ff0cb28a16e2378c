/**
 * `milena cluster …`
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command } from "../command.ts";
import { formatFlag } from "../output/format_flag.ts";

const info: Command = {
  name: "info",
  summary: "which cluster it is, and who is in it",
  flags: [formatFlag, ...clusterFlags],
  examples: [{ line: "milena cluster info", summary: "its id, controller, brokers, and how much there is" }],
  run: async (invocation) => (await import("./info.ts")).clusterInfo(invocation),
};

const health: Command = {
  name: "health",
  summary: "whether all is well, also as the exit code",
  description:
    "All is well when there is a controller, every partition has a leader and all its replicas in sync, and every broker's " +
    "disks can be used. Exits with 0 if so, and with 1 if not.",
  flags: [formatFlag, ...clusterFlags],
  examples: [{ line: "milena cluster health", summary: "what is wrong, if anything" }],
  run: async (invocation) => (await import("./health.ts")).clusterHealth(invocation),
};

const brokers: Command = {
  name: "brokers",
  summary: "each broker, what it leads, and how much it keeps",
  flags: [formatFlag, ...clusterFlags],
  examples: [{ line: "milena cluster brokers", summary: "a line each" }],
  run: async (invocation) => (await import("./brokers.ts")).clusterBrokers(invocation),
};

const logdirs: Command = {
  name: "logdirs",
  summary: "what lies in the data directories of brokers",
  flags: [
    { name: "broker", value: "ID", isRepeatable: true, summary: "only of this one" },
    { name: "by", value: "directory|topic|partition", summary: "what a line is about (directory)" },
    formatFlag,
    ...clusterFlags,
  ],
  examples: [
    { line: "milena cluster logdirs", summary: "how full each directory is" },
    { line: "milena cluster logdirs --by topic", summary: "what takes most of it, first" },
  ],
  run: async (invocation) => (await import("./log_dirs.ts")).clusterLogDirs(invocation),
};

export const cluster: Command = {
  name: "cluster",
  summary: "look at brokers, their disks and their health",
  examples: [{ line: "milena cluster health", summary: "what is wrong, if anything" }],
  commands: [info, health, brokers, logdirs],
};
