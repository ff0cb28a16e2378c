/**
 * Which brokers there are, for routes that name one.
 * @module
 */
import type { Broker, Cluster } from "../../../client/cluster.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";

/** The broker with this id. Throws an ApiError 404. */
export async function checkBroker(cluster: Cluster, id: number): Promise<Broker> {
  const brokers = await cluster.brokers();
  const found = brokers.find((broker) => broker.id === id);
  if (found !== undefined) return found;
  throw new ApiError(
    404,
    ApiErrorCode.NO_SUCH_BROKER,
    `There is no broker ${id}: there are ${brokers.map(({ id }) => id).join(", ")}.`,
  );
}
