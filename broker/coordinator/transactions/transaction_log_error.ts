/**
 * What a client is told when a coordinator could not write down what was asked: an error that it tries again by itself,
 * where that may help. As Kafka's coordinators translate the errors of their logs.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import { LogError } from "../../../storage/log_error.ts";

/** `error` is from a journal's `append` or `whenAcknowledged`. Throws what is no error of a log. */
export function transactionLogErrorCode(error: unknown): number {
  if (!(error instanceof LogError)) throw error;
  switch (error.code) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
    default:
      return error.code;
  }
}
