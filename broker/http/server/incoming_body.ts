/**
 * The body of the request that is being handled, in pieces, as it is asked for: nothing is received ahead of its reader.
 *
 * What must be true: what a reader gets is what was framed, and what follows it is left for the next request; and a body
 * that trickles in holds memory for what has come, not for what may come.
 * @module
 */
import { ChunkedDecoder } from "./chunked_decoder.ts";
import type { Inbound } from "./inbound.ts";
import { CHUNKED } from "./request_head.ts";

/** The client has gone, or was sent away, before its body was complete: an answer has nobody to go to. */
export class BodyCutOff extends Error {
  override name = "BodyCutOff";
  constructor() {
    super("The connection ended before the body was complete.");
  }
}

/** What a body needs of its connection. */
export interface BodyHost {
  readonly inbound: Inbound;
  /** Before waiting for more of the body. */
  bodyIsAwaited(): Promise<void>;
  /** After that. */
  bodyHasCome(): void;
}

/** A reader that empties the socket is given larger pieces, up to the latter. */
const FIRST_PIECE_BYTES = 4096;
const LARGEST_PIECE_BYTES = 64 * 1024;

export class IncomingBody {
  readonly #host: BodyHost;
  readonly #inbound: Inbound;
  readonly #chunks: ChunkedDecoder | undefined;
  /** Bytes that are still to be given, where their number is known. */
  #left: number;
  #pieceBytes = FIRST_PIECE_BYTES;

  constructor(host: BodyHost, length: number) {
    this.#host = host;
    this.#inbound = host.inbound;
    this.#chunks = length === CHUNKED ? new ChunkedDecoder() : undefined;
    this.#left = length === CHUNKED ? 0 : length;
  }

  /** All of it was given. */
  get isFinished(): boolean {
    return this.#chunks === undefined ? this.#left === 0 : this.#chunks.isDone;
  }

  /** All that was not given has come and can be taken by `takeRest`. */
  get isHere(): boolean {
    return this.#chunks === undefined && this.#left <= this.#inbound.length;
  }

  /** Bytes that are still to be given; Infinity if that is not known. */
  get left(): number {
    return this.#chunks === undefined ? this.#left : this.#chunks.isDone ? 0 : Infinity;
  }

  /** The rest, which `isHere`. */
  takeRest(): Uint8Array<ArrayBuffer> {
    const { bytes, start } = this.#inbound;
    const rest = bytes.slice(start, start + this.#left);
    this.#inbound.start += rest.length;
    this.#left = 0;
    return rest;
  }

  /** The next piece, the caller's to keep; undefined at the end. Throws BodyCutOff, or an ApiError 400 for bad chunks. */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.isFinished) return Promise.resolve(undefined);
    return this.#chunks === undefined ? this.#readPlain() : this.#readChunked(this.#chunks);
  }

  async #readPlain(): Promise<Uint8Array<ArrayBuffer>> {
    const inbound = this.#inbound;
    const wanted = Math.min(this.#left, inbound.length > 0 ? inbound.length : this.#pieceBytes);
    const piece = new Uint8Array(wanted);
    const mustWait = inbound.length === 0;
    if (mustWait) await this.#host.bodyIsAwaited();
    const count = await inbound.take(piece);
    if (mustWait) this.#host.bodyHasCome();
    if (count === 0) throw new BodyCutOff();
    this.#left -= count;
    if (mustWait && count === wanted) this.#pieceBytes = Math.min(LARGEST_PIECE_BYTES, 4 * this.#pieceBytes);
    // A view of a few bytes would keep the whole piece alive.
    return count === wanted ? piece : count > wanted / 2 ? piece.subarray(0, count) : piece.slice(0, count);
  }

  async #readChunked(chunks: ChunkedDecoder): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const inbound = this.#inbound;
    for (;;) {
      while (inbound.length > 0 && !chunks.isDone) {
        const { bytes, start, end } = inbound;
        inbound.start = chunks.next(bytes, start, end);
        if (chunks.dataEnd > chunks.dataStart) return bytes.slice(chunks.dataStart, chunks.dataEnd);
      }
      if (chunks.isDone) return undefined;
      await this.#host.bodyIsAwaited();
      const hasCome = await inbound.fill();
      this.#host.bodyHasCome();
      if (!hasCome) throw new BodyCutOff();
      if (inbound.end === inbound.bytes.length) inbound.widen();
    }
  }
}
