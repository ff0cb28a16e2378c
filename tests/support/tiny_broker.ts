/**
 * A broker in memory for tests of clients: topics, partitions and their batches, over the TinyServer's socket. It checks
 * what a real one would check of a request's shape, keeps batches as they came, and waits for records as Fetch asks.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { checkBatch, RecordBatch } from "../../protocol/record_batch.ts";
import { type Handlers, TinyServer } from "./tiny_server.ts";

export interface TinyPartition {
  readonly batches: RecordBatch[];
  startOffset: number;
  endOffset: number;
}

export interface TinyBrokerOptions {
  /** Partitions of a topic that is made because somebody asked for it; 0: none is made so. */
  readonly autoCreatePartitions?: number;
  /** Largest batch taken. */
  readonly maxMessageBytes?: number;
  /** The cluster it belongs to. Default: it is alone. */
  readonly member?: TinyMember;
}

/** What a broker knows as a member of a cluster (TinyCluster). */
export interface TinyMember {
  readonly id: number;
  /** Of all members: each is served by its leader only. */
  readonly topics: Map<string, TinyPartition[]>;
  brokers(): { nodeId: number; host: string; port: number; rack: string }[];
  controllerId(): number;
  /** -1: none. */
  leaderOf(topic: string, partition: number): number;
  /** More APIs, or others in place of its own. */
  readonly handlers: Handlers;
  /** Called before and after a Produce is carried out, which waits for it; what it throws becomes a broken connection. */
  onProduce?(moment: "before" | "after"): void | Promise<void>;
  /** The code for a batch that was appended. */
  codeAfterAppend?(topic: string, partition: number): number;
  /** Metadata is asked for in vain. */
  isHanging?(): boolean;
  /** Whether this broker's metadata shows the topic yet. */
  shows?(topic: string): boolean;
}

export class TinyBroker implements AsyncDisposable {
  readonly topics: Map<string, TinyPartition[]>;
  /** Settings that topics were created with. */
  readonly configs = new Map<string, ReadonlyMap<string, string | null>>();
  /** What it says of records that it has appended, to those who ask (ProduceDurability). */
  durability = 1;
  /** Produce waits for it before anything is appended. */
  hold: Promise<void> = Promise.resolve();
  readonly #options: TinyBrokerOptions;
  readonly #member: TinyMember | undefined;
  readonly #server: TinyServer;
  #closed = false;
  #changed = Promise.withResolvers<void>();

  /** `server.port`: see TinyServer. */
  constructor(options: TinyBrokerOptions = {}, server: { readonly port?: number } = {}) {
    this.#options = options;
    this.#member = options.member;
    this.topics = options.member?.topics ?? new Map();
    this.#server = new TinyServer({
      Metadata: (body) =>
        this.#member?.isHanging?.() ? undefined : ({
          brokers: this.#member?.brokers() ?? [{ nodeId: 1, host: "tiny", port: 9092 }],
          clusterId: "tiny",
          controllerId: this.#member?.controllerId() ?? 1,
          topics: body.topics === null
            ? [...this.topics.keys()].map((name) => this.#metadata(name, false))
            : body.topics.map(({ name }) => this.#metadata(name!, body.allowAutoTopicCreation)),
        }),
      Produce: async (body) => {
        await this.hold;
        await this.#member?.onProduce?.("before");
        const responses = body.topicData.map(({ name, partitionData }) => ({
          name,
          partitionResponses: partitionData.map(({ index, records }) => ({
            ...this.#append(name, index, records),
            durability: body.wantsDurability ? this.durability : 0,
          })),
        }));
        await this.#member?.onProduce?.("after");
        return body.acks === 0 ? undefined : { responses };
      },
      Fetch: async (body) => {
        const deadline = performance.now() + body.maxWaitMs;
        const hasNothing = () =>
          body.topics.every(({ topic, partitions }) =>
            partitions.every(({ partition, fetchOffset }) =>
              this.#leads(topic, partition) && this.#partition(topic, partition)?.endOffset === fetchOffset
            )
          );
        while (!this.#closed && hasNothing()) {
          if (performance.now() >= deadline) break;
          const timeout = Promise.withResolvers<void>();
          const timer = setTimeout(timeout.resolve, deadline - performance.now());
          await Promise.race([this.#changed.promise, timeout.promise]);
          clearTimeout(timer);
        }
        return {
          responses: body.topics.map(({ topic, partitions }) => ({
            topic,
            partitions: partitions.map(({ partition, fetchOffset }) =>
              this.#read(topic, partition, fetchOffset)
            ),
          })),
        };
      },
      ListOffsets: (body) => ({
        topics: body.topics.map(({ name, partitions }) => ({
          name,
          partitions: partitions.map(({ partitionIndex, timestamp }) =>
            this.#offsetAt(name, partitionIndex, timestamp)
          ),
        })),
      }),
      CreateTopics: (body) => ({
        topics: body.topics.map(({ name, numPartitions, configs }) => {
          const exists = this.topics.has(name);
          const partitions = numPartitions < 0 ? this.#options.autoCreatePartitions || 1 : numPartitions;
          if (!exists) {
            this.create(name, partitions);
            this.configs.set(name, new Map(configs.map(({ name, value }) => [name, value])));
          }
          return {
            name,
            errorCode: exists ? ErrorCode.TOPIC_ALREADY_EXISTS : ErrorCode.NONE,
            errorMessage: exists ? `Topic '${name}' already exists.` : null,
            numPartitions: partitions,
          };
        }),
      }),
      DescribeConfigs: (body) => ({
        throttleTimeMs: 0,
        results: body.resources.map(({ resourceType, resourceName, configurationKeys }) => ({
          errorCode: this.topics.has(resourceName) ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
          errorMessage: null,
          resourceType,
          resourceName,
          configs: Array.from(this.configs.get(resourceName) ?? [])
            .filter(([name]) => configurationKeys?.includes(name) ?? true)
            .map(([name, value]) => ({ name, value, readOnly: false, configSource: 1, isSensitive: false })),
        })),
      }),
      DeleteTopics: (body) => ({
        responses: body.topicNames.map((name) => ({
          name,
          errorCode: this.topics.delete(name) ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        })),
      }),
      ...options.member?.handlers,
    }, { maxVersions: { Metadata: 12, Produce: 11, Fetch: 12, ListOffsets: 9 }, ...server });
  }

