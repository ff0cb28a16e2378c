/**
 * A batch of one partition as a consumer gives it: unpacked, its records made one by one when somebody goes through them.
 * @module
 */
import type { ConsumerRecord } from "./consumer_record.ts";
import type { RecordCursor } from "./record_cursor.ts";
import type { TopicPartition } from "./topic_partitions.ts";

export class ConsumerBatch<K = Uint8Array | null, V = Uint8Array | null> implements TopicPartition {
  readonly #cursor: RecordCursor<K, V>;

  constructor(
    readonly topic: string,
    readonly partition: number,
    /** Behind its last record. */
    readonly nextOffset: number,
    /** The end of the partition, as its leader said last; what transactions hide not counted with read_committed. */
    readonly endOffset: number,
    cursor: RecordCursor<K, V>,
  ) {
    this.#cursor = cursor;
  }

  /**
   * May be gone through again. One record is made at a time, so a loop over them costs little more than it looks at.
   * Throws an UnreadableBatchError where a record can't be read.
   */
  get records(): Iterable<ConsumerRecord<K, V>> {
    const cursor = this.#cursor;
    return { [Symbol.iterator]: () => new RecordIterator(cursor.again()) };
  }
}

class RecordIterator<K, V> implements Iterator<ConsumerRecord<K, V>, undefined> {
  readonly #cursor: RecordCursor<K, V>;

  constructor(cursor: RecordCursor<K, V>) {
    this.#cursor = cursor;
  }

  next(): IteratorResult<ConsumerRecord<K, V>, undefined> {
    const value = this.#cursor.next();
    return value === undefined ? { done: true, value } : { done: false, value };
  }
}
