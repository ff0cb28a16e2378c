/**
 * What lies on the disks of brokers.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode } from "../response_error.ts";
import type { TopicPartition } from "./by_leader.ts";

export interface ReplicaSize extends TopicPartition {
  readonly sizeInBytes: number;
}

export interface LogDir {
  readonly path: string;
  /** Kafka's code: why it can't be used; 0: it can. */
  readonly errorCode: number;
  /** Of the file system; undefined: the broker does not tell. */
  readonly totalBytes: number | undefined;
  readonly usableBytes: number | undefined;
  readonly replicas: readonly ReplicaSize[];
}

/** The data directories of a broker, with all replicas or those of `topics`. Throws a ResponseError. */
export async function describeLogDirs(
  cluster: Cluster,
  brokerId: number,
  topics?: readonly { readonly name: string; readonly partitions: readonly number[] }[],
): Promise<LogDir[]> {
  const answer = await cluster.askBroker(brokerId, api.DescribeLogDirs, {
    topics: topics?.map(({ name, partitions }) => ({ topic: name, partitions: [...partitions] })) ?? null,
  });
  checkCode(answer.errorCode, `describe the data directories of broker ${brokerId}`);
  return answer.results.map(({ errorCode, logDir, topics, totalBytes, usableBytes }) => ({
    path: logDir,
    errorCode,
    totalBytes: totalBytes < 0 ? undefined : totalBytes,
    usableBytes: usableBytes < 0 ? undefined : usableBytes,
    replicas: topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ isFutureKey }) => !isFutureKey)
        .map(({ partitionIndex, partitionSize }) => ({
          topic: name,
          partition: partitionIndex,
          sizeInBytes: partitionSize,
        }))
    ),
  }));
}

/** The sizes of a broker's replicas by topic and partition; empty if its disks can't be read. */
export async function replicaSizes(
  cluster: Cluster,
  brokerId: number,
  topics?: Parameters<typeof describeLogDirs>[2],
): Promise<Map<string, Map<number, number>>> {
  const sizes = new Map<string, Map<number, number>>();
  for (const { errorCode, replicas } of await describeLogDirs(cluster, brokerId, topics)) {
    if (errorCode !== ErrorCode.NONE) continue;
    for (const { topic, partition, sizeInBytes } of replicas) {
      const ofTopic = sizes.get(topic) ?? new Map<number, number>();
      sizes.set(topic, ofTopic.set(partition, sizeInBytes));
    }
  }
  return sizes;
}
