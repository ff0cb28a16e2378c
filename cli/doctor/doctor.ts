/**
 * `milena doctor`: looks at everything, and says what was found and what to do about it.
 * @module
 */
import { resolve } from "node:path";
import { brokerConfig } from "../../broker/settings.ts";
import { adminKeys } from "../../client/config/admin_keys.ts";
import { brokerAddress, type CommonConfig } from "../../client/config/cluster_of.ts";
import { readConfig } from "../../client/config/read_config.ts";
import { clusterConfigOf } from "../cluster_config.ts";
import { ExitCode, type Invocation } from "../command.ts";
import { formatOf, printResult } from "../output/format.ts";
import type { Style } from "../output/style.ts";
import { printable } from "../output/text.ts";
import { explainingFailure, readSettings } from "../settings_flags.ts";
import type { BrokerPlan, Status, Surroundings } from "./check.ts";
import { findingsOf, type NamedFinding } from "./checks.ts";
import type { ClientPlan } from "./network.ts";
import { thisMachine } from "./this_machine.ts";
import { thisNetwork } from "./this_network.ts";

export async function runDoctor(invocation: Invocation): Promise<number> {
  formatOf(invocation);
  const { terminal } = invocation;
  const config = readConfig("an admin", adminKeys, clusterConfigOf(invocation));
  const surroundings: Surroundings = {
    machine: thisMachine,
    plan: brokerPlan(invocation),
    network: thisNetwork(config),
    client: wantsCluster(invocation) ? clientPlan(config) : undefined,
    beganAt: { wallMs: thisMachine.wallMs(), monotonicMs: thisMachine.monotonicMs() },
  };
  terminal.status?.("looking …");
  const findings = await findingsOf(surroundings);
  terminal.status?.("");
  printResult(invocation, {
    value: findings.map(({ name, status, found, advice }) => ({ name, status, found, advice })),
    text: (style) => textOf(findings, style),
  });
  return findings.some(({ status }) => status === "fail") ? ExitCode.FAILURE : ExitCode.OK;
}

function wantsCluster({ flags, terminal }: Invocation): boolean {
  return flags.isOn("bootstrap") || !!terminal.environment["MILENA_BOOTSTRAP"];
}

function clientPlan(config: CommonConfig): ClientPlan {
  const addresses = config["bootstrap.servers"].map(brokerAddress);
  return {
    bootstrap: addresses.flatMap((address) => "port" in address ? [address] : []),
    isPlaintext: config["security.protocol"] === "PLAINTEXT",
  };
}

function brokerPlan(invocation: Invocation): BrokerPlan {
  const { dataDirectory, listeners, http, limits, store } = explainingFailure(() =>
    brokerConfig(readSettings(invocation))
  );
  return {
    dataDirectory: resolve(dataDirectory),
    listeners,
    http,
    maxPartitions: limits.partitions,
    maxOpenSegments: store.maxOpenSegments,
    minFreeBytes: store.minFreeBytes,
  };
}

const LOOKS = { ok: "green", warn: "yellow", fail: "red", skip: "dim" } as const;

/** A line for each finding, and below it what to do. */
export function textOf(findings: readonly NamedFinding[], style: Style): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, status, found, advice }) => [
    `${style[LOOKS[status]](status.padEnd(4))}  ${printable(name).padEnd(width)}  ${printable(found)}`,
    ...advice === undefined ? [] : [`${" ".repeat(6)}${"".padEnd(width)}  → ${printable(advice)}`],
  ]);
  const count = (wanted: Status) => findings.filter(({ status }) => status === wanted).length;
  const summary = `${count("ok")} ok, ${count("warn")} to look at, ${count("fail")} failed` +
    (count("skip") === 0 ? "" : `, ${count("skip")} not found out`);
  return [...lines, "", style.bold(summary)].join("\n");
}
