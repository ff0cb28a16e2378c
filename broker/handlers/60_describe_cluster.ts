/**
 * DescribeCluster: who is in the cluster: this broker, which is its own controller.
 *
 * - Version 1 asks for brokers (1) or controllers (2); there are no controllers to be asked directly (KIP-919).
 * - Version 2 may want brokers that are fenced told of, too (KIP-1073): none is ever, a broker that answers being there.
 * - Authorized operations are not computed: the field says "not asked for".
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { apiHandler } from "./api_handler.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeClusterHandler = apiHandler(
  api.DescribeCluster,
  { from: 0, to: 2 },
  (broker, body, request) => {
    const isOurs = body.endpointType === BROKERS;
    return {
      throttleTimeMs: 0,
      errorCode: isOurs
        ? ErrorCode.NONE
        : body.endpointType === CONTROLLERS
        ? ErrorCode.MISMATCHED_ENDPOINT_TYPE
        : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
      errorMessage: isOurs ? null : "this is a broker: ask for endpoint type 1 (brokers)",
      endpointType: BROKERS,
      clusterId: isOurs ? broker.clusterId : "",
      controllerId: isOurs ? broker.nodeId : -1,
      brokers: isOurs
        ? [{ brokerId: broker.nodeId, ...broker.advertisedTo(request.connection), rack: null }]
        : [],
    };
  },
);
