/**
 * A command that asks a cluster, from its flags to its exit code.
 * @module
 */
import { Admin } from "../client/admin/admin.ts";
import { clusterConfigOf } from "./cluster_config.ts";
import type { Invocation } from "./command.ts";
import { formatOf } from "./output/format.ts";
import { reachCluster } from "./reach_cluster.ts";

/** How long people wait while a cluster is between two leaders. */
const API_TIMEOUT_MS = "15000";

/** Runs `work` with an admin of the cluster that the flags name. Throws {@link CommandFailure} if nobody answers there. */
export async function withAdmin<T>(invocation: Invocation, work: (admin: Admin) => Promise<T>): Promise<T> {
  // What is wrong with the command line is told before anything is done.
  formatOf(invocation);
  const config = clusterConfigOf(invocation);
  using admin = new Admin({ "default.api.timeout.ms": API_TIMEOUT_MS, ...config });
  return await reachCluster(config["bootstrap.servers"], () => work(admin));
}
