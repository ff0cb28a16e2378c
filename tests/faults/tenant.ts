/**
 * A client for tests of faults: one topic, batches of one record each, all of them remembered, and a full read that must
 * show what was acknowledged.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { History, recordValue } from "../crash/history.ts";
import { checkLog, readAgain } from "../crash/log_reader.ts";
import type { MilenaProcess } from "../support/milena_process.ts";
import { batch } from "../support/raw_batch.ts";

export interface TenantOptions {
  readonly topic: string;
  readonly partitionCount: number;
  /** Bytes of each record besides its name. Default 100. */
  readonly paddingBytes?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** What came of one batch. */
export interface ProduceOutcome {
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

export class Tenant implements Disposable {
  readonly topic: string;
  readonly partitionCount: number;
  readonly history = new History();
  readonly #broker: MilenaProcess;
  #connection: Connection;
  readonly #padding: string;
  readonly #nextIndexes: number[];

  /** Connects, and makes its topic. */
  static async create(broker: MilenaProcess, options: TenantOptions): Promise<Tenant> {
    const connection = await connect(broker);
    const { topic, partitionCount, configs = {} } = options;
    const topics = [{
      name: topic,
      numPartitions: partitionCount,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    }];
    const created = await connection.request(api.CreateTopics, { topics, timeoutMs: 5000 });
    assert.equal(created.topics[0]!.errorCode, 0, created.topics[0]!.errorMessage ?? "");
    return new Tenant(broker, connection, options);
  }

  private constructor(broker: MilenaProcess, connection: Connection, options: TenantOptions) {
    this.#broker = broker;
    this.#connection = connection;
    this.topic = options.topic;
    this.partitionCount = options.partitionCount;
    this.#padding = "x".repeat(options.paddingBytes ?? 100);
    this.#nextIndexes = new Array<number>(options.partitionCount).fill(0);
  }

  /** After the broker was started again. */
  async reconnect(): Promise<void> {
    this.#connection.close();
    this.#connection = await connect(this.#broker);
  }

  /** Produces one record. Whatever comes of it is in the history; a refused record counts as unknown. */
  async produce(partition: number): Promise<ProduceOutcome> {
    const name = { producer: "tenant", partition, index: this.#nextIndexes[partition]!++ };
    const records = batch([recordValue(name, this.#padding)]);
    const answer = await this.#connection.request(api.Produce, {
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: this.topic, partitionData: [{ index: partition, records }] }],
    }, { maxVersion: 11 });
    const { errorCode, errorMessage, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
    if (errorCode === 0) this.history.acknowledge(name, baseOffset);
    else this.history.fail(name);
    return { errorCode, errorMessage };
  }

  /** Produces `count` records to each partition, which all must be acknowledged. */
  async produceAll(count: number): Promise<void> {
    for (let round = 0; round < count; round++) {
      for (let partition = 0; partition < this.partitionCount; partition++) {
        const { errorCode, errorMessage } = await this.produce(partition);
        assert.equal(errorCode, 0, `partition ${partition}, record ${round}: ${errorMessage}`);
      }
    }
  }

  /** Reads what is new in all partitions; it must be what was acknowledged. */
  async check(): Promise<void> {
    const { topic, partitionCount } = this;
    await checkLog({ address: this.#broker.kafka, topic, partitionCount }, this.history);
  }

  /** Reads everything from the first record on; it must be what was read before. */
  async checkAgain(): Promise<void> {
    const { topic, partitionCount } = this;
    await readAgain({ address: this.#broker.kafka, topic, partitionCount }, this.history);
    await this.check();
  }

  /** Reads the first record of a partition. Returns its error code. */
  async fetchFirst(partition: number): Promise<number> {
    const answer = await this.#connection.request(api.Fetch, {
      maxWaitMs: 0,
      minBytes: 1,
      topics: [{
        topic: this.topic,
        partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 100_000 }],
      }],
    }, { maxVersion: 12 });
    return answer.responses[0]!.partitions[0]!.errorCode;
  }

  async deleteTopic(): Promise<number> {
    const answer = await this.#connection.request(api.DeleteTopics, {
      topicNames: [this.topic],
      timeoutMs: 5000,
    }, {
      maxVersion: 5,
    });
    return answer.responses[0]!.errorCode;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

function connect(broker: MilenaProcess): Promise<Connection> {
  return Connection.connect({ address: broker.kafka, clientId: "tenant" });
}
