/**
 * One finished record batch to the leader of its partition.
 * @module
 */
import type { Cluster } from "../../client/cluster.ts";
import { ResponseError } from "../../client/response_error.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ProduceResponse } from "../../protocol/messages/00_produce.ts";
import type { Acks, BatchResult } from "./produce_gatherer.ts";
import {
  ACKNOWLEDGE_TIMEOUT_MS,
  ANSWER_TIMEOUT_MS,
  MAX_PRODUCE_VERSION,
  resultOf,
  UNANSWERED,
} from "./produce_request.ts";

export interface FinishedBatch {
  readonly topic: string;
  readonly partition: number;
  /** May be reused once the result is there. */
  readonly records: Uint8Array;
}

/** Never rejects: what went wrong is the result's error. */
export async function sendBatch(
  cluster: Cluster,
  acks: Acks,
  { topic, partition, records }: FinishedBatch,
): Promise<BatchResult> {
  const body = {
    acks,
    timeoutMs: ACKNOWLEDGE_TIMEOUT_MS,
    topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    wantsDurability: true,
  };
  try {
    if (acks === 0) {
      const leader = await cluster.leaderOf(topic, partition);
      await cluster.sendBroker(leader, api.Produce, body, { maxVersion: MAX_PRODUCE_VERSION });
      return UNANSWERED;
    }
    const answer = await cluster.askLeader(topic, partition, api.Produce, body, {
      maxVersion: MAX_PRODUCE_VERSION,
      timeoutMs: ANSWER_TIMEOUT_MS,
      codeOf(answer) {
        const part = partOf(answer);
        // What was appended by a leader that is none any more may live on: sent again, it might be there twice.
        if (part !== undefined && part.baseOffset >= 0) return ErrorCode.NONE;
        return part?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
      },
    });
    const part = partOf(answer);
    if (part !== undefined) return resultOf(topic, part, records.length);
    throw new ResponseError(
      ErrorCode.UNKNOWN_SERVER_ERROR,
      `write to ${topic}-${partition}`,
      "it was not answered",
    );
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)), divisible: false };
  }
}

function partOf(answer: ProduceResponse) {
  return answer.responses[0]?.partitionResponses[0];
}
