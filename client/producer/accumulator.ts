/**
 * Where records wait for their batch to be sent, as the caller's thread sees it: takes free slots, fills batches, and gets
 * the slots back when batches are done.
 *
 * What must be true: `append` either writes the whole record and publishes it, or changes nothing that anybody else can
 * see; every slot is free, or in a batch that is not done, and never both; a slot that came back is in no open batch.
 * @module
 */
import { uvarintSize } from "../../protocol/wire_size.ts";
import { BATCH_OVERHEAD } from "../../protocol/record_batch.ts";
import { type BatchMemory, RING_FULL } from "./batch_memory.ts";
import { OpenBatch } from "./open_batch.ts";
import type { ProducerTopic } from "./producer_topic.ts";
import type { RecordWriter } from "./record_writer.ts";

export class Accumulator {
  readonly #memory: BatchMemory;
  /** Bytes of records at which a batch is full. */
  readonly #batchBytes: number;
  readonly #now: () => number;
  readonly #free: Int32Array;
  #freeCount: number;
  /** By first slot. */
  readonly #batches: (OpenBatch | undefined)[];
  #outstanding = 0;
  /** Whether something was pushed for the sender since this was set to false. */
  hasNews = false;

  /** @param now milliseconds, the same for both threads. */
  constructor(memory: BatchMemory, batchBytes: number, now: () => number) {
    this.#memory = memory;
    this.#batchBytes = Math.max(0, batchBytes - BATCH_OVERHEAD);
    this.#now = now;
    this.#freeCount = memory.slotCount;
    // The lowest on top: memory that was never used stays so.
    this.#free = Int32Array.from({ length: memory.slotCount }, (_, index) => memory.slotCount - 1 - index);
    this.#batches = new Array(memory.slotCount);
  }

  get freeBytes(): number {
    return this.#freeCount * this.#memory.slotBytes;
  }

  /** Batches that are not done. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Appends what `writer` has; returns its batch, or undefined: there is no room. */
  append(
    topic: ProducerTopic,
    partition: number,
    timestamp: number,
    writer: RecordWriter,
  ): OpenBatch | undefined {
    const batch = topic.open[partition];
    if (batch !== undefined) {
      const delta = timestamp - batch.baseTimestamp;
      const length = writer.lengthOf(delta, batch.count);
      const size = uvarintSize(2 * length) + length;
      if (batch.byteCount + size > this.#batchBytes) {
        this.close(batch);
      } else {
        const appended = batch.lastUsed + size <= this.#memory.slotBytes
          ? this.#extend(batch, timestamp, writer, length, size)
          : this.#extendByChain(batch, timestamp, writer, length, size);
        if (appended !== false) return appended;
        // The sender has closed it.
        topic.open[partition] = undefined;
      }
    }
    return this.#open(topic, partition, timestamp, writer);
  }

  /** Whether a record of `size` bytes would not go into the batch that is open in `partition`, if one is. */
  isFullFor(topic: ProducerTopic, partition: number, size: number): boolean {
    const batch = topic.open[partition];
    return batch === undefined || batch.byteCount + size > this.#batchBytes ||
      this.#memory.isClosed(batch.head);
  }

  /** Has the batch sent as soon as may be. */
  close(batch: OpenBatch): void {
    this.#memory.close(batch.head);
    this.#memory.toSender.push(2 * batch.head + RING_FULL);
    this.hasNews = true;
    batch.topic.open[batch.partition] = undefined;
  }

  /** Batches that are not done, in no order. */
  *batches(): Generator<OpenBatch> {
    for (const batch of this.#batches) if (batch !== undefined) yield batch;
  }

  /** The batch of a slot that came back, whose slots are free after this. */
  takeBack(head: number): OpenBatch {
    const batch = this.#batches[head]!;
    const { topic, partition } = batch;
    this.#batches[head] = undefined;
    this.#outstanding--;
    topic.outstanding[partition]!--;
    if (topic.open[partition] === batch) topic.open[partition] = undefined;
    this.#memory.forEachSlot(head, batch.count, (slot) => this.#free[this.#freeCount++] = slot);
    return batch;
  }

  #extend(
    batch: OpenBatch,
    timestamp: number,
    writer: RecordWriter,
    length: number,
    size: number,
  ): OpenBatch | false {
    const { records, slotBytes } = this.#memory;
    const at = batch.lastSlot * slotBytes + batch.lastUsed;
    writer.write(records, at, length, timestamp - batch.baseTimestamp, batch.count);
    return this.#publish(batch, timestamp, batch.lastSlot, batch.lastUsed + size, size);
  }

