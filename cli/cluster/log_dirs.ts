/**
 * `milena cluster logdirs`
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import { errorName } from "../../protocol/errors.ts";
import { didYouMean } from "../../protocol/nearest_name.ts";
import { CommandFailure, ExitCode, type Invocation } from "../command.ts";
import { printResult } from "../output/format.ts";
import { tableText } from "../output/table.ts";
import { showBytes } from "../units.ts";
import { withAdmin } from "../with_admin.ts";
import { type BrokerDisks, disksOf } from "./disks.ts";

const KINDS = ["directory", "topic", "partition"] as const;

export function clusterLogDirs(invocation: Invocation): Promise<number> {
  const kind = kindOf(invocation.flags.text("by") ?? "directory");
  return withAdmin(invocation, async (admin) => {
    const disks = await disksOf(admin, await brokersOf(invocation, admin));
    if (kind === "directory") printDirectories(invocation, disks);
    else printReplicas(invocation, disks, kind);
    const silent = disks.filter(({ error }) => error !== undefined);
    for (const { broker, error } of silent) {
      invocation.terminal.report(`milena: broker ${broker} does not tell of its disks: ${error}`);
    }
    return silent.length === 0 ? ExitCode.OK : ExitCode.FAILURE;
  });
}

function kindOf(text: string): typeof KINDS[number] {
  const kind = KINDS.find((kind) => kind === text);
  if (kind !== undefined) return kind;
  throw new CommandFailure(
    `--by is "${text}", but must be one of ${KINDS.join(", ")}${didYouMean(text, KINDS)}`,
    ExitCode.USAGE,
  );
}

async function brokersOf({ flags }: Invocation, admin: Admin): Promise<number[]> {
  const { brokers } = await admin.describeCluster();
  const ids = brokers.map(({ id }) => id);
  const wanted = flags.texts("broker");
  const unknown = wanted.find((text) => !ids.includes(Number(text)) || text.trim() === "");
  if (unknown !== undefined) {
    throw new CommandFailure(`there is no broker "${unknown}"; there are ${ids.join(", ")}`);
  }
  return wanted.length === 0 ? ids : wanted.map(Number);
}

function printDirectories(invocation: Invocation, disks: readonly BrokerDisks[]): void {
  const rows = disks.flatMap(({ broker, directories }) =>
    directories.map(({ path, replicas, totalBytes, usableBytes, errorCode }) => ({
      broker,
      directory: path,
      replicas: replicas.length,
      size: replicas.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0),
      free: usableBytes ?? null,
      total: totalBytes ?? null,
      error: errorCode === 0 ? null : errorName(errorCode),
    }))
  );
  printResult(invocation, {
    value: rows,
    text: (style) =>
      tableText(
        ["BROKER", "DIRECTORY", "REPLICAS", "SIZE", "FREE", "TOTAL", "ERROR"],
        rows.map(({ broker, directory, replicas, size, free, total, error }) => [
          broker,
          directory,
          replicas,
          showBytes(size),
          free === null ? undefined : showBytes(free),
          total === null ? undefined : showBytes(total),
          error,
        ]),
        { style },
      ),
  });
}

/** The largest first. */
function printReplicas(
  invocation: Invocation,
  disks: readonly BrokerDisks[],
  kind: "topic" | "partition",
): void {
  const byPartition = kind === "partition";
  const sums = new Map<
    string,
    { broker: number; topic: string; partition: number; size: number; replicas: number }
  >();
  for (const { broker, directories } of disks) {
    for (const { topic, partition, sizeInBytes } of directories.flatMap(({ replicas }) => replicas)) {
      const key = `${broker}/${topic}${byPartition ? `/${partition}` : ""}`;
      const sum = sums.get(key) ?? { broker, topic, partition, size: 0, replicas: 0 };
      sums.set(key, { ...sum, size: sum.size + sizeInBytes, replicas: sum.replicas + 1 });
    }
  }
  const rows = [...sums.values()].sort((a, b) => b.size - a.size || (a.topic < b.topic ? -1 : 1));
  printResult(invocation, {
    value: rows.map(({ broker, topic, partition, size, replicas }) =>
      byPartition ? { broker, topic, partition, size } : { broker, topic, replicas, size }
    ),
    text: (style) =>
      tableText(
        ["BROKER", "TOPIC", byPartition ? "PARTITION" : "REPLICAS", "SIZE"],
        rows.map(({ broker, topic, partition, replicas, size }) => [
          broker,
          topic,
          byPartition ? partition : replicas,
          showBytes(size),
        ]),
        { style },
      ),
  });
}
