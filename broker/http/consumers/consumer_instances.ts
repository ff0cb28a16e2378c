/**
 * The consumers that the v2 API keeps for its callers, by group and id.
 *
 * What must be true: there are no more than `maxInstances`; one that nobody has used for `timeoutMs` is closed, so that its
 * partitions go to others; one that is in use is not; and all leave their groups when the gateway ends.
 * @module
 */
import {
  kafkajsAssignor,
  roundRobinAssignor,
} from "../../../client/consumer/assignors/round_robin_assignor.ts";
import { rangeAssignor } from "../../../client/consumer/assignors/range_assignor.ts";
import type { Cluster } from "../../../client/cluster.ts";
import { ConsumerCore as Consumer } from "../../../client/consumer/consumer_core.ts";
import { ApiError, ApiErrorCode } from "../api_error.ts";
import type { InstanceConfig } from "./instance_config.ts";

export interface ConsumerInstance {
  readonly id: string;
  readonly config: InstanceConfig;
  readonly consumer: Consumer;
}

export interface ConsumerInstancesOptions {
  readonly cluster: Cluster;
  /** Default 300,000 ms (consumer.instance.timeout.ms). */
  readonly timeoutMs?: number;
  /** Default 200. */
  readonly maxInstances?: number;
}

interface Kept {
  readonly groupId: string;
  readonly instance: ConsumerInstance;
  /** Requests that use it at the moment. */
  uses: number;
  /** By performance.now(). */
  lastUsedMs: number;
}

const AUTO_COMMIT_INTERVAL_MS = 5000;
/** What an instance keeps at most of what was fetched for it and did not fit into an answer: there may be hundreds. */
const QUEUED_MAX_BYTES = 2 * 1024 * 1024;
/** How exactly the timeout is kept, as a part of it. */
const SWEEPS_PER_TIMEOUT = 10;

export class ConsumerInstances {
  readonly #cluster: Cluster;
  readonly #timeoutMs: number;
  readonly #maxInstances: number;
  readonly #kept = new Map<string, Kept>();
  readonly #closing = new Set<Consumer>();
  #sweep: ReturnType<typeof setInterval> | undefined;
  #isEnding = false;

  constructor(options: ConsumerInstancesOptions) {
    this.#cluster = options.cluster;
    this.#timeoutMs = options.timeoutMs ?? 300_000;
    this.#maxInstances = options.maxInstances ?? 200;
  }

  /** Throws an ApiError: 409 if there is one of that id, 429 if there are too many. */
  create(groupId: string, config: InstanceConfig): ConsumerInstance {
    const id = config.id ?? `rest-consumer-${crypto.randomUUID()}`;
    const key = keyOf(groupId, id);
    if (this.#kept.has(key)) throw exists(groupId, id);
    if (this.#isEnding || this.#kept.size >= this.#maxInstances) throw tooMany(this.#maxInstances);
    const consumer = new Consumer(this.#cluster, {
      groupId,
      assignors: [rangeAssignor, roundRobinAssignor, kafkajsAssignor],
      autoOffsetReset: config.autoOffsetReset,
      isReadCommitted: config.isReadCommitted,
      fetch: {
        isOnDemand: true,
        minBytes: config.minBytes,
        queuedMaxBytes: QUEUED_MAX_BYTES,
        fetchMaxBytes: QUEUED_MAX_BYTES,
      },
      ...config.isAutoCommitting ? { autoCommitIntervalMs: AUTO_COMMIT_INTERVAL_MS } : {},
    });
    const instance = { id, config, consumer };
    this.#kept.set(key, { groupId, instance, uses: 0, lastUsedMs: performance.now() });
    this.#sweep ??= setInterval(() => this.#closeIdle(), Math.max(10, this.#timeoutMs / SWEEPS_PER_TIMEOUT));
    return instance;
  }

  /** Runs `work` with an instance, which is in use meanwhile. Throws an ApiError 404 if there is none. */
  async use<T>(
    groupId: string,
    id: string,
    work: (instance: ConsumerInstance) => T | Promise<T>,
  ): Promise<T> {
    const kept = this.#kept.get(keyOf(groupId, id));
    if (kept === undefined) throw noSuchInstance(groupId, id);
    kept.uses++;
    try {
      return await work(kept.instance);
    } finally {
      kept.uses--;
      kept.lastUsedMs = performance.now();
    }
  }

  /** Closes an instance: what it delivered counts as worked on. Throws an ApiError 404 if there is none. */
  async delete(groupId: string, id: string): Promise<void> {
    const key = keyOf(groupId, id);
    const kept = this.#kept.get(key);
    if (kept === undefined) throw noSuchInstance(groupId, id);
    this.#forget(key);
    await this.#close(kept.instance.consumer, true);
  }

  /** All leave their groups; none is made any more. Resolves when the groups know. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await Promise.all([...this.#kept].map(([key, { instance }]) => {
      this.#forget(key);
      return this.#close(instance.consumer, false);
    }));
  }

  /** Whatever is left of them does nothing more. */
  stop(): void {
    void this.end();
    for (const consumer of this.#closing) consumer.stop();
  }

  #closeIdle(): void {
    const before = performance.now() - this.#timeoutMs;
    for (const [key, { instance, uses, lastUsedMs }] of this.#kept) {
      if (uses > 0 || lastUsedMs > before) continue;
      this.#forget(key);
      // Whether it has worked on what it got last, nobody knows.
      void this.#close(instance.consumer, false);
    }
  }

  #forget(key: string): void {
    this.#kept.delete(key);
    if (this.#kept.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  async #close(consumer: Consumer, isSafe: boolean): Promise<void> {
    this.#closing.add(consumer);
    try {
      await consumer.close({ isSafe });
    } catch {
      // The group misses it when its session is over.
    } finally {
      this.#closing.delete(consumer);
    }
  }
}

/** An id has no line break in it. */
function keyOf(groupId: string, id: string): string {
  return `${id}\n${groupId}`;
}

function exists(groupId: string, id: string): ApiError {
  return new ApiError(
    409,
    ApiErrorCode.INSTANCE_EXISTS,
    `Group ${JSON.stringify(groupId)} has a consumer instance ${
      JSON.stringify(id)
    } already: use it, DELETE ` +
      `/consumers/${encodeURIComponent(groupId)}/instances/${encodeURIComponent(id)}, or leave "name" out.`,
  );
}

function noSuchInstance(groupId: string, id: string): ApiError {
  return new ApiError(
    404,
    ApiErrorCode.NO_SUCH_INSTANCE,
    `Group ${JSON.stringify(groupId)} has no consumer instance ${
      JSON.stringify(id)
    } here: it was deleted, nobody used ` +
      "it for too long, or it is in another gateway, or was in one that has ended. " +
      `Make one with POST /consumers/${encodeURIComponent(groupId)}.`,
  );
}

function tooMany(maxInstances: number): ApiError {
  return new ApiError(
    429,
    ApiErrorCode.TOO_MANY,
    `There are ${maxInstances} consumer instances here, and may be no more: delete those that are done with. Polls of ` +
      "POST /groups/{group}/topics/{topic}/poll need none.",
    { "retry-after": "10" },
  );
}
