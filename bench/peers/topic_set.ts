/**
 * Topics that have so many partitions together, made and waited for. A partition counts as served when it answers
 * ListOffsets: the controller's word that it exists is not enough, as Kafka makes its log later.
 * @module
 */
import type { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { errorName } from "../../protocol/errors.ts";
import type { Place } from "./produce.ts";

const PARTITIONS_PER_TOPIC = 100;
/** Kafka refuses requests for more than 10,000 partitions. */
const TOPICS_PER_REQUEST = 10;
const WITHIN_MS = 300_000;
const LOOK_EVERY_MS = 10;
const LATEST = -1;

export class TopicSet {
  readonly #topics: readonly { readonly name: string; readonly partitions: number }[];

  constructor(prefix: string, partitionCount: number) {
    const topicCount = Math.ceil(partitionCount / PARTITIONS_PER_TOPIC);
    this.#topics = Array.from({ length: topicCount }, (_, at) => ({
      name: `${prefix}-${at}`,
      partitions: Math.min(PARTITIONS_PER_TOPIC, partitionCount - at * PARTITIONS_PER_TOPIC),
    }));
  }

  /** Every partition once. */
  places(): Place[] {
    return this.#topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }))
    );
  }

  /** Makes all of them and waits until each partition is served. */
  async create(connection: Connection): Promise<void> {
    for (let at = 0; at < this.#topics.length; at += TOPICS_PER_REQUEST) {
      const { topics } = await connection.request(api.CreateTopics, {
        topics: this.#topics.slice(at, at + TOPICS_PER_REQUEST).map(({ name, partitions }) => ({
          name,
          numPartitions: partitions,
          replicationFactor: 1,
          assignments: [],
          configs: [],
        })),
        timeoutMs: WITHIN_MS,
      }, { timeoutMs: WITHIN_MS });
      for (const { name, errorCode, errorMessage } of topics) {
        if (errorCode !== 0) {
          throw new Error(`CreateTopics ${name}: ${errorName(errorCode)} (${errorMessage})`);
        }
      }
    }
    await this.untilServed(connection);
  }

  /** Waits until each partition answers. */
  async untilServed(connection: Connection): Promise<void> {
    const deadline = performance.now() + WITHIN_MS;
    for (const { name, partitions } of this.#topics) {
      while (!await isServed(connection, name, partitions)) {
        if (performance.now() > deadline) throw new Error(`${name} is not served after ${WITHIN_MS} ms`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      }
    }
  }
}

async function isServed(connection: Connection, name: string, partitions: number): Promise<boolean> {
  const { topics } = await connection.request(api.ListOffsets, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{
      name,
      partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({
        partitionIndex,
        timestamp: LATEST,
      })),
    }],
    timeoutMs: WITHIN_MS,
  }, { timeoutMs: WITHIN_MS });
  return topics[0]?.partitions.every(({ errorCode }) => errorCode === 0) ?? false;
}
