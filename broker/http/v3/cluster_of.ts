/**
 * The `{cluster_id}` of a path of the v3 API.
 * @module
 */
import type { Context } from "hono";
import type { Cluster } from "../../../client/cluster.ts";
import { api } from "../../../protocol/apis.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import type { Services } from "../route.ts";

/** What clusters have said; an id never changes while a cluster lives. */
const remembered = new WeakMap<Cluster, string>();

/** The id of the cluster, if it is the one that the path names. Throws an ApiError 404. */
export async function clusterOf(context: Context, { gateway: { cluster } }: Services): Promise<string> {
  const wanted = context.req.param("cluster_id") ?? "";
  if (remembered.get(cluster) === wanted) return wanted;
  // Behind the same address there may be another cluster by now.
  const answer = await cluster.ask(
    api.Metadata,
    { topics: [], allowAutoTopicCreation: false },
    { maxVersion: 12 },
  );
  const clusterId = answer.clusterId ?? "";
  remembered.set(cluster, clusterId);
  if (clusterId === wanted) return wanted;
  throw new ApiError(
    404,
    ApiErrorCode.NO_SUCH_CLUSTER,
    `There is no cluster ${JSON.stringify(wanted.slice(0, 100))} here: the one there is has the id ` +
      `${JSON.stringify(clusterId)}.`,
  );
}
