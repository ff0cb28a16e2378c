/**
 * Requests that are not sent yet, because something else has to go before them.
 *
 * What must be true: they are encoded when they are made, since their bodies may be reused at once, and keep their order.
 * @module
 */
import { Writer } from "../protocol/primitives.ts";
import type { PendingRequest } from "./pending_requests.ts";
import { promiseWithResolvers } from "./promise_with_resolvers.ts";

export class HeldRequests {
  readonly writer = new Writer();
  readonly requests: PendingRequest[] = [];
  readonly #released = promiseWithResolvers<void>();

  add(request: PendingRequest): void {
    this.requests.push(request);
  }

  /** Resolves when they are on their way, or never will be. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  release(): void {
    this.#released.resolve();
  }
}
