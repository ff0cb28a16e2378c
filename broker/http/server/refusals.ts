/**
 * What the server itself refuses. After what is no request the connection ends with the answer: what follows on it cannot
 * be trusted to begin where a request begins.
 * @module
 */
import { ApiError, ApiErrorCode } from "../api_error.ts";

const CLOSE = { connection: "close" };

/** 400: `message` is a sentence that says what was found. */
export function malformed(message: string): ApiError {
  return new ApiError(400, ApiErrorCode.MALFORMED, message, CLOSE);
}

export function headTooLarge(maxBytes: number): ApiError {
  return new ApiError(
    431,
    ApiErrorCode.HEAD_TOO_LARGE,
    `The head of the request is larger than ${maxBytes} bytes (http.max.head.bytes): send fewer or shorter header fields.`,
    CLOSE,
  );
}

export function targetTooLong(maxBytes: number): ApiError {
  return new ApiError(
    414,
    ApiErrorCode.TARGET_TOO_LONG,
    `The path and query are longer than ${maxBytes} bytes (http.max.head.bytes) leave room for: send long values in the body.`,
    CLOSE,
  );
}

/** 501: framing or a method that is not implemented here. */
export function notImplemented(message: string): ApiError {
  return new ApiError(501, ApiErrorCode.NOT_IMPLEMENTED, message, CLOSE);
}

export function unknownVersion(version: string): ApiError {
  return new ApiError(
    505,
    ApiErrorCode.HTTP_VERSION,
    `${JSON.stringify(version)} is not served here: send HTTP/1.1 (with curl: --http1.1).`,
    CLOSE,
  );
}

export function unmetExpectation(expectation: string): ApiError {
  return new ApiError(
    417,
    ApiErrorCode.EXPECTATION,
    `"Expect: ${expectation.slice(0, 50)}" cannot be met: only 100-continue is known here.`,
    CLOSE,
  );
}

export function internalError(): ApiError {
  return new ApiError(
    500,
    ApiErrorCode.INTERNAL,
    "Something went wrong inside the gateway; its log tells what. Trying again may help.",
  );
}

export function tooManyRequests(limit: number): ApiError {
  return new ApiError(
    429,
    ApiErrorCode.TOO_MANY,
    `${limit} requests are being answered, and no more are taken at the same time (http.max.requests.in.flight). ` +
      "Come again in a second.",
    { "retry-after": "1" },
  );
}

export function timedOut(isHead: boolean): ApiError {
  return new ApiError(
    408,
    isHead ? ApiErrorCode.HEAD_TIMED_OUT : ApiErrorCode.BODY_TIMED_OUT,
    isHead
      ? "The head of the request was not complete in time (http.head.timeout.ms): send it whole, then ask again."
      : "The body stopped coming (http.body.timeout.ms): send it whole, then ask again.",
    { connection: "close" },
  );
}
