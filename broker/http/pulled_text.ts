/**
 * The body of an answer that is written while it is being read: who writes waits for who reads.
 *
 * What must be true: no more than `maxWaiting` characters and one piece wait to be read.
 * @module
 */
const DEFAULT_MAX_WAITING = 64 * 1024;

const encoder = new TextEncoder();

export class PulledText {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #maxWaiting: number;
  #text = "";
  #ended = false;
  #cancelled = false;
  #error: unknown;
  #changed = Promise.withResolvers<void>();

  /** @param onCancelled is called when nobody reads any more: what is written then is thrown away. */
  constructor(onCancelled: () => void, maxWaiting = DEFAULT_MAX_WAITING) {
    this.#maxWaiting = maxWaiting;
    this.stream = new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#cancelled = true;
        this.#wake();
        onCancelled();
      },
    }, { highWaterMark: 0 });
  }

  write(text: string): void {
    if (this.#cancelled) return;
    if (this.#text === "") this.#wake();
    this.#text += text;
  }

  /** Resolves when little enough waits. */
  async room(): Promise<void> {
    while (this.#text.length > this.#maxWaiting && !this.#cancelled) await this.#changed.promise;
  }

  /** Nothing follows. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Nothing follows, and what was written is not all: the reader sees its connection break. */
  fail(error: unknown): void {
    this.#error = error;
    this.end();
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    while (this.#text === "" && !this.#ended) await this.#changed.promise;
    if (this.#error !== undefined) return controller.error(this.#error);
    if (this.#text === "") return controller.close();
    controller.enqueue(encoder.encode(this.#text));
    this.#text = "";
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
