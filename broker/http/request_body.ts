/**
 * The bytes of a request's body, within a size and a time.
 *
 * What must be true: no body is buffered beyond `maxBytes`, whether its length was announced or not; and a body that
 * stops coming holds its request no longer than `deadlineMs`.
 * @module
 */
import { ApiError, ApiErrorCode } from "./api_error.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  readonly deadlineMs: number;
}

export async function readBody(request: Request, limits: BodyLimits): Promise<Uint8Array<ArrayBuffer>> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    const length = Number(announced);
    if (length === 0) return new Uint8Array();
    if (!(length <= limits.maxBytes)) throw tooLarge(`of ${announced} bytes`, limits.maxBytes);
    // The server under us passes on no more than was announced.
    return new Uint8Array(await within(limits.deadlineMs, request.arrayBuffer()));
  }
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  try {
    return await within(limits.deadlineMs, readChunks(reader, limits.maxBytes));
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  }
}

async function readChunks(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) throw tooLarge(`of more than ${length - 1} bytes`, maxBytes);
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0]!;
  const body = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    body.set(chunk, position);
    position += chunk.length;
  }
  return body;
}

async function within<T>(deadlineMs: number, reading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timedOut(deadlineMs)), deadlineMs);
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

function timedOut(deadlineMs: number): ApiError {
  return new ApiError(
    408,
    ApiErrorCode.BODY_TIMED_OUT,
    `The body was not complete after ${deadlineMs / 1000} s: send it whole, then ask again.`,
    { connection: "close" },
  );
}
