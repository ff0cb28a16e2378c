/**
 * SIGTERM and SIGINT: the first asks for an orderly end, and another SIGINT for one at once.
 * @module
 */
export class StopSignals implements Disposable {
  readonly #requested = Promise.withResolvers<string>();
  #isRequested = false;
  readonly #onTerminate = () => this.#request("SIGTERM");
  readonly #onInterrupt = () => this.#isRequested ? this.#onImpatience() : this.#request("SIGINT");
  readonly #onImpatience: () => void;

  constructor(onImpatience: () => void) {
    this.#onImpatience = onImpatience;
    Deno.addSignalListener("SIGTERM", this.#onTerminate);
    Deno.addSignalListener("SIGINT", this.#onInterrupt);
  }

  /** The name of the first signal. */
  get requested(): Promise<string> {
    return this.#requested.promise;
  }

  /** Whether there was one. */
  get areRequested(): boolean {
    return this.#isRequested;
  }

  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGTERM", this.#onTerminate);
    Deno.removeSignalListener("SIGINT", this.#onInterrupt);
  }

  #request(signal: string): void {
    this.#isRequested = true;
    this.#requested.resolve(signal);
  }
}
