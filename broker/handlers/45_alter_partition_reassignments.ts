/**
 * AlterPartitionReassignments: moves partitions to other brokers (KIP-455), of which there are none.
 *
 * - A partition may be assigned to this broker, where it is: that is done. Any other target is INVALID_REPLICA_ASSIGNMENT.
 * - null takes a reassignment back that is under way: NO_REASSIGNMENT_IN_PROGRESS.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { AlterPartitionReassignmentsRequest } from "../../protocol/messages/45_alter_partition_reassignments.ts";
import type { Broker } from "../broker.ts";
import { assignmentProblem } from "../metadata/replica_assignment.ts";
import { apiHandler } from "./api_handler.ts";

type Asked = AlterPartitionReassignmentsRequest["topics"][number]["partitions"][number];

export const alterPartitionReassignmentsHandler = apiHandler(
  api.AlterPartitionReassignments,
  { from: 0, to: 1 },
  (broker, { topics, allowReplicationFactorChange }) => ({
    throttleTimeMs: 0,
    allowReplicationFactorChange,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((asked) => ({
        partitionIndex: asked.partitionIndex,
        ...outcome(broker, name, asked),
      })),
    })),
  }),
);

function outcome(broker: Broker, topic: string, { partitionIndex, replicas }: Asked) {
  const refused = (errorCode: number, errorMessage: string) => ({ errorCode, errorMessage });
  if (broker.topics.topic(topic)?.partitions[partitionIndex] === undefined) {
    return refused(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      `there is no partition ${partitionIndex} of a topic "${topic}"`,
    );
  }
  if (replicas === null) {
    return refused(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, "no partition is being moved");
  }
  const problem = assignmentProblem(broker, replicas);
  return problem === undefined
    ? { errorCode: ErrorCode.NONE as number, errorMessage: null }
    : refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
}
