/**
 * Heads and small bodies as bytes, in buffers that are used again once the socket has taken them.
 *
 * A body is written first, behind room for a head, since the head says how many bytes it is; then the head goes right
 * before it, so that both leave in one call.
 * @module
 */
const BUFFER_BYTES = 16 * 1024;
const HEAD_ROOM_BYTES = 2048;
/** Characters that fit behind the head's room as UTF-8, whichever they are. */
export const SMALL_TEXT_LENGTH = Math.floor((BUFFER_BYTES - HEAD_ROOM_BYTES) / 3);
export const SMALL_BODY_BYTES = BUFFER_BYTES - HEAD_ROOM_BYTES;
/** Kept for later; more are in use while many clients do not take their answers. */
const MAX_KEPT = 64;

const encoder = new TextEncoder();

export class OutputBuffers {
  readonly #kept: Uint8Array<ArrayBuffer>[] = [];

  take(): Uint8Array<ArrayBuffer> {
    return this.#kept.pop() ?? new Uint8Array(BUFFER_BYTES);
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (this.#kept.length < MAX_KEPT) this.#kept.push(buffer);
  }
}

/** Puts a small body behind the head's room of `buffer`; returns its length in bytes. */
export function putBody(buffer: Uint8Array<ArrayBuffer>, body: string | Uint8Array): number {
  if (typeof body !== "string") {
    buffer.set(body, HEAD_ROOM_BYTES);
    return body.length;
  }
  return encoder.encodeInto(body, buffer.subarray(HEAD_ROOM_BYTES)).written;
}

/** Puts `head` before the body of `bodyLength` that `buffer` has; returns both as one, a view of it or a copy. */
export function putHead(
  buffer: Uint8Array<ArrayBuffer>,
  head: string,
  bodyLength: number,
): Uint8Array<ArrayBuffer> {
  const length = head.length;
  if (length > HEAD_ROOM_BYTES) {
    const whole = new Uint8Array(length + bodyLength);
    latin1Into(head, whole);
    whole.set(buffer.subarray(HEAD_ROOM_BYTES, HEAD_ROOM_BYTES + bodyLength), length);
    return whole;
  }
  const start = HEAD_ROOM_BYTES - length;
  const room = buffer.subarray(start, HEAD_ROOM_BYTES);
  const { read, written } = encoder.encodeInto(head, room);
  if (read !== length || written !== length) latin1Into(head, room);
  return buffer.subarray(start, HEAD_ROOM_BYTES + bodyLength);
}

/** Characters up to U+00FF as a byte each. */
export function latin1Into(text: string, into: Uint8Array): void {
  for (let i = 0; i < text.length; i++) into[i] = text.charCodeAt(i);
}
