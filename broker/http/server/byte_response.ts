/**
 * A Response that is known whole: status, header fields and bytes or text, kept as they are until the server writes them.
 * Making a standard Response costs more than all else that a small answer needs; so what is answered often is one of these.
 *
 * It is a Response to everybody, but to `instanceof`: a standard Headers is made when it is asked for, and is what counts
 * from then on.
 * @module
 */
import { LightBody } from "./light_body.ts";

export type HeaderList = readonly (readonly [string, string])[];

const encoder = new TextEncoder();

export class ByteResponse extends LightBody implements Response {
  readonly status: number;
  readonly statusText = "";
  readonly type = "default";
  readonly url = "";
  readonly redirected = false;
  /** For the server: what to write. */
  readonly payload: string | Uint8Array<ArrayBuffer>;
  readonly #list: HeaderList;
  #headers: Headers | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #isUsed = false;

  /** `headers` are in lower case. A `content-length` is added when it is written. */
  constructor(payload: string | Uint8Array<ArrayBuffer>, headers: HeaderList, status = 200) {
    super();
    this.payload = payload;
    this.#list = headers;
    this.status = status;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get headers(): Headers {
    return this.#headers ??= new Headers(this.#list.map(([name, value]): [string, string] => [name, value]));
  }

  /** For the server: names and values. */
  get fields(): Iterable<readonly [string, string]> {
    return this.#headers ?? this.#list;
  }

  get bodyUsed(): boolean {
    return this.#isUsed;
  }

  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#stream ??= new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => {
        this.#isUsed = true;
        const bytes = this.#bytes();
        if (bytes.length > 0) controller.enqueue(bytes);
        controller.close();
      },
    }, { highWaterMark: 0 });
  }

  // deno-lint-ignore require-await -- so that a second taking rejects
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#isUsed || this.#stream?.locked) throw new TypeError("The body was taken already.");
    this.#isUsed = true;
    return this.#bytes();
  }

  clone(): ByteResponse {
    if (this.#isUsed) throw new TypeError("The body was taken already.");
    return new ByteResponse(this.payload, [...this.fields], this.status);
  }

  #bytes(): Uint8Array<ArrayBuffer> {
    return typeof this.payload === "string" ? encoder.encode(this.payload) : this.payload;
  }
}
