/**
 * Requests that wait for their answers, oldest first, and one timer for all of them.
 *
 * What must be true: whoever was added is either answered (`shift`) or given back (`drain`), once; and `onLate` is told
 * of a request whose deadline has passed, soon after it has.
 * @module
 */
export interface PendingRequest {
  readonly correlationId: number;
  /** Of the API. */
  readonly name: string;
  readonly deadline: number;
  readonly timeoutMs: number;
  /** Decodes the whole response frame. Throws if it is none. */
  readonly take: (frame: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

export class PendingRequests {
  readonly #onLate: (request: PendingRequest) => void;
  /** Those before #answered have been answered. */
  #requests: PendingRequest[] = [];
  #answered = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer fires; Infinity: it is not set. */
  #watchedDeadline = Infinity;

  constructor(onLate: (request: PendingRequest) => void) {
    this.#onLate = onLate;
  }

  get count(): number {
    return this.#requests.length - this.#answered;
  }

  get oldest(): PendingRequest | undefined {
    return this.#requests[this.#answered];
  }

  add(request: PendingRequest): void {
    this.#requests.push(request);
    this.#watch(request.deadline);
  }

  /** The oldest was answered. */
  shift(): void {
    this.#answered++;
    // Shifting an array of a few is cheap, of thousands it is not: do it seldom.
    if (this.#answered === this.#requests.length) {
      this.#requests.length = 0;
      this.#answered = 0;
    } else if (this.#answered >= 64) {
      this.#requests.splice(0, this.#answered);
      this.#answered = 0;
    }
  }

  /** All that wait; there are none any more. */
  drain(): readonly PendingRequest[] {
    clearTimeout(this.#timer);
    const waiting = this.#requests.slice(this.#answered);
    this.#requests = [];
    this.#answered = 0;
    return waiting;
  }

  /** Looks for late answers at `deadline` or before. One timer serves all requests, as they mostly wait alike. */
  #watch(deadline: number): void {
    if (deadline >= this.#watchedDeadline) return;
    clearTimeout(this.#timer);
    this.#watchedDeadline = deadline;
    this.#timer = setTimeout(() => this.#checkDeadlines(), Math.max(1, deadline - performance.now()));
  }

  #checkDeadlines(): void {
    this.#watchedDeadline = Infinity;
    const now = performance.now();
    let earliest = Infinity;
    for (let i = this.#answered; i < this.#requests.length; i++) {
      const request = this.#requests[i]!;
      if (request.deadline <= now) return this.#onLate(request);
      earliest = Math.min(earliest, request.deadline);
    }
    this.#watch(earliest);
  }
}
