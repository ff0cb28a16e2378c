/**
 * The `{cluster_id}` of a path of the v3 API.
 * @module
 */
import type { Context } from "hono";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import type { Services } from "../route.ts";

/** The id of the cluster, if it is the one that the path names. Throws an ApiError 404. */
export async function clusterOf(context: Context, { gateway: { cluster } }: Services): Promise<string> {
  const wanted = context.req.param("cluster_id") ?? "";
  const { clusterId } = await cluster.describe();
  if (clusterId === wanted) return wanted;
  throw new ApiError(
    404,
    ApiErrorCode.NO_SUCH_CLUSTER,
    `There is no cluster ${JSON.stringify(wanted.slice(0, 100))} here: the one there is has the id ` +
      `${JSON.stringify(clusterId)} (GET /v3/clusters tells it).`,
  );
}
