/**
 * Error codes of partitions, as errors.
 * @module
 */
import type { Cluster } from "../../client/cluster.ts";
import { checkCode } from "../../client/response_error.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { noSuchPartition, noSuchTopic } from "./kafka_failures.ts";

/** Throws unless `code` is 0; if the partition is unknown, an ApiError 404 that tells whether the topic is or only that. */
export async function checkPartition(
  cluster: Cluster,
  code: number,
  what: string,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Promise<void> {
  if (code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
    const count = (await cluster.leadersOf(topic)).length;
    throw partition >= count ? noSuchPartition(topic, partition, count) : noSuchTopic(topic);
  }
  checkCode(code, what);
}
