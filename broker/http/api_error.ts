/**
 * What a caller over HTTP is told when something cannot be done: a status, a code of five digits whose first three
 * are the status (the numbers of Confluent's REST Proxy where it has one for the case), and a sentence that says how
 * to mend it. Nothing else ever leaves as an error: no stack, no path of a file.
 * @module
 */
import * as v from "valibot";
import { ByteResponse } from "./server/byte_response.ts";

/** The `error_code` values. The table in docs/http.md is this one. */
export const ApiErrorCode = {
  BAD_PARAMETER: 40001,
  TOPIC_EXISTS: 40002,
  MALFORMED: 40003,
  BODY_BROKEN_OFF: 40009,
  NOT_AUTHORIZED: 40301,
  CROSS_SITE: 40302,
  NO_SUCH_ROUTE: 404,
  NO_SUCH_TOPIC: 40401,
  NO_SUCH_PARTITION: 40402,
  NO_SUCH_INSTANCE: 40403,
  NO_SUCH_CLUSTER: 40405,
  NO_SUCH_GROUP: 40406,
  NO_SUCH_BROKER: 40407,
  NO_SUCH_CONFIG: 40408,
  NO_SUCH_MEMBER: 40409,
  NOTHING_COMMITTED: 40410,
  NO_SUCH_REASSIGNMENT: 40411,
  METHOD_NOT_ALLOWED: 40501,
  NOT_ACCEPTABLE: 40601,
  BODY_TIMED_OUT: 40801,
  HEAD_TIMED_OUT: 40802,
  TOPIC_DIFFERS: 40901,
  INSTANCE_EXISTS: 40902,
  ILLEGAL_STATE: 40903,
  GROUP_NOT_EMPTY: 40904,
  NO_ACCESS_CONTROL: 40905,
  LEASE_LOST: 40906,
  TOO_LARGE: 41301,
  TARGET_TOO_LONG: 41401,
  UNSUPPORTED_MEDIA_TYPE: 41501,
  OFFSET_OUT_OF_RANGE: 41601,
  EXPECTATION: 41701,
  NOT_JSON: 42201,
  INVALID_CONSUMER_CONFIG: 42204,
  WRONG_SHAPE: 42206,
  TOO_MANY: 42901,
  HEAD_TOO_LARGE: 43101,
  INTERNAL: 50001,
  KAFKA: 50002,
  KAFKA_RETRIABLE: 50003,
  NOT_IMPLEMENTED: 50101,
  TOO_MANY_CONNECTIONS: 50301,
  HTTP_VERSION: 50501,
} as const;

/** Every error as it stands in JSON. */
export const errorSchema = v.pipe(
  v.object({ error_code: v.pipe(v.number(), v.integer()), message: v.string() }),
  v.title("Error"),
);

export class ApiError extends Error {
  override name = "ApiError";

  /** `message` is shown to the caller as it is. `details`: more members, for programs, where a message can't do. */
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  toJson(): string {
    return JSON.stringify({ error_code: this.code, message: this.message, ...this.details });
  }

  toResponse(): ByteResponse {
    const headers = { "content-type": "application/json", "cache-control": "no-store", ...this.headers };
    return new ByteResponse(this.toJson() + "\n", Object.entries(headers), this.status);
  }
}

/** 400: a parameter of the path or the query is not what it must be. */
export function badParameter(message: string): ApiError {
  return new ApiError(400, ApiErrorCode.BAD_PARAMETER, message);
}

/** 422: the body is JSON, but not of the shape that the route takes. */
export function wrongShape(message: string): ApiError {
  return new ApiError(422, ApiErrorCode.WRONG_SHAPE, message);
}
