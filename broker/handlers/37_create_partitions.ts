/**
 * CreatePartitions: adds partitions to topics, each for itself (KIP-195).
 *
 * - `count` is how many there are to be in the end: not more than there are is INVALID_PARTITIONS.
 * - `assignments`, one for each partition to be added, must name this broker alone.
 * - The topics that coordinators keep what they know in are refused: an id's partition follows from their number.
 * - Done when it is answered, so the timeout is not used. `validateOnly` checks all and adds nothing.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { CreatePartitionsRequest } from "../../protocol/messages/37_create_partitions.ts";
import { LogError } from "../../storage/log_error.ts";
import type { Broker } from "../broker.ts";
import { isInternalTopic } from "../coordinator/internal_topics.ts";
import { checkPartitionLimit } from "../metadata/partition_limit.ts";
import { assignmentProblem } from "../metadata/replica_assignment.ts";
import { TopicRefusal } from "../metadata/topic_refusal.ts";
import { apiHandler } from "./api_handler.ts";

type Asked = CreatePartitionsRequest["topics"][number];

export const createPartitionsHandler = apiHandler(
  api.CreatePartitions,
  { from: 0, to: 3 },
  (broker, { topics, validateOnly }) => {
    const byName = Map.groupBy(topics, ({ name }) => name);
    return {
      throttleTimeMs: 0,
      results: Array.from(byName, ([name, asked]) => ({ name, ...outcome(broker, asked, validateOnly) })),
    };
  },
);

function outcome(broker: Broker, [asked, ...more]: readonly Asked[], validateOnly: boolean) {
  try {
    const { name, count } = asked!;
    if (more.length > 0) {
      throw refused(ErrorCode.INVALID_REQUEST, "the request names this topic more than once");
    }
    check(broker, asked!);
    if (!validateOnly) broker.topics.addPartitions(name, count);
    return { errorCode: ErrorCode.NONE as number, errorMessage: null };
  } catch (error) {
    if (!(error instanceof TopicRefusal) && !(error instanceof LogError)) throw error;
    return { errorCode: error.code, errorMessage: error.message };
  }
}

/** Throws TopicRefusal. */
function check(broker: Broker, { name, count, assignments }: Asked): void {
  const topic = broker.topics.topic(name);
  if (topic === undefined) {
    throw refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
  }
  if (isInternalTopic(name)) {
    throw refused(
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      `the number of partitions of ${name} can't be changed: it says where each group or transaction is kept`,
    );
  }
  const present = topic.partitions.length;
  if (count <= present) {
    throw refused(
      ErrorCode.INVALID_PARTITIONS,
      `the topic "${name}" has ${present} partitions: ${count} would not be more`,
    );
  }
  const added = count - present;
  if (assignments !== null) {
    if (assignments.length !== added) {
      throw refused(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        `${added} partitions are to be added, and ${assignments.length} assignments are given`,
      );
    }
    for (const { brokerIds } of assignments) {
      const problem = assignmentProblem(broker, brokerIds);
      if (problem !== undefined) throw refused(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
    }
  }
  checkPartitionLimit(broker, added);
}

function refused(code: number, message: string): TopicRefusal {
  return new TopicRefusal(code, message);
}
