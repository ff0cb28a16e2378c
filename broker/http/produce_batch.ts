/**
 * One finished record batch to the leader of its partition.
 *
 * What must be true: a batch is sent again only if it can't be written twice by that, since it has a producer's identity and
 * sequence; and if nobody knows whether it was written, that is what the result says, whatever a later attempt has found.
 * @module
 */
import { backoffMs } from "../../client/backoff.ts";
import type { Cluster } from "../../client/cluster.ts";
import { ConnectionError } from "../../client/connection_error.ts";
import { ResponseError } from "../../client/response_error.ts";
import { sleep } from "../../client/retrying.ts";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { ProduceResponse } from "../../protocol/messages/00_produce.ts";
import { UncertainError } from "./kafka_failures.ts";
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

export interface SendOptions {
  readonly acks: Acks;
  /** The batch has an identity and a sequence. */
  readonly mayRepeat: boolean;
  /** Ends the waits between attempts. */
  readonly signal: AbortSignal;
}

/** How long a batch is sent again: a broker that is restarted, or a leader that moves, takes some seconds. */
const REPEAT_WITHIN_MS = 30_000;
const BACKOFF = { firstMs: 50, longestMs: 1000 };

/** Never rejects: what went wrong is the result's error. */
export async function sendBatch(
  cluster: Cluster,
  batch: FinishedBatch,
  { acks, mayRepeat, signal }: SendOptions,
): Promise<BatchResult> {
  const deadline = performance.now() + REPEAT_WITHIN_MS;
  let uncertain: BatchResult | undefined;
  for (let attempt = 1;; attempt++) {
    const result = await sendOnce(cluster, acks, batch);
    if (!("error" in result)) return result;
    if (isUncertain(result.error)) uncertain ??= result;
    const waitMs = backoffMs(attempt, BACKOFF, Math.random());
    const isLast = !mayRepeat || !mayPass(result.error) || signal.aborted ||
      performance.now() + waitMs > deadline;
    // A batch that is refused for what is in it was refused before as well.
    if (isLast) return result.divisible ? result : uncertain ?? result;
    await sleep(waitMs, signal);
  }
}

/** Whether the batch may have been written all the same. */
function isUncertain(error: Error): boolean {
  if (error instanceof ConnectionError) return error.sent;
  return error instanceof UncertainError;
}

/** Whether the same batch may be taken a little later. A topic that is gone stays so. */
function mayPass(error: Error): boolean {
  if (error instanceof ConnectionError) return error.retriable;
  return error instanceof ResponseError && error.retriable &&
    error.code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
}

async function sendOnce(
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
    const what = `write to ${topic}-${partition}`;
    throw new ResponseError(ErrorCode.UNKNOWN_SERVER_ERROR, what, "it was not answered");
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)), divisible: false };
  }
}

function partOf(answer: ProduceResponse) {
  return answer.responses[0]?.partitionResponses[0];
}
