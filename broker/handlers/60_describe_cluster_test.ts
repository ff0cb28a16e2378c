import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { describeClusterHandler } from "./60_describe_cluster.ts";

const versions = servedVersions(describeClusterHandler);

Deno.test("DescribeCluster tells the cluster and this broker, which is its own controller", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const answer = yield* client.ask(api.DescribeCluster, version, {
        includeClusterAuthorizedOperations: true,
        ...version >= 2 ? { includeFencedBrokers: true } : {},
      });
      assert.deepEqual(answer, {
        throttleTimeMs: 0,
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        endpointType: 1,
        clusterId: "MkU3OEVBNTcwNTJENDM2Qk",
        controllerId: 7,
        brokers: [{ brokerId: 7, host: "127.0.0.1", port: 9092, rack: null, isFenced: false }],
        clusterAuthorizedOperations: -2147483648,
      });
    }
  }, { settings: { "node.id": "7", "cluster.id": "MkU3OEVBNTcwNTJENDM2Qk" } });
});

Deno.test("DescribeCluster from v1 on refuses to tell of controllers, and of what it does not know", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (
      const [endpointType, error] of [
        [2, ErrorCode.MISMATCHED_ENDPOINT_TYPE],
        [0, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE],
        [3, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE],
        [-1, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE],
      ] as const
    ) {
      for (const version of versions.filter((version) => version >= 1)) {
        const { errorCode, errorMessage, ...answer } = yield* client.ask(api.DescribeCluster, version, {
          includeClusterAuthorizedOperations: false,
          endpointType,
        });
        assert.equal(errorCode, error);
        assert.ok(errorMessage);
        assert.deepEqual([answer.clusterId, answer.controllerId, answer.brokers], ["", -1, []]);
      }
    }
  });
});
