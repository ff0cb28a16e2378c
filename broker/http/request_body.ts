/**
 * The bytes of a request's body, within a size and a time.
 *
 * What must be true: no body is buffered beyond `maxBytes`, whether its length was announced or not, nor all of them
 * together beyond the budget; and a body that stops coming, or trickles, holds its request no longer than `deadlineMs` and
 * what it has earned by coming.
 * @module
 */
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { IncomingRequest, joined } from "./server/incoming_request.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  /** Until a body must be complete; a second more for each BYTES_PER_SECOND that have come. */
  readonly deadlineMs: number;
  /** What all bodies that are being received may take together. */
  readonly budget: BodyBudget;
}

/** Who sends at least so fast is never late, however much it is. */
const BYTES_PER_SECOND = 64 * 1024;
/** Bodies up to this size are not counted. */
const SMALL_BYTES = 64 * 1024;

/** Bytes of large bodies that are being received, over all requests. Bytes count when they come, not when they are announced. */
export class BodyBudget {
  #used = 0;

  constructor(readonly maxBytes: number) {}

  /** False if there is no room for `byteCount` more. */
  take(byteCount: number): boolean {
    if (this.#used + byteCount > this.maxBytes) return false;
    this.#used += byteCount;
    return true;
  }

  giveBack(byteCount: number): void {
    this.#used -= byteCount;
  }
}

/** Throws an ApiError: 413, 408, or 429 if too many large bodies come at the same time. */
export async function readBody(request: Request, limits: BodyLimits): Promise<Uint8Array<ArrayBuffer>> {
  const announced = request.headers.get("content-length");
  // "5, 5" is one length said twice (RFC 9110, 8.6): the server has refused those that differ.
  const length = announced === null ? undefined : Number(announced.split(",", 1)[0]);
  if (length === 0) return new Uint8Array();
  if (length !== undefined && !(length <= limits.maxBytes)) {
    throw tooLarge(`of ${announced} bytes`, limits.maxBytes);
  }
  if (length !== undefined && length <= SMALL_BYTES) {
    const here = request instanceof IncomingRequest ? request.takeBodyIfHere() : undefined;
    if (here !== undefined) return here;
    // The server under us passes on no more than was announced.
    return new Uint8Array(await within(limits.deadlineMs, request.arrayBuffer()));
  }
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  try {
    const received = { byteCount: 0 };
    return await within(limits.deadlineMs, readChunks(reader, limits, received), received);
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
}

async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  { maxBytes, budget }: BodyLimits,
  received: { byteCount: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return joined(chunks);
      if (length + value.length > maxBytes) throw tooLarge(`of more than ${maxBytes} bytes`, maxBytes);
      if (!budget.take(value.length)) throw tooMany(budget.maxBytes);
      length += value.length;
      received.byteCount = length;
      chunks.push(value);
    }
  } finally {
    budget.giveBack(length);
  }
}

async function within<T>(
  deadlineMs: number,
  reading: Promise<T>,
  received: { readonly byteCount: number } = { byteCount: 0 },
): Promise<T> {
  const beginMs = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const check = () => {
      const allowedMs = deadlineMs + received.byteCount / BYTES_PER_SECOND * 1000;
      const leftMs = beginMs + allowedMs - performance.now();
      if (leftMs <= 0) reject(timedOut(allowedMs));
      else timer = setTimeout(check, leftMs);
    };
    timer = setTimeout(check, deadlineMs);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
    // Once the connection is closed, a read given up on fails; nobody waits for it any more.
    reading.catch(() => {});
  }
}

function tooLarge(what: string, maxBytes: number): ApiError {
  return new ApiError(
    413,
    ApiErrorCode.TOO_LARGE,
    `A body ${what} is larger than the ${maxBytes} bytes that one request may have: send fewer records at a time.`,
  );
}

/** 429: no room for another body at the moment. */
export function tooMany(budgetBytes: number): ApiError {
  return new ApiError(
    429,
    ApiErrorCode.TOO_MANY,
    `The bodies that are coming at the same time are more than ${budgetBytes} bytes. Come again in a second.`,
    { "retry-after": "1" },
  );
}

function timedOut(deadlineMs: number): ApiError {
  return new ApiError(
    408,
    ApiErrorCode.BODY_TIMED_OUT,
    `The body was not complete after ${
      Number((deadlineMs / 1000).toFixed(2))
    } s: send it whole, then ask again.`,
    { connection: "close" },
  );
}
