/**
 * ElectLeaders: makes the preferred replica a partition's leader, or any that is left (KIP-183, KIP-460). Each partition's one
 * replica leads it already: ELECTION_NOT_NEEDED, which clients take for done.
 *
 * - null asks for all partitions, and then only those are told of that had an election: none.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { Broker } from "../broker.ts";
import { apiHandler } from "./api_handler.ts";

const PREFERRED = 0;
const UNCLEAN = 1;

export const electLeadersHandler = apiHandler(
  api.ElectLeaders,
  { from: 0, to: 2 },
  (broker, { electionType, topicPartitions }) => {
    const isKnown = electionType === PREFERRED || electionType === UNCLEAN;
    const unknownType = {
      errorCode: ErrorCode.INVALID_REQUEST as number,
      errorMessage: `${electionType} is no type of election: 0 is preferred, 1 unclean`,
    };
    return {
      throttleTimeMs: 0,
      errorCode: isKnown ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST,
      replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
        topic,
        partitionResult: partitions.map((partitionId) => ({
          partitionId,
          ...isKnown ? outcome(broker, topic, partitionId) : unknownType,
        })),
      })),
    };
  },
);

function outcome({ topics }: Broker, topic: string, partition: number) {
  return topics.topic(topic)?.partitions[partition] === undefined
    ? {
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION as number,
      errorMessage: `there is no partition ${partition} of a topic "${topic}"`,
    }
    : {
      errorCode: ErrorCode.ELECTION_NOT_NEEDED as number,
      errorMessage: "the only replica leads the partition already",
    };
}
