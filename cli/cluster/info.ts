/**
 * `milena cluster info`
 * @module
 */
import { ExitCode, type Invocation } from "../command.ts";
import { printResult } from "../output/format.ts";
import { listText, tableText } from "../output/table.ts";
import { withAdmin } from "../with_admin.ts";

export function clusterInfo(invocation: Invocation): Promise<number> {
  return withAdmin(invocation, async (admin) => {
    const [{ clusterId, controllerId, brokers }, topics] = await Promise.all([
      admin.describeCluster(),
      admin.listTopics(),
    ]);
    const partitionCount = topics.reduce((sum, { partitions }) => sum + partitions.length, 0);
    const controller = controllerId < 0 ? null : controllerId;
    printResult(invocation, {
      value: {
        cluster: clusterId,
        controller,
        topics: topics.length,
        partitions: partitionCount,
        brokers: brokers.map(({ id, host, port, rack }) => ({ broker: id, host, port, rack })),
      },
      text: (style) => {
        const head = listText([
          ["cluster", clusterId],
          ["controller", controller],
          ["brokers", brokers.length],
          ["topics", topics.length],
          ["partitions", partitionCount],
        ], { style });
        const rows = brokers.map(({ id, host, port, rack }) => [id, host, port, rack]);
        return `${head}\n\n${tableText(["BROKER", "HOST", "PORT", "RACK"], rows, { style })}`;
      },
    });
    return ExitCode.OK;
  });
}
