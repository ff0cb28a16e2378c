/**
 * A topic of its own, ways to write to it, and consumers (client/consumer) that are gone when the test is over.
 * @module
 */
import assert from "node:assert/strict";
import { createTopic } from "../../client/admin/topics.ts";
import { Cluster } from "../../client/cluster.ts";
import { fetchCommitted } from "../../client/consumer/committed_offsets.ts";
import { Consumer } from "../../client/consumer/consumer.ts";
import type { ConsumerConfig } from "../../client/consumer/consumer_options.ts";
import { string } from "../../client/serializers/string.ts";
import { api } from "../../protocol/apis.ts";
import { type BatchOptions, encodeBatch, type NewRecord } from "../../protocol/records.ts";
import { uniqueTopic } from "./topic.ts";

export type TextConsumer = Consumer<Uint8Array | null, string | null>;

const encoder = new TextEncoder();
const WITHIN_MS = 30_000;

export class ConsumerWorld implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly group = uniqueTopic("group");
  readonly topic = uniqueTopic("consumed");
  readonly #consumers: TextConsumer[] = [];

  static async create(bootstrap: string, partitionCount: number): Promise<ConsumerWorld> {
    const world = new ConsumerWorld(bootstrap);
    await world.createTopic(world.topic, partitionCount);
    return world;
  }

  private constructor(readonly bootstrap: string) {
    const [host, port] = bootstrap.split(":");
    this.cluster = new Cluster({ bootstrap: [{ host: host!, port: Number(port) }], clientId: "test" });
  }

  async createTopic(name: string, partitionCount: number): Promise<void> {
    // Records of tests may carry timestamps that are years old: with the default retention of a week they would be gone.
    await createTopic(this.cluster, { name, partitionCount, configs: new Map([["retention.ms", "-1"]]) });
    await this.cluster.awaitTopic(name, true);
  }

  /** Of the group, unless it says otherwise; keys as bytes, values as texts. */
  consumer(config: ConsumerConfig<Uint8Array | null, string | null> = {}): TextConsumer {
    const consumer: TextConsumer = new Consumer({
      "bootstrap.servers": this.bootstrap,
      "group.id": this.group,
      "auto.offset.reset": "earliest",
      ...config["group.protocol"] === "consumer" ? {} : { "heartbeat.interval.ms": 200 },
      "fetch.max.wait.ms": 100,
      "value.deserializer": string,
      ...config,
    });
    this.#consumers.push(consumer);
    return consumer;
  }

  at(partition: number, topic = this.topic): { topic: string; partition: number } {
    return { topic, partition };
  }

  /** Texts, or records; one batch. */
  async write(partition: number, records: readonly (string | NewRecord)[], options?: BatchOptions) {
    const made = records.map((record) =>
      typeof record === "string" ? { timestamp: 1_700_000_000_000, value: encoder.encode(record) } : record
    );
    await this.writeBatch(partition, encodeBatch(made, options));
  }

  async writeBatch(partition: number, records: Uint8Array, topic = this.topic): Promise<void> {
    const answer = await this.cluster.askLeader(topic, partition, api.Produce, {
      transactionalId: null,
      acks: -1,
      timeoutMs: 5000,
      topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
    }, { maxVersion: 11, codeOf: ({ responses }) => responses[0]!.partitionResponses[0]!.errorCode });
    assert.equal(answer.responses[0]!.partitionResponses[0]!.errorCode, 0);
  }

  async committed(partition = 0): Promise<number | undefined> {
    return (await fetchCommitted(this.cluster, this.group, [this.at(partition)])).get(this.at(partition))
      ?.offset;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
    this.cluster.close();
  }
}

/** Polls until `count` values have come. */
export async function pollValues(consumer: TextConsumer, count: number): Promise<string[]> {
  const values: string[] = [];
  const deadline = performance.now() + WITHIN_MS;
  while (values.length < count) {
    assert.ok(performance.now() < deadline, `${values.length} of ${count} values: ${values.slice(-5)}`);
    for (const { value } of await consumer.poll({ timeoutMs: 100 })) values.push(value!);
  }
  return values;
}

/** Asks until `isTrue`. */
export async function eventually(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `not within ${WITHIN_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A consumer that reads in the background until it is stopped. */
export class Reading {
  readonly values: string[] = [];
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;

  constructor(readonly consumer: TextConsumer) {
    this.#done = this.#read();
  }

  get partitions(): number[] {
    return this.consumer.assignment.map(({ partition }) => partition).sort((a, b) => a - b);
  }

  /** Ends the loop, and closes the consumer: all that it was given has been worked on. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#done;
    await this.consumer.close();
  }

  async #read(): Promise<void> {
    for await (const { value } of this.consumer.records({ signal: this.#ending.signal })) {
      this.values.push(value!);
    }
  }
}