  get path(): string {
    return this.#server.path;
  }

  get port(): number {
    return this.#server.port;
  }

  get requests(): TinyServer["requests"] {
    return this.#server.requests;
  }

  create(topic: string, partitions: number, startOffset = 0): void {
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => ({ batches: [], startOffset, endOffset: startOffset })),
    );
  }

  /** Appends a batch as Produce would. */
  append(topic: string, partition: number, records: Uint8Array): void {
    const { errorCode } = this.#append(topic, partition, records);
    if (errorCode !== ErrorCode.NONE) throw new Error(`error ${errorCode}`);
  }

  /** Has what waits look again: a leader has changed. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  dropConnections(): void {
    this.#server.dropConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#changed.resolve();
    await this.#server[Symbol.asyncDispose]();
  }

  #partition(topic: string, partition: number): TinyPartition | undefined {
    return this.topics.get(topic)?.[partition];
  }

  #leads(topic: string, partition: number): boolean {
    return this.#member === undefined || this.#member.leaderOf(topic, partition) === this.#member.id;
  }

  /** Why `partition` can't be had here. */
  #refusal(topic: string, partition: number): number {
    if (this.#partition(topic, partition) === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return this.#leads(topic, partition) ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER;
  }

  #metadata(name: string, mayCreate: boolean) {
    if (!this.topics.has(name) && mayCreate && this.#options.autoCreatePartitions) {
      this.create(name, this.#options.autoCreatePartitions);
    }
    const isShown = this.#member?.shows?.(name) ?? true;
    const partitions = isShown ? this.topics.get(name) : undefined;
    return {
      errorCode: partitions === undefined ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.NONE,
      name,
      partitions: (partitions ?? []).map((_, partitionIndex) => ({
        errorCode: 0,
        partitionIndex,
        leaderId: this.#member?.leaderOf(name, partitionIndex) ?? 1,
        leaderEpoch: 0,
        replicaNodes: [1],
        isrNodes: [1],
        offlineReplicas: [],
      })),
    };
  }

  #append(topic: string, index: number, records: Uint8Array | null) {
    const refuse = (errorCode: number, errorMessage: string) => ({
      index,
      errorCode,
      baseOffset: -1,
      errorMessage,
    });
    const partition = this.#partition(topic, index);
    if (partition === undefined) {
      return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "there is no such partition");
    }
    if (!this.#leads(topic, index)) return refuse(ErrorCode.NOT_LEADER_OR_FOLLOWER, "it is led by another");
    const bytes = new Uint8Array(records!);
    const batch = new RecordBatch(bytes);
    const problem = checkBatch(bytes, 0, bytes.length, batch);
    if (problem !== undefined) return refuse(problem.error, problem.message);
    const limit = this.#options.maxMessageBytes ?? Infinity;
    if (bytes.length > limit) {
      return refuse(
        ErrorCode.MESSAGE_TOO_LARGE,
        `a batch of ${bytes.length} bytes exceeds max.message.bytes=${limit}`,
      );
    }
    const baseOffset = partition.endOffset;
    batch.setBaseOffset(baseOffset);
    partition.batches.push(batch);
    partition.endOffset += batch.lastOffsetDelta + 1;
    this.wake();
    return { index, errorCode: this.#member?.codeAfterAppend?.(topic, index) ?? ErrorCode.NONE, baseOffset };
  }

  #read(topic: string, partitionIndex: number, offset: number) {
    const partition = this.#partition(topic, partitionIndex);
    const errorCode = this.#refusal(topic, partitionIndex);
    if (partition === undefined || errorCode !== ErrorCode.NONE) {
      return { partitionIndex, errorCode, highWatermark: -1, records: null };
    }
    const { startOffset, endOffset: highWatermark } = partition;
    if (offset < startOffset || offset > highWatermark) {
      return { partitionIndex, errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, highWatermark: -1, records: null };
    }
    const batches = partition.batches.filter((batch) => batch.lastOffset >= offset).map(({ bytes }) => bytes);
    return {
      partitionIndex,
      errorCode: ErrorCode.NONE,
      highWatermark,
      logStartOffset: startOffset,
      records: new Uint8Array(batches.flatMap((bytes) => [...bytes])),
    };
  }

  #offsetAt(topic: string, partitionIndex: number, timestamp: number) {
    const partition = this.#partition(topic, partitionIndex);
    const errorCode = this.#refusal(topic, partitionIndex);
    if (partition === undefined || errorCode !== ErrorCode.NONE) return { partitionIndex, errorCode };
    const first = partition.batches.find((batch) => batch.maxTimestamp >= timestamp);
    const offset = timestamp === -2
      ? partition.startOffset
      : timestamp === -1
      ? partition.endOffset
      : first?.baseOffset ?? -1;
    return { partitionIndex, errorCode: ErrorCode.NONE, offset };
  }
}
