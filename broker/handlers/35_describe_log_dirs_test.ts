import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { createTopic, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { describeLogDirsHandler } from "./35_describe_log_dirs.ts";

const versions = servedVersions(describeLogDirsHandler);

Deno.test("DescribeLogDirs tells the size of each partition and the room on the disk", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a", { partitions: 2 });
    yield* createTopic(client, "b");
    const batch = randomBatch(broker, { count: 5 });
    yield* produce(client, "a", batch, { partition: 1 });
    broker.disk.freeSpace = { totalBytes: 1000 * 2 ** 30, freeBytes: 300 * 2 ** 30 };
    for (const version of versions) {
      const { errorCode, results } = yield* client.ask(api.DescribeLogDirs, version, { topics: null });
      assert.equal(errorCode, ErrorCode.NONE);
      const partition = (partitionIndex: number, partitionSize: number) => ({
        partitionIndex,
        partitionSize,
        offsetLag: 0,
        isFutureKey: false,
      });
      assert.deepEqual(results, [{
        errorCode: ErrorCode.NONE,
        logDir: "/data",
        topics: [
          { name: "a", partitions: [partition(0, 0), partition(1, batch.length)] },
          { name: "b", partitions: [partition(0, 0)] },
        ],
        totalBytes: version >= 4 ? 1000 * 2 ** 30 : -1,
        usableBytes: version >= 4 ? 300 * 2 ** 30 : -1,
        isCordoned: false,
      }]);
    }
  });
});

Deno.test("DescribeLogDirs tells of the partitions that are asked for, once, and leaves out what is not there", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a", { partitions: 3 });
    for (const version of versions) {
      const { results: [directory] } = yield* client.ask(api.DescribeLogDirs, version, {
        topics: [
          { topic: "a", partitions: [2, 7, 2] },
          { topic: "none", partitions: [0] },
          { topic: "a", partitions: [0] },
        ],
      });
      assert.deepEqual(
        directory!.topics.map((
          { name, partitions },
        ) => [name, partitions.map((found) => found.partitionIndex)]),
        [["a", [2, 0]]],
      );
      const { results: [empty] } = yield* client.ask(api.DescribeLogDirs, version, { topics: [] });
      assert.deepEqual(empty!.topics, []);
    }
  });
});

Deno.test("DescribeLogDirs answers KAFKA_STORAGE_ERROR for a disk that can't be asked", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const { onCall } = broker.disk;
    broker.disk.onCall = (call, path) => {
      onCall(call, path);
      if (call === "space") throw new MemoryDiskError(call, path, "EIO");
    };
    const { results } = yield* client.ask(api.DescribeLogDirs, 4, { topics: null });
    broker.disk.onCall = onCall;
    assert.deepEqual(results.map(({ errorCode, topics }) => [errorCode, topics]), [
      [ErrorCode.KAFKA_STORAGE_ERROR, []],
    ]);
  });
});
