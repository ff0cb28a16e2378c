/**
 * Cuts a stream of bytes into frames: an int32 length, then so many bytes. Pure: it looks at a region and tells what
 * is there; whoever owns the bytes decides when to receive more. For a region [start, end) this holds:
 *
 *     complete:    start + 4 === bodyStart <= bodyEnd <= end,  bodyEnd - bodyStart <= limit,  missingBytes === 0
 *     incomplete:  missingBytes > 0, and with so many bytes more the region is complete, refused, or tells its length
 *     refused:     the length is negative or larger than the limit: nothing after it can be trusted
 *
 * A length is compared with the limit before anyone makes room for it. A client that speaks another protocol shows by
 * a length that is refused: the first four bytes of "GET " are 1,195,725,856, those of a TLS hello 369,295,617.
 * @module
 */

/** Bytes of the length before a frame. */
export const FRAME_LENGTH_SIZE = 4;

export enum FrameStatus {
  /** More bytes are needed: `missingBytes`. */
  incomplete,
  /** [bodyStart, bodyEnd) is the frame, without its length. */
  complete,
  /** The length is not allowed; the connection can't be understood any more. */
  refused,
}

/** What {@link splitFrame} fills in; kept by the caller so that the loop over frames allocates nothing. */
export interface Frame {
  status: FrameStatus;
  /** Indexes of a complete frame's first byte and of the byte after its last. */
  bodyStart: number;
  bodyEnd: number;
  /** Of an incomplete frame: bytes that must come before looking again is of use. */
  missingBytes: number;
}

/**
 * Looks at what lies in [start, end) of `bytes` and fills `frame`.
 * @param limit largest length of a frame that is taken, the four bytes of the length not counted
 */
export function splitFrame(bytes: Uint8Array, start: number, end: number, limit: number, frame: Frame): void {
  frame.bodyStart = frame.bodyEnd = start;
  frame.missingBytes = 0;
  const available = end - start;
  if (available < FRAME_LENGTH_SIZE) {
    frame.status = FrameStatus.incomplete;
    frame.missingBytes = FRAME_LENGTH_SIZE - available;
    return;
  }
  const length = frameLength(bytes, start);
  if (length < 0 || length > limit) {
    frame.status = FrameStatus.refused;
    return;
  }
  if (available - FRAME_LENGTH_SIZE < length) {
    frame.status = FrameStatus.incomplete;
    frame.missingBytes = length - (available - FRAME_LENGTH_SIZE);
    return;
  }
  frame.status = FrameStatus.complete;
  frame.bodyStart = start + FRAME_LENGTH_SIZE;
  frame.bodyEnd = frame.bodyStart + length;
}

/** The int32 at `position`: a frame's length as announced, whether it is allowed or not. */
export function frameLength(bytes: Uint8Array, position: number): number {
  return bytes[position]! << 24 | bytes[position + 1]! << 16 | bytes[position + 2]! << 8 |
    bytes[position + 3]!;
}

/** Throws unless `frame` may be the answer for [start, end) with `limit`. For tests, and for whoever changes this. */
export function checkFrame(frame: Frame, start: number, end: number, limit: number): void {
  const { status, bodyStart, bodyEnd, missingBytes } = frame;
  const length = bodyEnd - bodyStart;
  const holds = status === FrameStatus.complete
    ? bodyStart === start + FRAME_LENGTH_SIZE && length >= 0 && length <= limit && bodyEnd <= end &&
      missingBytes === 0
    : status === FrameStatus.incomplete
    ? missingBytes > 0 && end - start + missingBytes <= FRAME_LENGTH_SIZE + limit
    : end - start >= FRAME_LENGTH_SIZE && missingBytes === 0;
  if (holds) return;
  throw new Error(
    `a frame is wrong: ${
      FrameStatus[status]
    }, body [${bodyStart}, ${bodyEnd}), ${missingBytes} bytes missing, ` +
      `in [${start}, ${end}) with limit ${limit}`,
  );
}

const TLS_HANDSHAKE = 0x16;
const TLS_MAJOR_VERSION = 0x03;

/**
 * What speaks here, if the first bytes of a connection are not Kafka's but those of a protocol that people often send
 * to the wrong port: a part of a sentence for the log, "sent …"; undefined if they are none of these. (HTTP is no mistake
 * there: the reactor hands it on.)
 */
export function describeForeignBytes(first: Uint8Array): string | undefined {
  if (first[0] === TLS_HANDSHAKE && first[1] === TLS_MAJOR_VERSION) {
    return "sent a TLS hello: this port speaks plain Kafka; set the client's security.protocol to PLAINTEXT";
  }
  return undefined;
}
