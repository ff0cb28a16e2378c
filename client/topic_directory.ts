/**
 * Which partitions each topic has and who leads them, asked of the cluster and remembered for a while.
 *
 * What must be true: a topic is asked for once, however many want it at the same moment, and topics that are wanted at the
 * same moment are asked for together; what is remembered is never older than `maxAgeMs`, so partitions added by others are
 * used within that time; names which do not exist are not remembered at all, so that nobody can fill the memory with them;
 * and only who writes makes a topic be created.
 * @module
 */
import { ErrorCode } from "../protocol/errors.ts";
import type { MetadataResponse } from "../protocol/messages/03_metadata.ts";
import type { AskMetadata } from "./broker_directory.ts";
import { checkCode, ResponseError } from "./response_error.ts";
import { UnknownPartitionError, UnknownTopicError } from "./unknown_topic_error.ts";

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

/** The id of the broker that leads each partition, by the partition's number; NO_LEADER: none does at the moment. */
export type Leaders = readonly number[];

export const NO_LEADER = -1;

interface Known {
  readonly leaders: Leaders;
  readonly asOf: number;
}

type TopicMetadata = MetadataResponse["topics"][number];

/** Topics that are asked for together, and what is said of each. */
interface Together {
  readonly topics: string[];
  readonly answer: Promise<ReadonlyMap<string, TopicMetadata>>;
}

const RETRY_MS = 100;
/** Of names of at most 249 bytes: a request of a quarter of a MiB. */
const MAX_TOGETHER = 1000;

export class TopicDirectory {
  readonly #ask: AskMetadata;
  readonly #maxAgeMs: number;
  readonly #maxTopics: number;
  readonly #creationTimeoutMs: number;
  readonly #unknownTimeoutMs: number;
  readonly #known = new Map<string, Known>();
  readonly #asking = new Map<string, Promise<Leaders>>();
  readonly #gathering: { create?: Together; look?: Together } = {};

  constructor(ask: AskMetadata, options: TopicDirectoryOptions = {}) {
    this.#ask = ask;
    this.#maxAgeMs = options.maxAgeMs ?? 5000;
    this.#maxTopics = options.maxTopics ?? 10_000;
    this.#creationTimeoutMs = options.creationTimeoutMs ?? 5000;
    this.#unknownTimeoutMs = options.unknownTimeoutMs ?? 300;
  }

  /** The leaders of a topic's partitions if they are remembered. */
  remembered(topic: string): Leaders | undefined {
    const known = this.#known.get(topic);
    return known !== undefined && performance.now() - known.asOf < this.#maxAgeMs ? known.leaders : undefined;
  }

  /**
   * The leaders of the partitions of `topic`, which the cluster creates if it `mayCreate` and does that by itself. Throws
   * an UnknownTopicError if there is none.
   */
  async leadersOf(topic: string, mayCreate: boolean): Promise<Leaders> {
    const remembered = this.remembered(topic);
    if (remembered !== undefined) return remembered;
    const key = `${mayCreate ? "+" : "-"}${topic}`;
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#askFor(topic, mayCreate).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return await asking;
  }

  /**
   * The leader of a partition. Throws a ResponseError, LEADER_NOT_AVAILABLE while there is none, or an UnknownTopicError.
   */
  async leaderOf(topic: string, partition: number): Promise<number> {
    let leaders = this.remembered(topic);
    if (leaders?.[partition] === undefined) {
      // Partitions may have been added.
      this.forget(topic);
      leaders = await this.leadersOf(topic, false);
    }
    const leader = leaders[partition];
    if (leader === undefined) throw new UnknownPartitionError(topic, partition, leaders.length);
    if (leader !== NO_LEADER) return leader;
    this.forget(topic);
    throw new ResponseError(ErrorCode.LEADER_NOT_AVAILABLE, `find the leader of ${topic}-${partition}`);
  }

  /** Asks again the next time: the topic has changed. */
  forget(topic: string): void {
    this.#known.delete(topic);
  }

  async #askFor(topic: string, mayCreate: boolean): Promise<Leaders> {
    const start = performance.now();
    for (;;) {
      const found = await this.#askTogether(topic, mayCreate);
      if (found === undefined) throw new UnknownTopicError(topic);
      if (performance.now() - start < this.#patience(found.errorCode, mayCreate)) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      if (found.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) throw new UnknownTopicError(topic);
      checkCode(found.errorCode, `look up topic ${topic}`);
      const leaders = leadersIn(found);
      this.#remember(topic, leaders);
      return leaders;
    }
  }

  /** Asks for a topic with all others that are asked for in the same turn of the loop. */
  async #askTogether(topic: string, mayCreate: boolean): Promise<TopicMetadata | undefined> {
    const kind = mayCreate ? "create" : "look";
    let together = this.#gathering[kind];
    if (together === undefined || together.topics.length >= MAX_TOGETHER) {
      together = this.#gather(kind);
      this.#gathering[kind] = together;
    }
    together.topics.push(topic);
    return (await together.answer).get(topic);
  }

  #gather(kind: "create" | "look"): Together {
    const topics: string[] = [];
    const ask = async () => {
      await undefined;
      if (this.#gathering[kind] === together) delete this.#gathering[kind];
      const { topics: found } = await this.#ask(topics, kind === "create");
      return new Map(found.map((topic) => [topic.name!, topic]));
    };
    const together: Together = { topics, answer: ask() };
    return together;
  }

  /** How long a topic with this error may be on its way into being. */
  #patience(errorCode: number, mayCreate: boolean): number {
    if (errorCode === ErrorCode.LEADER_NOT_AVAILABLE) return this.#creationTimeoutMs;
    return errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && mayCreate ? this.#unknownTimeoutMs : 0;
  }

  #remember(topic: string, leaders: Leaders): void {
    this.#known.delete(topic);
    if (this.#known.size >= this.#maxTopics) {
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest);
        break;
      }
    }
    this.#known.set(topic, { leaders, asOf: performance.now() });
  }
}

function leadersIn({ partitions }: TopicMetadata): Leaders {
  const leaders = new Array<number>(partitions.length).fill(NO_LEADER);
  // In whatever order they come.
  for (const { partitionIndex, leaderId } of partitions) {
    if (partitionIndex < leaders.length) leaders[partitionIndex] = leaderId;
  }
  return leaders;
}
