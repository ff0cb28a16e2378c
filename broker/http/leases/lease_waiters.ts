/**
 * Polls that wait for records of one group on one topic, first come, first served. Each is answered once: with records,
 * with nothing when its time is over, or with an error.
 * @module
 */
import type { LogRecord } from "../../../protocol/records.ts";

export interface PollRequest {
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly leaseMs: number;
  readonly waitMs: number;
  /** Where a group begins that has committed nothing, or something that is no more. */
  readonly reset: "earliest" | "latest";
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** Records that were handed out, under a lease. */
export interface HandedOut {
  readonly token: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  readonly nextOffset: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** How often the first of them was handed out, this time included. */
  readonly deliveries: number;
}

export class Waiter {
  readonly request: PollRequest;
  /** By performance.now(). */
  readonly deadline: number;
  readonly #answer = Promise.withResolvers<HandedOut | undefined>();
  readonly #onGone: () => void;

  constructor(request: PollRequest, nowMs: number, onGone: () => void) {
    this.request = request;
    this.deadline = nowMs + request.waitMs;
    this.#onGone = onGone;
    request.signal.addEventListener("abort", onGone);
  }

  /** undefined: nothing came. */
  get answer(): Promise<HandedOut | undefined> {
    return this.#answer.promise;
  }

  get isGone(): boolean {
    return this.request.signal.aborted;
  }

  resolve(handedOut: HandedOut | undefined): void {
    this.#end();
    this.#answer.resolve(handedOut);
  }

  reject(error: unknown): void {
    this.#end();
    this.#answer.reject(error);
  }

  #end(): void {
    this.request.signal.removeEventListener("abort", this.#onGone);
  }
}

export class LeaseWaiters {
  #waiting: Waiter[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  /** First come, first. */
  get waiting(): readonly Waiter[] {
    return this.#waiting;
  }

  /** When the first of them has waited enough; Infinity: there is none. */
  get nextDeadline(): number {
    return this.#waiting.reduce((earliest, { deadline }) => Math.min(earliest, deadline), Infinity);
  }

  get lastDeadline(): number {
    return this.#waiting.reduce((latest, { deadline }) => Math.max(latest, deadline), -Infinity);
  }

  add(waiter: Waiter): void {
    this.#waiting.push(waiter);
  }

  remove(waiter: Waiter): void {
    this.#waiting = this.#waiting.filter((one) => one !== waiter);
  }

  /** Answers those whose time is over. */
  endLate(nowMs: number): void {
    const isOver = (waiter: Waiter) => waiter.isGone || waiter.deadline <= nowMs;
    const late = this.#waiting.filter(isOver);
    if (late.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => !isOver(waiter));
    for (const waiter of late) waiter.resolve(undefined);
  }

  endAll(): void {
    for (const waiter of this.#waiting.splice(0)) waiter.resolve(undefined);
  }

  failAll(error: unknown): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }
}
