/**
 * `milena cluster brokers`
 * @module
 */
import { ExitCode, type Invocation } from "../command.ts";
import { printResult } from "../output/format.ts";
import { tableText } from "../output/table.ts";
import { showBytes } from "../units.ts";
import { withAdmin } from "../with_admin.ts";
import { disksOf } from "./disks.ts";

export function clusterBrokers(invocation: Invocation): Promise<number> {
  return withAdmin(invocation, async (admin) => {
    const { brokers, controllerId } = await admin.describeCluster();
    const [topics, disks] = await Promise.all([
      admin.listTopics(),
      disksOf(admin, brokers.map(({ id }) => id)),
    ]);
    const partitions = topics.flatMap(({ partitions }) => partitions);
    const rows = brokers.map(({ id, host, port, rack }, i) => {
      const { error, directories } = disks[i]!;
      const replicas = directories.flatMap(({ replicas }) => replicas);
      return {
        broker: id,
        host,
        port,
        rack,
        controller: id === controllerId,
        leads: partitions.filter(({ leader }) => leader === id).length,
        replicas: partitions.filter(({ replicas }) => replicas.includes(id)).length,
        size: error === undefined ? replicas.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0) : null,
      };
    });
    printResult(invocation, {
      value: rows,
      text: (style) =>
        tableText(
          ["BROKER", "HOST", "PORT", "RACK", "CONTROLLER", "LEADS", "REPLICAS", "SIZE"],
          rows.map(({ broker, host, port, rack, controller, leads, replicas, size }) => [
            broker,
            host,
            port,
            rack,
            controller ? "yes" : "no",
            leads,
            replicas,
            size === null ? undefined : showBytes(size),
          ]),
          { style },
        ),
    });
    return ExitCode.OK;
  });
}
