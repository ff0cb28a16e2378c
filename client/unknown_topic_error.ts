/**
 * That the cluster has no such topic, or the topic no such partition: said by its metadata, and not by one broker that
 * may not have heard of it yet.
 * @module
 */
import { ErrorCode } from "../protocol/errors.ts";
import { ResponseError } from "./response_error.ts";

export class UnknownTopicError extends ResponseError {
  override name = "UnknownTopicError";

  constructor(readonly topic: string, what = `look up topic ${topic}`, detail?: string) {
    super(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, what, detail);
  }
}

export class UnknownPartitionError extends UnknownTopicError {
  override name = "UnknownPartitionError";

  constructor(topic: string, readonly partition: number, readonly partitionCount: number) {
    super(topic, `look up ${topic}-${partition}`, `the topic has ${partitionCount} partitions`);
  }
}
