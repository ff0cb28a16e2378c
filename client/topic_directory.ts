/**
 * How many partitions each topic has, asked of the broker and remembered for a while.
 *
 * What must be true: a topic is asked for once, however many want it at the same moment; what is remembered is never
 * older than `maxAgeMs`, so partitions added by others are used within that time; and names which do not exist are not
 * remembered at all, so that nobody can fill the memory with them.
 * @module
 */
import { api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import type { BrokerClient } from "./broker_client.ts";
import { checkCode, ResponseError } from "./response_error.ts";

export interface TopicDirectoryOptions {
  /** Default 5,000 ms. */
  readonly maxAgeMs?: number;
  /** Topics remembered. Default 10,000. */
  readonly maxTopics?: number;
  /** How long a topic that is being created may be without a leader. Default 5,000 ms. */
  readonly creationTimeoutMs?: number;
  /** How long a topic that may be being created may be unknown: Apache Kafka says so at first. Default 300 ms. */
  readonly unknownTimeoutMs?: number;
}

interface Known {
  readonly partitionCount: number;
  readonly asOf: number;
}

const RETRY_MS = 100;

export class TopicDirectory {
  readonly #client: BrokerClient;
  readonly #maxAgeMs: number;
  readonly #maxTopics: number;
  readonly #creationTimeoutMs: number;
  readonly #unknownTimeoutMs: number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<number>>();

  constructor(client: BrokerClient, options: TopicDirectoryOptions = {}) {
    this.#client = client;
    this.#maxAgeMs = options.maxAgeMs ?? 5000;
    this.#maxTopics = options.maxTopics ?? 10_000;
    this.#creationTimeoutMs = options.creationTimeoutMs ?? 5000;
    this.#unknownTimeoutMs = options.unknownTimeoutMs ?? 300;
  }

  /** The number of partitions if it is remembered. */
  remembered(topic: string): number | undefined {
    const known = this.#known.get(topic);
    return known !== undefined && performance.now() - known.asOf < this.#maxAgeMs
      ? known.partitionCount
      : undefined;
  }

  /**
   * The number of partitions of `topic`, which the broker creates if it does that by itself. Throws a ResponseError,
   * UNKNOWN_TOPIC_OR_PARTITION if there is none.
   */
  async partitionCount(topic: string): Promise<number> {
    const remembered = this.remembered(topic);
    if (remembered !== undefined) return remembered;
    let asking = this.#asking.get(topic);
    if (asking === undefined) {
      asking = this.#ask(topic).finally(() => this.#asking.delete(topic));
      this.#asking.set(topic, asking);
    }
    return await asking;
  }

  /** Asks again the next time: the topic has changed. */
  forget(topic: string): void {
    this.#known.delete(topic);
  }

  async #ask(topic: string): Promise<number> {
    const what = `look up topic ${topic}`;
    const start = performance.now();
    for (;;) {
      const answer = await this.#client.request(api.Metadata, {
        topics: [{ name: topic }],
        allowAutoTopicCreation: true,
      }, { maxVersion: 12 });
      const found = answer.topics[0];
      if (found === undefined) throw new ResponseError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, what);
      if (performance.now() - start < this.#patience(found.errorCode)) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      checkCode(found.errorCode, what);
      this.#remember(topic, found.partitions.length);
      return found.partitions.length;
    }
  }

  /** How long a topic with this error may be on its way into being. */
  #patience(errorCode: number): number {
    if (errorCode === ErrorCode.LEADER_NOT_AVAILABLE) return this.#creationTimeoutMs;
    return errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ? this.#unknownTimeoutMs : 0;
  }

  #remember(topic: string, partitionCount: number): void {
    this.#known.delete(topic);
    if (this.#known.size >= this.#maxTopics) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(topic, { partitionCount, asOf: performance.now() });
  }
}
