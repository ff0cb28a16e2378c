/**
 * `milena cluster health`
 * @module
 */
import type { Admin } from "../../client/admin/admin.ts";
import type { ClusterDescription } from "../../client/broker_directory.ts";
import type { TopicDescription } from "../../client/admin/topics.ts";
import { errorMessage } from "../../protocol/errors.ts";
import { ExitCode, type Invocation } from "../command.ts";
import { printResult } from "../output/format.ts";
import { listText } from "../output/table.ts";
import { showMany } from "../units.ts";
import { withAdmin } from "../with_admin.ts";
import { type BrokerDisks, disksOf } from "./disks.ts";

/** So many partitions are named in one line. */
const MAX_NAMED = 10;

export function clusterHealth(invocation: Invocation): Promise<number> {
  return withAdmin(invocation, async (admin) => {
    const health = healthOf(...await look(admin));
    printResult(invocation, {
      value: { healthy: health.problems.length === 0, ...health },
      text: (style) => {
        const { problems, controller, brokers, brokersDown, leaderless, underReplicated } = health;
        const isHealthy = problems.length === 0;
        return [
          listText([
            ["healthy", isHealthy ? "yes" : "no"],
            ["controller", controller],
            ["brokers", brokers.join(",")],
            ["brokers down", brokersDown.join(",") || "none"],
            ["leaderless", named(leaderless)],
            ["under-replicated", named(underReplicated)],
          ], { style }),
          ...problems.map((problem) => style.red(problem)),
        ].join("\n");
      },
    });
    return health.problems.length === 0 ? ExitCode.OK : ExitCode.FAILURE;
  });
}

async function look(admin: Admin): Promise<[ClusterDescription, TopicDescription[], BrokerDisks[]]> {
  const cluster = await admin.describeCluster();
  return [
    cluster,
    await admin.listTopics(),
    await disksOf(admin, cluster.brokers.map(({ id }) => id)),
  ];
}

/** What is wrong, as far as what was seen tells. */
export function healthOf(
  { controllerId, brokers }: ClusterDescription,
  topics: readonly TopicDescription[],
  disks: readonly BrokerDisks[],
) {
  const up = brokers.map(({ id }) => id);
  const partitions = topics.flatMap(({ name, partitions }) =>
    partitions.map((partition) => ({ name: `${name}-${partition.partition}`, ...partition }))
  );
  const replicas = new Set(partitions.flatMap(({ replicas }) => replicas));
  // Brokers that are away are in no list, but for the replicas that they have.
  const brokersDown = [...replicas].filter((id) => !up.includes(id)).sort((a, b) => a - b);
  const leaderless = partitions.filter(({ leader }) => leader === undefined).map(({ name }) => name);
  const underReplicated = partitions
    .filter(({ replicas, inSync }) => inSync.length < replicas.length)
    .map(({ name }) => name);
  const problems = [
    ...controllerId < 0 ? ["there is no controller"] : [],
    ...brokersDown.map((id) => `broker ${id} is away`),
    ...leaderless.length === 0 ? [] : [`${showMany(leaderless.length, "partition")} without a leader`],
    ...underReplicated.length === 0
      ? []
      : [`${showMany(underReplicated.length, "partition")} with replicas that are not in sync`],
    ...disks.flatMap(({ broker, error, directories }) => [
      ...error === undefined ? [] : [`broker ${broker} does not tell of its disks: ${error}`],
      ...directories.filter(({ errorCode }) => errorCode !== 0).map(({ path, errorCode }) =>
        `${path} of broker ${broker} can't be used: ${errorMessage(errorCode)}`
      ),
    ]),
  ];
  return {
    controller: controllerId < 0 ? null : controllerId,
    brokers: up,
    brokersDown,
    leaderless,
    underReplicated,
    problems,
  };
}

function named(partitions: readonly string[]): string {
  if (partitions.length === 0) return "none";
  const more = partitions.length - MAX_NAMED;
  const names = partitions.slice(0, MAX_NAMED).join(", ");
  return `${showMany(partitions.length, "partition")}: ${names}${more > 0 ? ` and ${more} more` : ""}`;
}
