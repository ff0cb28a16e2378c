/**
 * Socket bytes in, whole responses out.
 *
 * What must be true: a frame handed out is never written over, so that whoever decodes it may keep views of it. Hence
 * a buffer is only ever appended to, and left to its views when it is full. And no more is allocated than a frame
 * within the limit needs, whatever size the other side announces.
 * @module
 */

const SIZE_BYTES = 4;

export class ResponseFrames {
  readonly #maxFrameBytes: number;
  readonly #chunkBytes: number;
  #buffer: Uint8Array<ArrayBuffer>;
  /** Where the first frame not handed out begins, and where the received bytes end: 0 <= start <= end <= buffer.length. */
  #start = 0;
  #end = 0;

  constructor(maxFrameBytes: number, chunkBytes = 64 * 1024) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#chunkBytes = chunkBytes;
    this.#buffer = new Uint8Array(chunkBytes);
  }

  /** Where to receive into; never empty. Tell with `received` how much came. */
  space(): Uint8Array<ArrayBuffer> {
    if (this.#end === this.#buffer.length) this.#renew();
    return this.#buffer.subarray(this.#end);
  }

  received(byteCount: number): void {
    this.#end += byteCount;
  }

  /** The next whole frame without its size, as a view; undefined until more has come. Throws RangeError if it announces a size outside the limit. */
  next(): Uint8Array<ArrayBuffer> | undefined {
    const available = this.#end - this.#start;
    if (available < SIZE_BYTES) return undefined;
    const size = this.#size();
    if (size < 0 || size > this.#maxFrameBytes) {
      throw new RangeError(
        `a response announces ${size} bytes, where at most ${this.#maxFrameBytes} are taken${
          looksLike(size)
        }`,
      );
    }
    if (available < SIZE_BYTES + size) {
      if (this.#start + SIZE_BYTES + size > this.#buffer.length) this.#renew();
      return undefined;
    }
    const start = this.#start + SIZE_BYTES;
    this.#start = start + size;
    return this.#buffer.subarray(start, this.#start);
  }

  #size(): number {
    const bytes = this.#buffer;
    const at = this.#start;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  /** A new buffer with room for the frame that has begun, its bytes so far copied. */
  #renew(): void {
    const available = this.#end - this.#start;
    const frameBytes = available < SIZE_BYTES ? SIZE_BYTES : SIZE_BYTES + this.#size();
    const buffer = new Uint8Array(Math.max(this.#chunkBytes, frameBytes));
    buffer.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = available;
  }
}

/** What else begins with these four bytes. */
function looksLike(size: number): string {
  // Content type "alert", version 3.x.
  if (size >>> 16 === 0x1503) return "; it is TLS that begins so: set security.protocol to SSL or SASL_SSL";
  if (size === 0x48545450) return "; it is HTTP that begins so: that is no port of the Kafka protocol";
  return "";
}
