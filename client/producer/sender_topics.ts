/**
 * The topics that a producer writes to: their partitions and leaders, asked for, and asked for again when they get old or
 * turn out to be wrong.
 *
 * What must be true: a topic keeps its number for as long as the producer lives; whoever waits for a topic is told once
 * that it is there, or why not; a topic that has once been there is looked for again for as long as anybody writes to it.
 * @module
 */
import { backoffMs } from "../backoff.ts";
import { NO_LEADER } from "../cluster.ts";
import type { ProducerCluster } from "./producer_cluster.ts";
import { ConnectionError } from "../connection_error.ts";
import { ResponseError } from "../response_error.ts";
import { sleep } from "../retrying.ts";
import { UnknownTopicError } from "../unknown_topic_error.ts";
import { PartitionQueue } from "./partition_queue.ts";
import { sentError } from "./producer_error.ts";
import type { FromSender } from "./sender_messages.ts";
import type { SenderTopic } from "./sender_topic.ts";

export interface SenderTopicsOptions {
  /** How long a topic is looked for. */
  readonly patienceMs: number;
  readonly retryBackoffMs: number;
  readonly maxRetryBackoffMs: number;
  readonly maxAgeMs: number;
  readonly signal: AbortSignal;
}

export interface SenderTopicsOwner {
  onTopic(message: FromSender): void;
  onLeaders(): void;
}

/** A topic that was made a moment ago is not known everywhere. */
const UNKNOWN_PATIENCE_MS = 2000;

export class SenderTopics {
  readonly #cluster: ProducerCluster;
  readonly #options: SenderTopicsOptions;
  readonly #owner: SenderTopicsOwner;
  readonly #byName = new Map<string, SenderTopic>();
  readonly #byId: SenderTopic[] = [];
  readonly #finding = new Set<string>();

  constructor(cluster: ProducerCluster, options: SenderTopicsOptions, owner: SenderTopicsOwner) {
    this.#cluster = cluster;
    this.#options = options;
    this.#owner = owner;
  }

  /** Has the owner told of a topic. `isAgain`: what is remembered is not good enough. */
  find(name: string, isAgain: boolean): void {
    if (isAgain) this.#cluster.forget(name);
    if (this.#finding.has(name)) return;
    this.#finding.add(name);
    void this.#find(name).finally(() => this.#finding.delete(name));
  }

  queue(topicId: number, partition: number): PartitionQueue {
    const topic = this.#byId[topicId]!;
    return topic.queues[partition] ??= new PartitionQueue(topic, partition);
  }

  forEachQueue(visit: (queue: PartitionQueue) => void): void {
    for (const { queues } of this.#byId) for (const queue of queues) if (queue !== undefined) visit(queue);
  }

  /** undefined: it is looked for, and `onLeaders` tells. */
  leaderOf({ topic, partition }: PartitionQueue): number | undefined {
    const leader = this.#cluster.rememberedLeader(topic.name, partition);
    if (leader === undefined) this.#refresh(topic);
    return leader;
  }

  forget(topic: SenderTopic): void {
    this.#cluster.forget(topic.name);
  }

  async #find(name: string): Promise<void> {
    const begin = performance.now();
    for (let failures = 1;; failures++) {
      try {
        // Creates it, where the cluster does that.
        await this.#cluster.partitionCount(name);
        return this.#tell(name, await this.#cluster.leadersOf(name));
      } catch (error) {
        const patienceMs = error instanceof UnknownTopicError
          ? Math.min(UNKNOWN_PATIENCE_MS, this.#options.patienceMs)
          : this.#options.patienceMs;
        const waitMs = this.#backoff(failures);
        const isLast = !mayPass(error) || performance.now() + waitMs - begin > patienceMs;
        const isFinal = isLast || this.#options.signal.aborted;
        this.#owner.onTopic({ kind: "noTopic", name, error: sentError(error), isFinal });
        if (isFinal) return;
        await sleep(waitMs, this.#options.signal);
      }
    }
  }

  #tell(name: string, leaders: readonly number[]): void {
    let topic = this.#byName.get(name);
    if (topic === undefined) {
      topic = { name, id: this.#byId.length, queues: [], partitionCount: 0, isRefreshing: false };
      this.#byName.set(name, topic);
      this.#byId.push(topic);
    }
    topic.partitionCount = leaders.length;
    const led = leaders.flatMap((leader, partition) => leader === NO_LEADER ? [] : [partition]);
    this.#owner.onTopic({
      kind: "topic",
      name,
      id: topic.id,
      partitionCount: leaders.length,
      available: led.length === leaders.length ? null : led,
    });
  }

  #refresh(topic: SenderTopic): void {
    if (topic.isRefreshing) return;
    topic.isRefreshing = true;
    void this.#lookAgain(topic).finally(() => {
      topic.isRefreshing = false;
      this.#owner.onLeaders();
    });
  }

  /** Until it has leaders for what is remembered of it; who waits for it gives up by himself. */
  async #lookAgain(topic: SenderTopic): Promise<void> {
    const { signal } = this.#options;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        const leaders = await this.#cluster.leadersOf(topic.name);
        if (leaders.length !== topic.partitionCount) this.#tell(topic.name, leaders);
        if (!leaders.includes(NO_LEADER)) return;
        // Those that have a leader need not wait for those that have none.
        this.#owner.onLeaders();
      } catch (error) {
        if (!mayPass(error)) return void await sleep(this.#options.maxRetryBackoffMs, signal);
      }
      await sleep(this.#backoff(failures), signal);
      this.#cluster.forget(topic.name);
    }
  }

  #backoff(failures: number): number {
    const { retryBackoffMs: firstMs, maxRetryBackoffMs: longestMs } = this.#options;
    return backoffMs(failures, { firstMs, longestMs }, Math.random());
  }
}

function mayPass(error: unknown): boolean {
  return (error instanceof ResponseError || error instanceof ConnectionError) && error.retriable;
}