  /** undefined: there is no room for the slots it takes. */
  #extendByChain(
    batch: OpenBatch,
    timestamp: number,
    writer: RecordWriter,
    length: number,
    size: number,
  ): OpenBatch | false | undefined {
    const chain = this.#writeChain(size, writer, length, timestamp - batch.baseTimestamp, batch.count);
    if (chain === undefined) return undefined;
    this.#memory.chain(batch.lastSlot, batch.lastUsed, chain.first);
    const published = this.#publish(batch, timestamp, chain.last, chain.lastUsed, size);
    if (published === false) this.#giveBack(chain);
    return published;
  }

  #publish(
    batch: OpenBatch,
    timestamp: number,
    lastSlot: number,
    lastUsed: number,
    size: number,
  ): OpenBatch | false {
    const maxTimestamp = timestamp > batch.maxTimestamp ? timestamp : batch.maxTimestamp;
    const byteCount = batch.byteCount + size;
    if (!this.#memory.publish(batch.head, batch.count, lastSlot, lastUsed, byteCount, maxTimestamp)) {
      return false;
    }
    batch.count++;
    batch.byteCount = byteCount;
    batch.lastSlot = lastSlot;
    batch.lastUsed = lastUsed;
    batch.maxTimestamp = maxTimestamp;
    return batch;
  }

  #open(
    topic: ProducerTopic,
    partition: number,
    timestamp: number,
    writer: RecordWriter,
  ): OpenBatch | undefined {
    const length = writer.lengthOf(0, 0);
    const size = uvarintSize(2 * length) + length;
    const chain = this.#writeChain(size, writer, length, 0, 0);
    if (chain === undefined) return undefined;
    const end = { lastSlot: chain.last, lastUsed: chain.lastUsed, byteCount: size };
    const batch = new OpenBatch(topic, partition, chain.first, timestamp, end);
    topic.open[partition] = batch;
    topic.outstanding[partition] = (topic.outstanding[partition] ?? 0) + 1;
    this.#batches[batch.head] = batch;
    this.#outstanding++;
    this.#memory.open(batch.head, { topic: topic.id, partition, timestamp, openedAt: this.#now(), ...end });
    this.hasNews = true;
    return batch;
  }

  /** Writes a record into slots of its own. */
  #writeChain(
    size: number,
    writer: RecordWriter,
    length: number,
    timestampDelta: number,
    offsetDelta: number,
  ): Chain | undefined {
    const { records, slotBytes } = this.#memory;
    const slotCount = Math.ceil(size / slotBytes);
    if (slotCount > this.#freeCount) return undefined;
    const first = this.#free[--this.#freeCount]!;
    if (slotCount === 1) {
      writer.write(records, first * slotBytes, length, timestampDelta, offsetDelta);
      return { first, last: first, lastUsed: size, slots: [first] };
    }
    const whole = new Uint8Array(size);
    writer.write(whole, 0, length, timestampDelta, offsetDelta);
    const slots = [first];
    for (let slot = first, at = 0;;) {
      const piece = whole.subarray(at, at + slotBytes);
      records.set(piece, slot * slotBytes);
      at += piece.length;
      if (at === size) return { first, last: slot, lastUsed: piece.length, slots };
      const next = this.#free[--this.#freeCount]!;
      this.#memory.chain(slot, piece.length, next);
      slots.push(next);
      slot = next;
    }
  }

  #giveBack({ slots }: Chain): void {
    for (const slot of slots) this.#free[this.#freeCount++] = slot;
  }
}

interface Chain {
  readonly first: number;
  readonly last: number;
  readonly lastUsed: number;
  readonly slots: readonly number[];
}
