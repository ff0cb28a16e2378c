/**
 * A batch as the caller's thread knows it: where it ends, and who wants to know what becomes of which record.
 * @module
 */
import type { RecordMetadata } from "./batch_report.ts";
import type { ProducerTopic } from "./producer_topic.ts";

interface Waiter {
  /** Which of the batch's records. */
  readonly index: number;
  readonly timestamp: number;
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: Error) => void;
}

export class OpenBatch {
  readonly topic: ProducerTopic;
  readonly partition: number;
  /** Its first slot. */
  readonly head: number;
  readonly baseTimestamp: number;
  maxTimestamp: number;
  count = 1;
  byteCount: number;
  lastSlot: number;
  /** Bytes in the last slot. */
  lastUsed: number;
  #waiters: Waiter[] | undefined;
  #onDone: (() => void)[] | undefined;

  constructor(topic: ProducerTopic, partition: number, head: number, timestamp: number, end: {
    readonly lastSlot: number;
    readonly lastUsed: number;
    readonly byteCount: number;
  }) {
    this.topic = topic;
    this.partition = partition;
    this.head = head;
    this.baseTimestamp = this.maxTimestamp = timestamp;
    this.lastSlot = end.lastSlot;
    this.lastUsed = end.lastUsed;
    this.byteCount = end.byteCount;
  }

  /** Where the record that was appended last lies, as soon as that is known. */
  lastRecord(timestamp: number): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      (this.#waiters ??= []).push({ index: this.count - 1, timestamp, resolve, reject });
    });
  }

  delivered(baseOffset: number, appendTime: number): void {
    const { topic: { name: topic }, partition } = this;
    for (const { index, timestamp, resolve } of this.#waiters ?? []) {
      resolve({
        topic,
        partition,
        offset: baseOffset < 0 ? -1 : baseOffset + index,
        timestamp: appendTime < 0 ? timestamp : appendTime,
      });
    }
  }

  /** Returns whether anybody wanted to know. */
  failed(error: Error): boolean {
    for (const { reject } of this.#waiters ?? []) reject(error);
    return this.#waiters !== undefined;
  }

  /** Resolves when it is done, however it ended. */
  done(): Promise<void> {
    return new Promise((resolve) => (this.#onDone ??= []).push(resolve));
  }

  finish(): void {
    for (const onDone of this.#onDone ?? []) onDone();
  }
}
