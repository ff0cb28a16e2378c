/**
 * How many streams are open, and no more than may be.
 * @module
 */
import { ApiError, ApiErrorCode } from "../api_error.ts";

export class StreamCount {
  readonly #max: number;
  #open = 0;

  constructor(max = 10_000) {
    this.#max = max;
  }

  get open(): number {
    return this.#open;
  }

  /** Counts one more until the function given is called, however often. Throws an ApiError 429. */
  begin(): () => void {
    if (this.#open >= this.#max) {
      throw new ApiError(
        429,
        ApiErrorCode.TOO_MANY,
        `${this.#open} streams are open, as many as may be. Come again later, or read …/records.`,
        { "retry-after": "5" },
      );
    }
    this.#open++;
    let isOpen = true;
    return () => {
      if (isOpen) this.#open--;
      isOpen = false;
    };
  }
}
