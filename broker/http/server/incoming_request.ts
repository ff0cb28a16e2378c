/**
 * A request as the standard's `Request`, for the app and its routes: method, url, header fields, body and signal are read
 * where the connection has them, and made only when they are asked for.
 *
 * Unlike a standard Request, a GET may have a body. `signal` is aborted when the client goes; who never asks for it does
 * not make the connection listen.
 * @module
 */
import type { IncomingBody } from "./incoming_body.ts";
import { LightBody } from "./light_body.ts";
import type { RequestHead } from "./request_head.ts";

export class IncomingRequest extends LightBody implements Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly cache = "default";
  readonly credentials = "same-origin";
  readonly destination = "";
  readonly integrity = "";
  readonly isHistoryNavigation = false;
  readonly isReloadNavigation = false;
  readonly keepalive = false;
  readonly mode = "cors";
  readonly redirect = "manual";
  readonly referrer = "about:client";
  readonly referrerPolicy = "";
  readonly #body: IncomingBody | undefined;
  readonly #onSignal: () => AbortSignal;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #isUsed = false;

  /** `body` undefined: there is none. `onSignal` gives the signal when it is asked for. */
  constructor(head: RequestHead, body: IncomingBody | undefined, onSignal: () => AbortSignal) {
    super();
    this.method = head.method;
    this.url = head.url;
    this.headers = head.headers;
    this.#body = body;
    this.#onSignal = onSignal;
  }

  get signal(): AbortSignal {
    return this.#onSignal();
  }

  get bodyUsed(): boolean {
    return this.#isUsed;
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    const body = this.#body;
    if (body === undefined) return null;
    return this.#stream ??= new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        this.#isUsed = true;
        const piece = await body.read();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
    }, { highWaterMark: 0 });
  }

  /** The whole body, if it has come already and was not asked for yet: no promise is needed then. */
  takeBodyIfHere(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#isUsed || this.#stream !== undefined) return undefined;
    if (this.#body === undefined) return new Uint8Array();
    if (!this.#body.isHere) return undefined;
    this.#isUsed = true;
    return this.#body.takeRest();
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isUsed || this.#stream?.locked) throw new TypeError("The body was taken already.");
    if (this.#body === undefined) return new Uint8Array();
    this.#isUsed = true;
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let piece = await this.#body.read(); piece !== undefined; piece = await this.#body.read()) {
      pieces.push(piece);
    }
    return joined(pieces);
  }

  clone(): Request {
    throw new TypeError("A request that is being received cannot be cloned: its body comes once.");
  }
}

/** One array of all `pieces`; a single one as it is. */
export function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}
