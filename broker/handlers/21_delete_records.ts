/**
 * DeleteRecords: moves the log start offset of partitions forward (KIP-107).
 *
 * - Answered when the new starts are on stable storage: what was deleted does not come back after a crash. Segments that lie
 *   below go soon after, as by retention.
 * - An offset behind what is acknowledged is OFFSET_OUT_OF_RANGE; one before the start changes nothing. -1: all there is.
 * - A topic that is compacted only answers POLICY_VIOLATION, and one of a coordinator's INVALID_TOPIC_EXCEPTION, as in Kafka.
 * - The request's timeout is not used: one checkpoint file is written, or the disk answers with an error.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { LogError } from "../../storage/log_error.ts";
import type { Topic } from "../../storage/topic_store.ts";
import type { Broker } from "../broker.ts";
import { isInternalTopic } from "../coordinator/internal_topics.ts";
import type { ApiHandler } from "./api_handler.ts";

interface Outcome {
  readonly partitionIndex: number;
  readonly lowWatermark: number;
  readonly errorCode: number;
}

export const deleteRecordsHandler: ApiHandler = {
  api: api.DeleteRecords,
  versions: { from: 0, to: 2 },

  handle(broker, request) {
    const { topics } = request.decode(api.DeleteRecords.request);
    const outcomes = topics.map(({ name, partitions }) => {
      const topic = broker.topics.topic(name);
      return {
        name,
        partitions: partitions.map(({ partitionIndex, offset }) => {
          return deleteBefore(broker, topic, partitionIndex, offset);
        }),
      };
    });
    broker.topics.whenLogStartsDurable((error) => {
      request.answer(api.DeleteRecords.response, {
        throttleTimeMs: 0,
        topics: error === undefined ? outcomes : outcomes.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map((outcome) =>
            outcome.errorCode === ErrorCode.NONE ? unsafe(outcome) : outcome
          ),
        })),
      });
    });
  },
};

function deleteBefore(
  broker: Broker,
  topic: Topic | undefined,
  partitionIndex: number,
  offset: number,
): Outcome {
  const log = topic?.partitions[partitionIndex];
  if (log === undefined) return refused(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  if (isInternalTopic(log.topic)) return refused(partitionIndex, ErrorCode.INVALID_TOPIC_EXCEPTION);
  if (log.config.compacts && !log.config.deletesOld) {
    return refused(partitionIndex, ErrorCode.POLICY_VIOLATION);
  }
  try {
    return { partitionIndex, lowWatermark: log.deleteRecordsBefore(offset), errorCode: ErrorCode.NONE };
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    if (error.code === ErrorCode.KAFKA_STORAGE_ERROR && error !== log.failure) {
      broker.log("error", error.message);
    }
    return refused(partitionIndex, error.code);
  }
}

/** It has moved, and a crash may move it back. */
function unsafe({ partitionIndex }: Outcome): Outcome {
  return refused(partitionIndex, ErrorCode.KAFKA_STORAGE_ERROR);
}

function refused(partitionIndex: number, errorCode: number): Outcome {
  return { partitionIndex, lowWatermark: -1, errorCode };
}
