import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { electLeadersHandler } from "./43_elect_leaders.ts";

const versions = servedVersions(electLeadersHandler);
const PREFERRED = 0;
const UNCLEAN = 1;

Deno.test("ElectLeaders says of each partition that its leader needs no election, and of others that they are not there", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t", { partitions: 2 });
    for (const version of versions) {
      for (const electionType of version >= 1 ? [PREFERRED, UNCLEAN] : [PREFERRED]) {
        const { errorCode, replicaElectionResults } = yield* client.ask(api.ElectLeaders, version, {
          ...version >= 1 ? { electionType } : {},
          topicPartitions: [{ topic: "t", partitions: [1, 9] }, { topic: "none", partitions: [0] }],
        });
        assert.equal(errorCode, ErrorCode.NONE);
        assert.deepEqual(
          replicaElectionResults.map(({ topic, partitionResult }) => [
            topic,
            partitionResult.map(({ partitionId, errorCode }) => [partitionId, errorCode]),
          ]),
          [
            ["t", [[1, ErrorCode.ELECTION_NOT_NEEDED], [9, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]]],
            ["none", [[0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]]],
          ],
        );
      }
    }
  });
});

Deno.test("ElectLeaders of all partitions tells of those that had an election: none", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    for (const version of versions) {
      const answer = yield* client.ask(api.ElectLeaders, version, { topicPartitions: null });
      assert.deepEqual([answer.errorCode, answer.replicaElectionResults], [ErrorCode.NONE, []]);
    }
  });
});

Deno.test("ElectLeaders refuses a type of election that it does not know, for all and for each", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    for (const version of versions.filter((version) => version >= 1)) {
      const { errorCode, replicaElectionResults } = yield* client.ask(api.ElectLeaders, version, {
        electionType: 5,
        topicPartitions: [{ topic: "t", partitions: [0] }],
      });
      assert.equal(errorCode, ErrorCode.INVALID_REQUEST);
      assert.equal(replicaElectionResults[0]!.partitionResult[0]!.errorCode, ErrorCode.INVALID_REQUEST);
    }
  });
});
