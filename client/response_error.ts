/**
 * An error code that a broker answered with.
 * @module
 */
import { ErrorCode, errorMessage, errorName, isRetriable } from "../protocol/errors.ts";

export class ResponseError extends Error {
  override name = "ResponseError";
  /** Kafka's name: "UNKNOWN_TOPIC_OR_PARTITION". */
  readonly codeName: string;
  /** Whether the same request may succeed later. */
  readonly retriable: boolean;
  /** What the broker itself said about it. */
  readonly detail: string | undefined;
  /** What the code means, in a sentence. */
  readonly meaning: string;

  /** `what` was tried: "create topic orders". `detail`: the broker's own message, if it sent one. */
  constructor(readonly code: number, readonly what: string, detail?: string | null) {
    super(`${what}: ${errorName(code)} (${detail || errorMessage(code)})`);
    this.codeName = errorName(code);
    this.meaning = errorMessage(code);
    this.retriable = isRetriable(code);
    this.detail = detail || undefined;
  }
}

/** Throws a ResponseError unless `code` is 0. */
export function checkCode(code: number, what: string, detail?: string | null): void {
  if (code !== ErrorCode.NONE) throw new ResponseError(code, what, detail);
}
