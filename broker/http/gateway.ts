/**
 * What the HTTP routes need of a broker, over the Kafka protocol like any other client: so HTTP has the same checks and
 * limits, and the broker behind may be any that speaks it.
 *
 * It is the broker in this process, or the cluster that `milena gateway` stands in front of: the routes can't tell.
 * @module
 */
import type { BrokerAddress } from "../../client/address.ts";
import { Cluster } from "../../client/cluster.ts";
import type { Security } from "../../client/security/security.ts";
import { partitionForKey } from "../../client/murmur2.ts";
import { ResponseError } from "../../client/response_error.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ApiError, ApiErrorCode } from "./api_error.ts";
import { BulkProducers } from "./bulk_producers.ts";
import { BulkWindows } from "./bulk_windows.ts";
import { ConsumerInstances } from "./consumers/consumer_instances.ts";
import { Leases } from "./leases/leases.ts";
import { noSuchPartition } from "./kafka_failures.ts";
import {
  type Acks,
  byteCountOf,
  type Outcome,
  ProduceGatherer,
  type SendBatches,
} from "./produce_gatherer.ts";
import { sendBatches } from "./produce_request.ts";
import { Tails } from "./stream/tails.ts";
import type { RecordToWrite } from "./records_request.ts";

export interface GatewayOptions {
  /** The one broker there is, or where to begin with a cluster. */
  readonly address: BrokerAddress | readonly BrokerAddress[];
  /** Reads that may wait at the same time. Default 256. */
  readonly maxReaders?: number;
  /** Most bytes of one answer to a fetch; larger single batches than this still come whole. Default 16 MiB. */
  readonly maxFetchBytes?: number;
  /** Largest request that the broker takes (socket.request.max.bytes). Default 100 MiB, as Kafka's. */
  readonly maxRequestBytes?: number;
  /** How long records wait for others to go with (http.linger.ms). Default 0. */
  readonly lingerMs?: number;
  /** Most bytes of records that wait to be written. Default 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Consumer instances that nobody uses for so long are closed. Default 300,000 ms. */
  readonly consumerTimeoutMs?: number;
  /** Consumer instances that there may be. Default 200. */
  readonly maxConsumers?: number;
  /** How long is waited for a leader. Default: see ClusterOptions. */
  readonly patienceMs?: number;
  /** TLS, and who the gateway is to the cluster. Default: neither. */
  readonly security?: Security;
}

/** A record's place: in which partition, and what became of it there. */
export interface Placed {
  readonly partition: number;
  readonly outcome: Outcome;
}

export interface WriteOptions {
  readonly acks: Acks;
  readonly partition?: number | undefined;
  readonly onTaken?: () => void;
}

const CLIENT_ID = "milena-http";

export class Gateway implements Disposable {
  readonly maxFetchBytes: number;
  readonly cluster: Cluster;
  /** The ends of topics, as streams follow them. */
  readonly tails: Tails;
  readonly leases: Leases;
  readonly consumers: ConsumerInstances;
  /** A record larger than this would have its connection closed, and others' requests with it. */
  readonly maxRecordBytes: number;
  /** For streams of records that are being written. */
  readonly bulkWindows = new BulkWindows();
  readonly bulkProducers: BulkProducers;
  readonly #gatherer: ProduceGatherer;
  readonly #closing = new AbortController();
  #nextPartition = 0;
  #ending = false;

