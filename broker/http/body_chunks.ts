/**
 * The chunks of a body that is used while it comes, of any length.
 *
 * What must be true: a body that stops coming holds its request no longer than the deadline, which counts from its last
 * chunk; and it is let go when whoever uses it stops.
 * @module
 */
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { failureOf } from "./kafka_failures.ts";
import type { BodyLimits } from "./request_body.ts";

/**
 * The chunks, until the body or the loop over it ends, or `signal` is aborted. Throws an ApiError: 408 when none comes for
 * `deadlineMs`, 400 when the connection breaks.
 */
export async function* bodyChunks(
  request: Request,
  { deadlineMs }: Pick<BodyLimits, "deadlineMs">,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  const reader = request.body.getReader();
  let ended = false;
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    for (;;) {
      const { done, value } = await within(deadlineMs, reader.read());
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } catch (error) {
    throw failureOf(error, "") ?? brokenOff(error);
  } finally {
    signal.removeEventListener("abort", stop);
    if (!ended) stop();
  }
}

async function within<T>(deadlineMs: number, reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(silent(deadlineMs)), deadlineMs);
  });
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
    // Once the body is let go, a read given up on fails; nobody waits for it any more.
    reading.catch(() => {});
  }
}

function silent(deadlineMs: number): ApiError {
  return new ApiError(
    408,
    ApiErrorCode.BODY_TIMED_OUT,
    `Nothing more of the body came for ${deadlineMs / 1000} s.`,
    { connection: "close" },
  );
}

function brokenOff(error: unknown): ApiError {
  return new ApiError(
    400,
    ApiErrorCode.BODY_BROKEN_OFF,
    `The body broke off: ${error instanceof Error ? error.message : String(error)}.`,
    { connection: "close" },
  );
}
