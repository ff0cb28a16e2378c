/**
 * `for await` over what a consumer gives. As long as something is there it comes without a wait: a promise that is resolved
 * already costs a turn of the queue of promises, and nothing else.
 * @module
 */

export interface LoopSource<T> {
  /** What was given before has been worked on. */
  ask(): void;
  /** The next one; undefined: there is none now, or the loop of events is to turn. */
  take(): T | undefined;
  /** Waits for the next one; undefined: there will be none, or `signal` was aborted. */
  wait(signal: AbortSignal | undefined): Promise<T | undefined>;
  /** Nobody asks any more. */
  end(): void;
}

/** Ends when the consumer is closed, or when `signal` is aborted. */
export class ReadLoop<T> implements AsyncIterableIterator<T, undefined> {
  readonly #source: LoopSource<T>;
  readonly #signal: AbortSignal | undefined;

  constructor(source: LoopSource<T>, signal?: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    this.#source.ask();
    if (this.#signal?.aborted) return this.return();
    try {
      const value = this.#source.take();
      if (value !== undefined) return Promise.resolve({ done: false, value });
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#wait();
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#source.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #wait(): Promise<IteratorResult<T, undefined>> {
    const value = await this.#source.wait(this.#signal);
    if (value !== undefined) return { done: false, value };
    return await this.return();
  }
}