  constructor(options: GatewayOptions) {
    this.maxFetchBytes = options.maxFetchBytes ?? 16 * 1024 * 1024;
    this.cluster = new Cluster({
      bootstrap: [options.address].flat(),
      clientId: CLIENT_ID,
      isOneBroker: !Array.isArray(options.address),
      maxLent: options.maxReaders ?? 256,
      ...options.patienceMs === undefined ? {} : { patienceMs: options.patienceMs },
      ...options.security === undefined ? {} : { security: options.security },
      // A batch may be larger than what is asked for, and is never cut.
      maxResponseBytes: this.maxFetchBytes + 128 * 1024 * 1024,
    });
    this.maxRecordBytes = Math.floor(0.9 * (options.maxRequestBytes ?? 100 * 1024 * 1024));
    this.bulkProducers = new BulkProducers(this.cluster);
    this.tails = new Tails(this.cluster);
    this.consumers = new ConsumerInstances({
      cluster: this.cluster,
      ...options.consumerTimeoutMs === undefined ? {} : { timeoutMs: options.consumerTimeoutMs },
      ...options.maxConsumers === undefined ? {} : { maxInstances: options.maxConsumers },
    });
    this.leases = new Leases({ cluster: this.cluster, maxFetchBytes: this.maxFetchBytes });
    const send: SendBatches = (acks, batches, leader) => sendBatches(this.cluster, leader, acks, batches);
    this.#gatherer = new ProduceGatherer(send, {
      batchBytes: Math.min(512 * 1024, this.maxRecordBytes),
      requestBytes: Math.min(8 * 1024 * 1024, this.maxRecordBytes),
      queuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
    }, { leaders: this.cluster, lingerMs: options.lingerMs ?? 0 });
  }

  /** True once nothing more is to be waited for. */
  get isEnding(): boolean {
    return this.#ending;
  }

  /**
   * Writes records; resolves with the place of each, in order. A record goes to its own partition, else `partition`, else
   * by its key, else to one partition for all such records of this call. Throws before anything is written if the topic or
   * a partition does not exist. `onTaken` is called when all is well so far, and the records wait to be sent.
   */
  async write(topic: string, records: readonly RecordToWrite[], options: WriteOptions): Promise<Placed[]> {
    const placed = await this.#writeOnce(topic, records, options);
    if (!placed.some(isUnknownTopic)) return placed;
    // The topic is not what it was when it was looked up: deleted, or made anew with fewer partitions.
    this.cluster.forget(topic);
    const again = records.filter((_, i) => isUnknownTopic(placed[i]!));
    const placedAgain = await this.#writeOnce(topic, again, options);
    let next = 0;
    return placed.map((place) => isUnknownTopic(place) ? placedAgain[next++]! : place);
  }

  async #writeOnce(
    topic: string,
    records: readonly RecordToWrite[],
    { acks, partition: fixed, onTaken }: WriteOptions,
  ): Promise<Placed[]> {
    for (const record of records) this.#checkSize(record);
    const partitions = await this.#partitionsOf(topic, records, fixed);
    this.#gatherer.checkRoom(records);
    onTaken?.();
    if (partitions.every((partition) => partition === partitions[0])) {
      const partition = partitions[0]!;
      const outcomes = await this.#gatherer.write(topic, partition, records, acks);
      return outcomes.map((outcome) => ({ partition, outcome }));
    }
    const indexes = new Map<number, number[]>();
    partitions.forEach((partition, i) => {
      const list = indexes.get(partition);
      if (list === undefined) indexes.set(partition, [i]);
      else list.push(i);
    });
    const placed = new Array<Placed>(records.length);
    await Promise.all([...indexes].map(async ([partition, list]) => {
      const outcomes = await this.#gatherer.write(topic, partition, list.map((i) => records[i]!), acks);
      list.forEach((i, n) => placed[i] = { partition, outcome: outcomes[n]! });
    }));
    return placed;
  }

  #checkSize(record: RecordToWrite): void {
    const byteCount = byteCountOf(record);
    if (byteCount <= this.maxRecordBytes) return;
    throw new ApiError(
      413,
      ApiErrorCode.TOO_LARGE,
      `A record of ${byteCount} bytes is larger than the ${this.maxRecordBytes} bytes that can be handed to the broker.`,
    );
  }

  /** The partition of each record. */
  async #partitionsOf(
    topic: string,
    records: readonly RecordToWrite[],
    fixed: number | undefined,
  ): Promise<number[]> {
    let count = this.cluster.rememberedPartitionCount(topic) ?? await this.cluster.partitionCount(topic);
    const highest = records.reduce((most, record) => Math.max(most, record.partition ?? -1), fixed ?? -1);
    if (highest >= count) {
      this.cluster.forget(topic);
      count = await this.cluster.partitionCount(topic);
    }
    const sticky = this.#nextPartition++ % count;
    return records.map((record, i) => {
      const partition = record.partition ?? fixed ??
        (record.key === null ? sticky : partitionForKey(record.key, count));
      if (partition < count) return partition;
      throw noSuchPartition(topic, partition, count, record.partition === undefined ? "" : `records[${i}]: `);
    });
  }

  /** Ends reads that wait for records; writes go on. Resolves when the consumers here have left their groups. */
  async endReads(): Promise<void> {
    this.#ending = true;
    this.tails.close();
    this.leases.end();
    const left = this.consumers.end();
    this.cluster.endLent();
    await left;
  }

  /** Aborted when all that is on its way must end. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Ends all that is on its way. */
  close(): void {
    this.#ending = true;
    this.#closing.abort();
    this.leases.end();
    this.consumers.stop();
    this.#gatherer.close();
    this.tails.close();
    this.cluster.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isUnknownTopic({ outcome }: Placed): boolean {
  return "error" in outcome && outcome.error instanceof ResponseError &&
    outcome.error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
}
