import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { alterPartitionReassignmentsHandler } from "./45_alter_partition_reassignments.ts";

Deno.test("AlterPartitionReassignments leaves partitions where they are, and refuses any other place as Kafka does", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    const { INVALID_REPLICA_ASSIGNMENT, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode;
    const asked: [topic: string, partition: number, replicas: number[] | null, code: number][] = [
      ["t", 0, [1], ErrorCode.NONE],
      ["t", 0, [2], INVALID_REPLICA_ASSIGNMENT],
      ["t", 0, [1, 2], INVALID_REPLICA_ASSIGNMENT],
      ["t", 0, [1, 1], INVALID_REPLICA_ASSIGNMENT],
      ["t", 0, [], INVALID_REPLICA_ASSIGNMENT],
      ["t", 0, null, ErrorCode.NO_REASSIGNMENT_IN_PROGRESS],
      ["t", 1, [1], UNKNOWN_TOPIC_OR_PARTITION],
      ["none", 0, [1], UNKNOWN_TOPIC_OR_PARTITION],
    ];
    for (const version of servedVersions(alterPartitionReassignmentsHandler)) {
      const { errorCode, responses } = yield* client.ask(api.AlterPartitionReassignments, version, {
        topics: asked.map(([name, partitionIndex, replicas]) => ({
          name,
          partitions: [{ partitionIndex, replicas }],
        })),
      });
      assert.equal(errorCode, ErrorCode.NONE);
      assert.deepEqual(
        responses.map(({ name, partitions: [found] }) => [name, found!.partitionIndex, found!.errorCode]),
        asked.map(([topic, partition, , code]) => [topic, partition, code]),
      );
    }
  });
});
