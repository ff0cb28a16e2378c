/**
 * A producer with two threads: this one, the caller's, writes records into batches in shared memory; the other, the
 * sender's, compresses and transmits them (sender.ts). With `sender: "inline"` the second half runs in this thread too.
 *
 * What must be true: records of one partition are written in the order of the calls; no more than `buffer.memory` is held
 * for records that were taken; every record that was taken is told of once, by its promise, by its batch's report, or, if
 * nobody listens and it was not delivered, by `flush` or `close`.
 * @module
 */
import { checkOffset } from "../consumer/check_offset.ts";
import type { OffsetToCommit } from "../consumer/committed_offsets.ts";
import type { GroupMetadata } from "../consumer/consumer_core.ts";
import type { Serializer } from "../serializers/serializer.ts";
import { Accumulator } from "./accumulator.ts";
import { BatchMemory, makeBatchMemory } from "./batch_memory.ts";
import type { RecordMetadata } from "./batch_report.ts";
import { monotonicMs } from "./monotonic.ts";
import type { OpenBatch } from "./open_batch.ts";
import { MOST_OVERHEAD, PartitionChooser } from "./partition_chooser.ts";
import { errorOfBytes, ProducerError, receivedError } from "./producer_error.ts";
import {
  type ProducerConfig,
  type ProducerValues,
  producerValues,
  senderOptions,
} from "./producer_options.ts";
import { ProducerTopic } from "./producer_topic.ts";
import { type HeaderToWrite, RecordWriter } from "./record_writer.ts";
import { settledWithin } from "../settled_within.ts";
import { SenderClient } from "./sender_client.ts";
import type { FromSender, SenderMetrics } from "./sender_messages.ts";
import { TransactionState } from "./transaction_state.ts";
import { WaitingRecords } from "./waiting_records.ts";

export interface ProducerRecord<K, V> {
  readonly topic: string;
  readonly key?: K;
  readonly value?: V;
  readonly headers?: readonly HeaderToWrite[];
  /** Default: chosen by the key as Java's producer does, or to fill batches. */
  readonly partition?: number;
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number;
}

export interface ProducerMetrics extends SenderMetrics {
  readonly bufferTotalBytes: number;
  readonly bufferAvailableBytes: number;
  /** Batches that are not done. */
  readonly outstandingBatches: number;
}

/** What a producer without serializers takes. */
export type Plain = Uint8Array | string | null | undefined;

export class Producer<K = Plain, V = Plain> {
  readonly #values: ProducerValues;
  readonly #keySerializer: Serializer<K>;
  readonly #valueSerializer: Serializer<V>;
  readonly #memory: BatchMemory;
  readonly #bufferBytes: number;
  readonly #accumulator: Accumulator;
  readonly #chooser: PartitionChooser;
  readonly #writer = new RecordWriter();
  readonly #sender: SenderClient;
  readonly #topics = new Map<string, ProducerTopic>();
  readonly #waiting: WaitingRecords;
  readonly #transaction: TransactionState | undefined;
  /** The topic of the last record: mostly it is that of the next. */
  #lastTopic: ProducerTopic | undefined;
  #lastTimestamp = 0;
  #isCollecting = false;
  #isClosed = false;
  #fatal: Error | undefined;
  /** Of batches whose fate nobody was told. */
  #untold: Error | undefined;
  #closing: Promise<void> | undefined;

