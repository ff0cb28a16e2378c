/**
 * ConsumerGroupHeartbeat: a member of a group of the new consumer protocol joins, stays or leaves, and learns its assignment (KIP-848).
 *
 * - Epoch 0 joins, -1 leaves, -2 is a static member that leaves and means to come back. What is null is as before.
 * - Version 1 has regular expressions (in RE2's syntax), and clients choose their member ids themselves (KIP-1082).
 * - The assignment is in the answer only if it has changed, the member joins, or it has told all about itself.
 * - UNSUPPORTED_VERSION if group.coordinator.rebalance.protocols has no "consumer", as Kafka does.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ApiHandler } from "./api_handler.ts";
import { groupClient, joiningClient } from "./group_client.ts";

export const consumerGroupHeartbeatHandler: ApiHandler = {
  api: api.ConsumerGroupHeartbeat,
  versions: { from: 0, to: 1 },
  handle(broker, request) {
    const { response } = api.ConsumerGroupHeartbeat;
    const asked = request.decode(api.ConsumerGroupHeartbeat.request);
    if (!broker.config.groups.servesConsumerProtocol) {
      const errorCode = ErrorCode.UNSUPPORTED_VERSION;
      return request.answer(response, {
        throttleTimeMs: 0,
        errorCode,
        memberEpoch: 0,
        heartbeatIntervalMs: 0,
      });
    }
    const client = asked.memberEpoch === 0 ? joiningClient(broker, request) : groupClient(request);
    broker.groups.consumer.heartbeat({ ...asked, ...client }, request.version, (answer) => {
      request.answer(response, { throttleTimeMs: 0, ...answer });
    });
  },
};
