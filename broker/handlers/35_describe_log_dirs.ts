/**
 * DescribeLogDirs: how large each partition is, and how full the disk (KIP-113, KIP-827).
 *
 * - There is one data directory; null asks for all partitions, and what is asked for and not there is left out, as in Kafka.
 * - No partition lags (there is one copy) and none is about to move: `offsetLag` 0, `isFutureKey` false.
 * - Version 0, which Kafka 4 has dropped, is the only one that kafka-python knows.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { DescribeLogDirsRequest } from "../../protocol/messages/35_describe_log_dirs.ts";
import { diskErrorCode } from "../../storage/log_error.ts";
import type { Broker } from "../broker.ts";
import { apiHandler } from "./api_handler.ts";

type Asked = NonNullable<DescribeLogDirsRequest["topics"]>[number];

export const describeLogDirsHandler = apiHandler(
  api.DescribeLogDirs,
  { from: 0, to: 5 },
  (broker, { topics }) => ({
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    results: [describe(broker, topics)],
  }),
);

function describe(broker: Broker, asked: readonly Asked[] | null) {
  const logDir = broker.topics.directory;
  try {
    const { totalBytes, freeBytes } = broker.topics.space;
    return {
      errorCode: ErrorCode.NONE as number,
      logDir,
      topics: sizesOf(broker, asked),
      totalBytes,
      usableBytes: freeBytes,
      isCordoned: false,
    };
  } catch (error) {
    if (diskErrorCode(error) === undefined) throw error;
    broker.log("warn", `the disk could not be described to a client: ${(error as Error).message}`);
    return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR as number, logDir, topics: [] };
  }
}

function sizesOf({ topics }: Broker, asked: readonly Asked[] | null) {
  const wanted = asked === null
    ? [...topics.topics()].map(({ name, partitions }) => ({ name, indexes: [...partitions.keys()] }))
    : mergedByTopic(asked);
  return wanted.flatMap(({ name, indexes }) => {
    const logs = topics.topic(name)?.partitions ?? [];
    const partitions = indexes.filter((index) => logs[index] !== undefined).map((partitionIndex) => ({
      partitionIndex,
      partitionSize: logs[partitionIndex]!.sizeInBytes,
      offsetLag: 0,
      isFutureKey: false,
    }));
    return partitions.length === 0 ? [] : [{ name, partitions }];
  });
}

/** Each topic and each partition once. */
function mergedByTopic(asked: readonly Asked[]) {
  const merged = new Map<string, Set<number>>();
  for (const { topic, partitions } of asked) {
    merged.set(topic, (merged.get(topic) ?? new Set<number>()).union(new Set(partitions)));
  }
  return Array.from(merged, ([name, indexes]) => ({ name, indexes: [...indexes] }));
}