  /** Throws a ConfigError. */
  constructor(config: ProducerConfig<K, V>) {
    const values = producerValues(config);
    this.#values = values;
    this.#keySerializer = values["key.serializer"];
    this.#valueSerializer = values["value.serializer"];
    const layout = makeBatchMemory(values["buffer.memory"], values["batch.size"]);
    this.#bufferBytes = layout.slotBytes * layout.slotCount;
    this.#memory = new BatchMemory(layout);
    this.#accumulator = new Accumulator(this.#memory, values["batch.size"], monotonicMs);
    this.#chooser = new PartitionChooser(this.#accumulator, {
      partitioner: values.partitioner,
      areKeysIgnored: values["partitioner.ignore.keys"],
      isAdaptive: values["partitioner.adaptive.partitioning.enable"],
      batchBytes: values["batch.size"],
    });
    this.#waiting = new WaitingRecords(values["max.block.ms"]);
    this.#transaction = values["transactional.id"] === null ? undefined : new TransactionState();
    this.#sender = new SenderClient(values.sender, senderOptions(values, layout), {
      token: values["sasl.oauthbearer.token"],
      onMessage: (message) => this.#receive(message),
      onBroken: (error) => this.#break(error),
    });
  }

  /** Sends a record; resolves when it is acknowledged. Rejects with an error that says whether trying again may help. */
  send(record: ProducerRecord<K, V>): Promise<RecordMetadata> {
    try {
      this.#checkUsable();
      const batch = this.#appended(record);
      if (batch !== undefined) return batch.lastRecord(this.#lastTimestamp);
      return new Promise((resolve, reject) => {
        this.#wait(record, reject, (batch) => resolve(batch.lastRecord(this.#lastTimestamp)));
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends a record without a promise for it: what became of it is told with its batch, to `on.batch`. Returns undefined if
   * it was taken; otherwise a promise to await before the next: it resolves when the record was taken, as soon as there is
   * room or its topic is known. Throws, or rejects, if it can't be taken.
   */
  append(record: ProducerRecord<K, V>): Promise<void> | undefined {
    this.#checkUsable();
    if (this.#appended(record) !== undefined) return undefined;
    return new Promise((resolve, reject) => this.#wait(record, reject, () => resolve()));
  }

  /** Sends what is open, and waits until all that was taken until now has come to its end. */
  async flush(): Promise<void> {
    // Records may still wait to be taken.
    await this.#waiting.settled();
    const batches = [...this.#accumulator.batches()];
    for (const batch of batches) {
      if (batch.topic.open[batch.partition] === batch) this.#accumulator.close(batch);
    }
    this.#callSender();
    await Promise.all(batches.map((batch) => batch.done()));
    this.#throwUntold();
  }

  /**
   * Waits until all is delivered, or has failed, and ends. After `timeoutMs` what is not delivered is given up. An open
   * transaction is aborted.
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** How many partitions a topic has; the cluster creates it if it does that by itself. */
  async partitionsFor(topic: string): Promise<number> {
    this.#checkUsable();
    return (await this.#topicKnown(topic)).partitionCount;
  }

  /** What there is of memory now, and what was sent since the start. */
  async metrics(): Promise<ProducerMetrics> {
    const sent = await this.#sender.call("metrics");
    return {
      ...sent,
      bufferTotalBytes: this.#bufferBytes,
      bufferAvailableBytes: this.#accumulator.freeBytes,
      outstandingBatches: this.#accumulator.outstanding,
    };
  }

  /** Before the first transaction: fences other producers of the transactional id, and ends what they left open. */
  async initTransactions(): Promise<void> {
    const transaction = this.#transactional();
    transaction.check("initTransactions");
    await this.#sender.call("initTransactions");
    transaction.initialised();
  }

  beginTransaction(): void {
    this.#checkUsable();
    this.#transactional().begin();
  }

  /** Makes offsets of a consumer's group a part of the transaction: they are committed with it. */
  async sendOffsetsToTransaction(offsets: readonly OffsetToCommit[], group: GroupMetadata): Promise<void> {
    this.#transactional().check("sendOffsetsToTransaction");
    for (const { offset } of offsets) checkOffset(offset);
    if (offsets.length > 0) await this.#sender.call("sendOffsets", [...offsets], { ...group });
  }

  /** Delivers what was taken and commits it. If something was not delivered it rejects, and the transaction is to be aborted. */
  async commitTransaction(): Promise<void> {
    const transaction = this.#transactional();
    transaction.commit();
    try {
      await this.flush();
      transaction.checkCommitting();
      await this.#sender.call("endTransaction", true);
    } catch (error) {
      transaction.failed(error as Error);
      throw error;
    }
    transaction.ended();
  }

  /** Nothing of the transaction will be seen by who reads what is committed. */
  async abortTransaction(): Promise<void> {
    const transaction = this.#transactional();
    transaction.check("abortTransaction");
    this.#waiting.rejectAll(new ProducerError("aborted", "the record's transaction was aborted", false));
    transaction.aborting();
    try {
      await this.#sender.call("endTransaction", false);
    } catch (error) {
      transaction.failed(error as Error);
      throw error;
    }
    this.#collect();
    this.#untold = undefined;
    transaction.ended();
  }

  #transactional(): TransactionState {
    if (this.#fatal !== undefined) throw this.#fatal;
    if (this.#transaction !== undefined) return this.#transaction;
    throw new ProducerError("state", 'transactions need a producer with a "transactional.id"', false);
  }

  #checkUsable(): void {
    if (this.#fatal !== undefined) throw this.#fatal;
    if (this.#isClosed) throw new ProducerError("closed", "the producer is closed", false);
  }

  /** The batch that took the record; undefined: its topic is not known, or there is no room, or others wait for it. */
  #appended(record: ProducerRecord<K, V>): OpenBatch | undefined {
    const topic = this.#lastTopic?.name === record.topic ? this.#lastTopic : this.#topics.get(record.topic);
    this.#transaction?.check("send");
    if (topic === undefined || !this.#waiting.isEmpty) return undefined;
    this.#lastTopic = topic;
    const batch = this.#put(topic, record);
    if (batch !== undefined || this.#isCollecting) return batch;
    // Batches may be done that nobody has looked at yet.
    this.#collect();
    return this.#waiting.isEmpty ? this.#put(topic, record) : undefined;
  }

  #wait(
    record: ProducerRecord<K, V>,
    reject: (error: Error) => void,
    onTaken: (batch: OpenBatch) => void,
  ): void {
    const { partition } = record;
    const timestamp = timestampOf(record);
    checkTopic(record.topic);
    this.#take(record);
    const kept = this.#writer.keep();
    const waiting = {
      topic: record.topic,
      deadline: this.#waiting.deadline,
      reject,
      attempt: (topic: ProducerTopic) => {
        this.#writer.takeKept(kept);
        const batch = this.#putTaken(topic, partition, timestamp);
        if (batch === undefined) return false;
        onTaken(batch);
        return true;
      },
    };
    const topic = this.#topics.get(record.topic);
    if (topic !== undefined) {
      this.#waiting.waitForRoom(topic, waiting);
      this.#hurry();
      return;
    }
    this.#waiting.waitForTopic(waiting);
    this.#sender.tell({ kind: "topic", name: record.topic, isAgain: false });
  }

  #put(topic: ProducerTopic, record: ProducerRecord<K, V>): OpenBatch | undefined {
    this.#take(record);
    return this.#putTaken(topic, record.partition, timestampOf(record));
  }

  /** Appends what the writer has taken. */
  #putTaken(topic: ProducerTopic, wanted: number | undefined, timestamp: number): OpenBatch | undefined {
    const writer = this.#writer;
    this.#checkSize(topic);
    const partition = wanted ?? this.#chooser.choose(topic, writer);
    if (!(partition >= 0 && partition < topic.partitionCount && Number.isInteger(partition))) {
      throw this.#noPartition(topic, partition);
    }
    const batch = this.#accumulator.append(topic, partition, timestamp, writer);
    if (batch !== undefined) {
      this.#lastTimestamp = timestamp;
      this.#chooser.chosen(topic, partition, writer.payloadSize);
    }
    if (this.#accumulator.hasNews) {
      this.#accumulator.hasNews = false;
      this.#callSender();
    }
    return batch;
  }

  #take({ topic: name, key, value, headers }: ProducerRecord<K, V>): void {
    try {
      this.#writer.take(
        key === undefined ? null : this.#keySerializer.serialize(key, name),
        value === undefined ? null : this.#valueSerializer.serialize(value, name),
        headers,
      );
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ProducerError(
        "not-serialized",
        `a record for ${name} can't be made bytes: ${reason}`,
        false,
        {
          cause: error,
        },
      );
    }
  }

  #checkSize(topic: ProducerTopic): void {
    const size = this.#writer.payloadSize;
    const most = Math.min(this.#values["max.request.size"], this.#bufferBytes - MOST_OVERHEAD);
    if (size <= most) return;
    const key = most < this.#values["max.request.size"] ? "buffer.memory" : "max.request.size";
    throw new ProducerError(
      "too-large",
      `a record for ${topic.name} has ${size} bytes, where ${key} allows ${most}: raise it, and the topic's ` +
        "max.message.bytes with it, or send less",
      false,
    );
  }

  #noPartition(topic: ProducerTopic, partition: number): ProducerError {
    const mayCome = Number.isInteger(partition) && partition >= 0;
    // Perhaps it has some that were added a moment ago.
    this.#sender.tell({ kind: "topic", name: topic.name, isAgain: true });
    return new ProducerError(
      "no-partition",
      `a record is for partition ${partition} of ${topic.name}, which has ${topic.partitionCount}, from 0 on`,
      mayCome,
    );
  }

  #callSender(): void {
    if (this.#memory.callSender()) this.#sender.tell(0);
  }

  /** Somebody waits for room: batches are sent as they are. */
  #hurry(): void {
    this.#memory.isShort = true;
    this.#callSender();
  }

  #receive(message: FromSender): void {
    if (message === 0) {
      this.#memory.callerLooks();
      return this.#collect();
    }
    switch (message.kind) {
      case "topic": {
        const { name, id, partitionCount, available } = message;
        let topic = this.#topics.get(name);
        if (topic === undefined) {
          topic = new ProducerTopic(name, id, partitionCount, available);
          this.#topics.set(name, topic);
        }
        topic.partitionCount = partitionCount;
        topic.available = available;
        this.#waiting.topicFound(topic);
        return this.#goOn();
      }
      case "noTopic":
        if (!message.isFinal) {
          return this.#waiting.topicNotFoundYet(message.name, receivedError(message.error));
        }
        return this.#waiting.topicNotFound(message.name, receivedError(message.error));
      case "fatal":
        this.#fatal = receivedError(message.error);
        return this.#waiting.rejectAll(this.#fatal);
      case "abortable":
        return this.#transaction?.failed(receivedError(message.error));
    }
  }

  /** Takes back what is done, tells of it, and lets those go on that wait. */
  #collect(): void {
    if (this.#isCollecting) return;
    this.#isCollecting = true;
    try {
      for (let head = this.#memory.done.take(); head >= 0; head = this.#memory.done.take()) this.#done(head);
    } finally {
      this.#isCollecting = false;
    }
    this.#goOn();
  }

  #goOn(): void {
    this.#waiting.goOn();
    if (!this.#waiting.isEmpty) this.#hurry();
    // Also where those that waited have given up.
    else this.#memory.isShort = false;
  }

  #done(head: number): void {
    const memory = this.#memory;
    const why = memory.whyOf(head);
    const baseOffset = memory.baseOffsetOf(head);
    const appendTime = memory.appendTimeOf(head);
    const batch = this.#accumulator.takeBack(head);
    this.#tellOf(batch, baseOffset, appendTime, why === undefined ? undefined : errorOfBytes(why));
  }

  #tellOf(batch: OpenBatch, baseOffset: number, logAppendTime: number, error: Error | undefined): void {
    const onBatch = this.#values["on.batch"];
    if (error === undefined) batch.delivered(baseOffset, logAppendTime);
    else if (!batch.failed(error) && onBatch === null) this.#untold ??= error;
    if (onBatch !== null) {
      const { topic: { name: topic }, partition, count: recordCount } = batch;
      const report = { topic, partition, recordCount, baseOffset, logAppendTime, error };
      try {
        onBatch(error === undefined ? report : { ...report, baseOffset: -1, logAppendTime: -1 });
      } catch (thrown) {
        // It is not ours to handle, and must not stop what we do.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
    batch.finish();
  }

  #throwUntold(): void {
    const error = this.#untold;
    this.#untold = undefined;
    if (error !== undefined) throw error;
  }

  #topicKnown(name: string): Promise<ProducerTopic> {
    const topic = this.#topics.get(name);
    if (topic !== undefined) return Promise.resolve(topic);
    return new Promise((resolve, reject) => {
      this.#waiting.waitForTopic({
        topic: name,
        deadline: this.#waiting.deadline,
        reject,
        attempt: (topic) => {
          resolve(topic);
          return true;
        },
      });
      this.#sender.tell({ kind: "topic", name, isAgain: false });
    });
  }

  async #close(timeoutMs: number | undefined): Promise<void> {
    this.#isClosed = true;
    try {
      const ending = this.#transaction?.isOpen && this.#fatal === undefined
        // Where that fails the coordinator aborts it, when its time is over or the next producer of the id comes.
        ? this.abortTransaction().catch(() => {})
        : this.flush();
      await (timeoutMs === undefined ? ending : settledWithin(ending, timeoutMs));
    } finally {
      await this.#sender.call("close").catch(() => {});
      this.#collect();
      this.#waiting.rejectAll(new ProducerError("closed", "the producer was closed", false));
      this.#sender.end();
    }
    this.#throwUntold();
  }

  /** The sender's thread is no more. */
  #break(error: Error): void {
    this.#fatal = new ProducerError("failed", `the sender's thread has ended: ${error.message}`, false, {
      cause: error,
    });
    this.#collect();
    this.#waiting.rejectAll(this.#fatal);
    for (const { head } of [...this.#accumulator.batches()]) {
      this.#tellOf(this.#accumulator.takeBack(head), -1, -1, this.#fatal);
    }
  }
}

/** One that is no number of milliseconds would take the others of its batch with it. */
function timestampOf({ topic, timestamp }: ProducerRecord<unknown, unknown>): number {
  const ms = timestamp ?? Date.now();
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new ProducerError(
    "not-serialized",
    `a record for ${topic} has the timestamp ${ms}, but it must be milliseconds since 1970: a whole number of at least 0`,
    false,
  );
}

function checkTopic(name: unknown): void {
  if (typeof name === "string" && name !== "") return;
  throw new ProducerError(
    "not-serialized",
    `a record has ${JSON.stringify(name)} for a topic, but it must be a text that is not empty`,
    false,
  );
}
