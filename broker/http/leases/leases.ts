/**
 * The leases of all groups on all topics. What is known of them lies in the cluster; here is only what is on its way.
 *
 * What must be true: no group and topic has two that work for it, and those that do nothing take bounded memory.
 * @module
 */
import type { Cluster } from "../../../client/cluster.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import type { Settlement } from "./lease_book.ts";
import type { LeaseName } from "./lease_token.ts";
import type { HandedOut, PollRequest } from "./lease_waiters.ts";
import { LeasedTopic, type SettledLease } from "./leased_topic.ts";

export interface LeasesOptions {
  readonly cluster: Cluster;
  /** Most bytes that are fetched at a time for one group and topic. */
  readonly maxFetchBytes: number;
  /** Polls that may wait at the same time. Default 1024. */
  readonly maxWaiting?: number;
}

/** Idle ones are kept for the order in which they serve their partitions. */
const MAX_IDLE = 1000;

export class Leases {
  readonly #options: LeasesOptions;
  readonly #maxWaiting: number;
  /** By group and topic; those used last are at the end. */
  readonly #topics = new Map<string, LeasedTopic>();
  #waiting = 0;
  #isEnding = false;

  constructor(options: LeasesOptions) {
    this.#options = options;
    this.#maxWaiting = options.maxWaiting ?? 1024;
  }

  /** undefined: nothing came in time. */
  async poll(groupId: string, topic: string, request: PollRequest): Promise<HandedOut | undefined> {
    if (this.#waiting >= this.#maxWaiting) {
      throw new ApiError(
        429,
        ApiErrorCode.TOO_MANY,
        `${this.#maxWaiting} polls wait already. Come again in a second.`,
        { "retry-after": "1" },
      );
    }
    this.#waiting++;
    try {
      return await this.#of(groupId, topic).poll(request);
    } finally {
      this.#waiting--;
    }
  }

  settle(groupId: string, topic: string, name: LeaseName, settlement: Settlement): Promise<SettledLease> {
    return this.#of(groupId, topic).settle(name, settlement);
  }

  /** Polls are answered with nothing from now on; leases may still be settled. */
  end(): void {
    this.#isEnding = true;
    for (const topic of this.#topics.values()) topic.end();
  }

  #of(groupId: string, topic: string): LeasedTopic {
    // A topic's name has no line break in it.
    const key = `${topic}\n${groupId}`;
    let found = this.#topics.get(key);
    if (found === undefined) {
      if (this.#topics.size >= MAX_IDLE) this.#forgetIdle();
      found = new LeasedTopic({ ...this.#options, groupId, topic });
      if (this.#isEnding) found.end();
    }
    this.#topics.delete(key);
    this.#topics.set(key, found);
    return found;
  }

  #forgetIdle(): void {
    for (const [key, topic] of this.#topics) {
      if (this.#topics.size < MAX_IDLE) return;
      if (topic.isIdle) this.#topics.delete(key);
    }
  }
}
