/**
 * What the broker or the way to it refused, as the caller over HTTP is told it.
 * @module
 */
import { PoolExhaustedError } from "../../client/connection_pool.ts";
import { ConnectionError } from "../../client/connection_error.ts";
import { ResponseError } from "../../client/response_error.ts";
import { UnknownPartitionError } from "../../client/unknown_topic_error.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ApiError, ApiErrorCode, badParameter, wrongShape } from "./api_error.ts";
import { UnreadableBatchError } from "./partition_fetch.ts";
import { GathererFullError } from "./produce_gatherer.ts";
import { BodyCutOff } from "./server/incoming_body.ts";
import { malformed } from "./server/refusals.ts";

const COME_AGAIN = { "retry-after": "1" };

/** Records were appended by a leader, and it is not known whether they stay. */
export class UncertainError extends ResponseError {
  override name = "UncertainError";
}

export function noSuchTopic(topic: string): ApiError {
  return new ApiError(
    404,
    ApiErrorCode.NO_SUCH_TOPIC,
    `There is no topic ${
      JSON.stringify(topic)
    }: create it with PUT /topics/${topic}, or see GET /topics for those there are.`,
  );
}

export function noSuchPartition(
  topic: string,
  partition: number,
  partitionCount: number,
  where = "",
): ApiError {
  const range = partitionCount === 1
    ? "one partition, 0"
    : `${partitionCount} partitions, 0 to ${partitionCount - 1}`;
  return new ApiError(
    404,
    ApiErrorCode.NO_SUCH_PARTITION,
    `${where}Topic ${JSON.stringify(topic)} has ${range}; there is no partition ${partition}.`,
  );
}

/** `topic`: what the request was about, for the sentence. undefined: an error of our own, to be logged. */
export function failureOf(error: unknown, topic: string): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof UnreadableBatchError) {
    return new ApiError(500, ApiErrorCode.KAFKA, error.message, {
      "milena-next-offset": String(error.nextOffset),
    });
  }
  if (error instanceof UnknownPartitionError) {
    return noSuchPartition(error.topic, error.partition, error.partitionCount);
  }
  if (error instanceof UncertainError) {
    return new ApiError(
      503,
      ApiErrorCode.KAFKA_RETRIABLE,
      `The broker could not ${error.what} for certain: ${sayingOf(error)} (${error.codeName}) ` +
        "The records may or may not have been written. Asking again may do it twice.",
      COME_AGAIN,
    );
  }
  if (error instanceof BodyCutOff) return malformed(error.message);
  if (error instanceof ResponseError) return refusalOf(error, topic);
  if (error instanceof ConnectionError) return brokenOf(error);
  if (error instanceof PoolExhaustedError || error instanceof GathererFullError) {
    return new ApiError(
      429,
      ApiErrorCode.TOO_MANY,
      `Too much is asked for at the same time: ${error.message}. Come again in a second.`,
      COME_AGAIN,
    );
  }
  return undefined;
}

function refusalOf(error: ResponseError, topic: string): ApiError {
  switch (error.code) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.UNKNOWN_TOPIC_ID:
      return noSuchTopic(topic);
    case ErrorCode.TOPIC_ALREADY_EXISTS:
      return new ApiError(
        400,
        ApiErrorCode.TOPIC_EXISTS,
        `The broker could not ${error.what}: there is a topic of that name already.`,
      );
    case ErrorCode.GROUP_ID_NOT_FOUND:
      return new ApiError(
        404,
        ApiErrorCode.NO_SUCH_GROUP,
        `The broker could not ${error.what}: there is no such group. GET /v3/clusters/…/consumer-groups lists them.`,
      );
    case ErrorCode.NON_EMPTY_GROUP:
    case ErrorCode.UNKNOWN_MEMBER_ID:
    case ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC:
      return new ApiError(
        409,
        ApiErrorCode.GROUP_NOT_EMPTY,
        `The broker could not ${error.what}: the group has members. Stop them first.`,
      );
    case ErrorCode.SECURITY_DISABLED:
      return new ApiError(
        409,
        ApiErrorCode.NO_ACCESS_CONTROL,
        `The broker could not ${error.what}: ${sayingOf(error)} (${error.codeName})`,
      );
    case ErrorCode.INVALID_GROUP_ID:
      return badParameter(`The broker refused to ${error.what}: ${sayingOf(error)}`);
    case ErrorCode.INVALID_TOPIC_EXCEPTION:
      return badParameter(
        `The broker does not take the topic name ${JSON.stringify(topic)}: ${sayingOf(error)}`,
      );
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
      return new ApiError(
        413,
        ApiErrorCode.TOO_LARGE,
        `A record is larger than topic ${JSON.stringify(topic)} takes: ${sayingOf(error)} ` +
          "Send smaller records, or raise the topic's max.message.bytes.",
      );
    case ErrorCode.INVALID_RECORD:
    case ErrorCode.INVALID_TIMESTAMP:
    case ErrorCode.INVALID_CONFIG:
    case ErrorCode.INVALID_PARTITIONS:
    case ErrorCode.INVALID_REPLICATION_FACTOR:
    case ErrorCode.INVALID_REPLICA_ASSIGNMENT:
    case ErrorCode.INVALID_REQUEST:
    case ErrorCode.POLICY_VIOLATION:
      return wrongShape(`The broker refused to ${error.what}: ${sayingOf(error)}`);
    case ErrorCode.TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode.GROUP_AUTHORIZATION_FAILED:
    case ErrorCode.CLUSTER_AUTHORIZATION_FAILED:
    case ErrorCode.TOPIC_DELETION_DISABLED:
      return new ApiError(
        403,
        ApiErrorCode.NOT_AUTHORIZED,
        `The broker refused to ${error.what}: ${sayingOf(error)} (${error.codeName})`,
      );
    default:
      return error.retriable
        ? new ApiError(
          503,
          ApiErrorCode.KAFKA_RETRIABLE,
          `The broker could not ${error.what} just now: ${sayingOf(error)} (${error.codeName}) Try again.`,
          COME_AGAIN,
        )
        : new ApiError(
          500,
          ApiErrorCode.KAFKA,
          `The broker could not ${error.what}: ${sayingOf(error)} (${error.codeName})`,
        );
  }
}

function brokenOf(error: ConnectionError): ApiError {
  if (!error.retriable) {
    return new ApiError(
      500,
      ApiErrorCode.KAFKA,
      error.failure === "unsupported"
        ? "The broker behind this gateway is too old or too new for this request; its log tells which versions it has."
        : "The broker behind this gateway gave an answer that could not be used; the log of the gateway tells more.",
    );
  }
  return new ApiError(
    503,
    ApiErrorCode.KAFKA_RETRIABLE,
    error.sent
      ? "The broker did not answer: what was asked may or may not have been done. Asking again may do it twice."
      : "The broker cannot be reached at the moment, and nothing was done. Try again.",
    COME_AGAIN,
  );
}

/** The broker's own words if it had some, else the meaning of the code. One sentence. */
function sayingOf(error: ResponseError): string {
  const saying = (error.detail ?? error.meaning).trim();
  return /[.!?]$/.test(saying) ? saying : `${saying}.`;
}
