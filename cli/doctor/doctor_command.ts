/**
 * `milena doctor` as the command line has it.
 * @module
 */
import { clusterFlags } from "../cluster_flags.ts";
import type { Command } from "../command.ts";
import { formatFlag } from "../output/format_flag.ts";
import { settingsFlags } from "../settings_flags.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "what on this machine, or on the way to a cluster, is not as it should be",
  description:
    "Looks at the machine as a broker started with the same flags would find it: limits, memory, disk, clock, ports. With " +
    "--bootstrap also at the way to a cluster: names, connections, the address that each broker advertises, and what it " +
    "offers. Each line has ok, warn or fail, what was found, and below it what to do. Writes a few kilobytes to the data " +
    "directory to time the disk, and takes them away. Exits with 1 if something failed; a warning is no failure.",
  flags: [
    formatFlag,
    ...settingsFlags.map((flag) => ({ ...flag, section: "Which broker" })),
    ...clusterFlags,
  ],
  examples: [
    { line: "milena doctor", summary: "before milena serve, or beside it" },
    {
      line: "milena doctor --data-dir /var/lib/milena --listen 0.0.0.0:9092",
      summary: "for a broker that is to be started with these flags",
    },
    { line: "milena doctor --bootstrap kafka-1:9092", summary: "why clients on this machine do not get in" },
  ],
  run: async (invocation) => (await import("./doctor.ts")).runDoctor(invocation),
};
