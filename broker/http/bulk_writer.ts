/**
 * Writes a stream of numbered records while it comes, in memory that does not grow with it.
 *
 * What must be true:
 * - The records of a partition are written in the order they were added: one batch of each partition is on its way at most.
 * - What is held (records that wait, and those on their way) is no more than the window and one record: whoever adds asks
 *   for `hasRoom` after each record, and waits for `room` if there is none.
 * - With acks=all a batch whose answer was lost is sent again, and written once (bulk_producers.ts): a broker that is
 *   restarted, or a leader that moves, holds the stream up and does not end it.
 * - When a record can't be written, all before it are (those of other partitions too), and of its own partition none after
 *   it. Of other partitions some after it may have been written: `written` counts them.
 *
 * Records go into the bytes of a batch at once; none is kept as an object. A batch leaves when it is full, or LINGER_MS
 * after its first record.
 * @module
 */
import { partitionForKey } from "../../client/murmur2.ts";
import { RecordBatch } from "../../protocol/record_batch.ts";
import { BatchBuilder, decodeRecords } from "../../protocol/records.ts";
import type { BulkProducer } from "./bulk_producers.ts";
import type { BulkWindow } from "./bulk_windows.ts";
import type { Gateway } from "./gateway.ts";
import { noSuchPartition } from "./kafka_failures.ts";
import { type Acks, byteCountOf } from "./produce_gatherer.ts";
import { sendBatch } from "./produce_batch.ts";
import { type RecordDurability, weaker } from "./record_durability.ts";
import type { RecordToWrite } from "./records_request.ts";

export interface BulkTarget {
  readonly topic: string;
  /** Where records go that name no partition; undefined: by the key, or any. */
  readonly partition: number | undefined;
  readonly acks: Acks;
}

/** Told of each batch that was written: `numbers` of its records, the first of which is at `baseOffset` (-1: unknown). */
export type OnWritten = (numbers: readonly number[], partition: number, baseOffset: number) => void;

export interface BulkOptions {
  readonly window: BulkWindow;
  readonly onWritten?: OnWritten;
  /** Aborted when a record can't be written: nothing more should come. */
  readonly stop: AbortController;
  /** What a record takes in the memory of whoever waits for `onWritten`. */
  readonly bytesBesides?: number;
}

/** The records written to one partition. Others' may be among them. */
export interface BulkPart {
  readonly partition: number;
  readonly records: number;
  /** -1: unknown (acks=0). */
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly durability: RecordDurability;
}

/** The first record that could not be written, and why. */
export interface BulkFailure {
  readonly number: number;
  readonly error: Error;
}

interface Batch {
  readonly builder: BatchBuilder;
  readonly numbers: number[];
  heldBytes: number;
}

class Lane {
  filling: Batch | undefined;
  readonly ready: Batch[] = [];
  sending = false;
  records = 0;
  firstOffset = -1;
  lastOffset = -1;
  durability: RecordDurability = "disk";
  constructor(readonly partition: number) {}
}

const LINGER_MS = 5;
/** Of a record's number. */
const NUMBER_BYTES = 8;
/** As the gatherer's; a topic's max.message.bytes is a million unless it is set. */
const BATCH_BYTES = 512 * 1024;
/** What a batch may unpack to; these are not compressed. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

export class BulkWriter {
  /** Throws a ResponseError if there is no such topic, an ApiError if there is no such partition. */
  static async open(gateway: Gateway, target: BulkTarget, options: BulkOptions): Promise<BulkWriter> {
    const writer = new BulkWriter(gateway, target, options);
    await writer.#lookUp(target.partition ?? 0);
    // With acks=1 or 0 nobody asks that a batch be there for sure.
    if (target.acks === -1) writer.#producer = await gateway.bulkProducers.lease();
    return writer;
  }

  readonly #gateway: Gateway;
  readonly #target: BulkTarget;
  readonly #options: BulkOptions;
  readonly #lanes = new Map<number, Lane>();
  #producer: BulkProducer | undefined;
  #partitionCount = 0;
  /** Where records without a key go until a batch of them is full. */
  #sticky = Math.floor(Math.random() * 0x7fffffff);
  #batchBytes = BATCH_BYTES;
  #heldBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failure: BulkFailure | undefined;
  #wake: (() => void) | undefined;

  private constructor(gateway: Gateway, target: BulkTarget, options: BulkOptions) {
    this.#gateway = gateway;
    this.#target = target;
    this.#options = options;
  }

  /** Once it is there, add no more. */
  get failure(): BulkFailure | undefined {
    return this.#failure;
  }

  get hasRoom(): boolean {
    return this.#heldBytes <= this.#options.window.bytes && this.#failure === undefined;
  }

  /** Of all records written so far. */
  get durability(): RecordDurability {
    const [first, ...others] = this.parts.map(({ durability }) => durability);
    return first === undefined ? "unknown" : others.reduce(weaker, first);
  }

  /** What was written so far, by partition. */
  get parts(): BulkPart[] {
    return [...this.#lanes.values()].filter(({ records }) => records > 0)
      .map(({ partition, records, firstOffset, lastOffset, durability }) => ({
        partition,
        records,
        firstOffset,
        lastOffset,
        durability,
      }))
      .sort((a, b) => a.partition - b.partition);
  }

  /** Takes a record, whose bytes may be reused at once. Numbers only grow. Throws an ApiError if there is no such partition. */
  add(record: RecordToWrite, number: number): void {
    const lane = this.#laneOf(record);
    let batch = lane.filling;
    if (batch !== undefined && batch.builder.sizeInBytes + byteCountOf(record) > this.#fullBytes()) {
      this.#seal(lane);
      batch = undefined;
    }
    batch ??= lane.filling = { builder: new BatchBuilder(), numbers: [], heldBytes: 0 };
    const before = batch.builder.sizeInBytes;
    batch.builder.append({ ...record, timestamp: record.timestamp ?? Date.now() });
    batch.numbers.push(number);
    const bytes = batch.builder.sizeInBytes - before + NUMBER_BYTES + (this.#options.bytesBesides ?? 0);
    batch.heldBytes += bytes;
    this.#heldBytes += bytes;
    this.#timer ??= setTimeout(() => this.#sealAll(), LINGER_MS);
  }

  /** Resolves when there is room for another record, or when there is a failure. */
  async room(): Promise<void> {
    while (!this.hasRoom && this.#failure === undefined) {
      // Many partitions may have a little each, and none a full batch.
      this.#sealAll();
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Resolves when all that was added is written, or can't be. Nothing may be added any more. */
  async finish(): Promise<void> {
    this.#sealAll();
    while ([...this.#lanes.values()].some(({ sending }) => sending)) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#producer !== undefined) this.#gateway.bulkProducers.giveBack(this.#producer);
    this.#producer = undefined;
  }

  async #lookUp(highest: number): Promise<void> {
    const { topic } = this.#target;
    const { cluster } = this.#gateway;
    this.#partitionCount = await cluster.partitionCount(topic);
    if (highest < this.#partitionCount) return;
    cluster.forget(topic);
    this.#partitionCount = await cluster.partitionCount(topic);
    if (highest >= this.#partitionCount) throw noSuchPartition(topic, highest, this.#partitionCount);
  }

  #laneOf(record: RecordToWrite): Lane {
    const count = this.#partitionCount;
    const partition = record.partition ?? this.#target.partition ??
      (record.key === null ? this.#sticky % count : partitionForKey(record.key, count));
    if (partition >= count) throw noSuchPartition(this.#target.topic, partition, count);
    let lane = this.#lanes.get(partition);
    if (lane === undefined) {
      lane = new Lane(partition);
      this.#lanes.set(partition, lane);
    }
    return lane;
  }

  #fullBytes(): number {
    return Math.min(this.#batchBytes, this.#options.window.bytes / 2);
  }

  #sealAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const lane of this.#lanes.values()) this.#seal(lane);
  }

  #seal(lane: Lane): void {
    if (lane.filling === undefined) return;
    lane.ready.push(lane.filling);
    lane.filling = undefined;
    if (lane.partition === this.#sticky % this.#partitionCount) this.#sticky++;
    if (!lane.sending) void this.#drain(lane);
  }

  async #drain(lane: Lane): Promise<void> {
    lane.sending = true;
    for (let batch = lane.ready.shift(); batch !== undefined; batch = lane.ready.shift()) {
      await this.#write(lane, batch);
      this.#heldBytes -= batch.heldBytes;
      this.#wake?.();
    }
    lane.sending = false;
    this.#wake?.();
  }

  /** Writes a batch, or its records one after the other up to the one that is refused. */
  async #write(lane: Lane, { builder, numbers }: Batch): Promise<void> {
    if (this.#failure !== undefined && this.#failure.number < numbers[0]!) return;
    const { topic, acks } = this.#target;
    const { partition } = lane;
    const producer = this.#producer;
    const bytes = builder.finish(producer?.next(topic, partition));
    const result = await sendBatch(this.#gateway.cluster, { topic, partition, records: bytes }, {
      acks,
      mayRepeat: producer !== undefined,
      signal: this.#gateway.closing,
    });
    if (!("error" in result)) {
      producer?.written(topic, partition, numbers.length);
      lane.records += numbers.length;
      lane.durability = weaker(lane.durability, result.durability);
      if (lane.firstOffset < 0) lane.firstOffset = result.baseOffset;
      if (result.baseOffset >= 0) lane.lastOffset = result.baseOffset + numbers.length - 1;
      this.#options.onWritten?.(numbers, partition, result.baseOffset);
      return;
    }
    if (!result.divisible) producer?.spoil();
    if (!result.divisible || numbers.length === 1) return this.#fail(numbers[0]!, result.error);
    // Where batches of this size are too large for the topic, the next need not be tried.
    this.#batchBytes = Math.max(1, Math.min(this.#batchBytes, bytes.length / 2));
    for (const half of halves(bytes, numbers)) await this.#write(lane, half);
  }

  #fail(number: number, error: Error): void {
    if (this.#failure === undefined || number < this.#failure.number) this.#failure = { number, error };
    this.#options.stop.abort();
  }
}

function halves(bytes: Uint8Array, numbers: readonly number[]): [Batch, Batch] {
  const middle = numbers.length >> 1;
  const result: [Batch, Batch] = [
    { builder: new BatchBuilder(bytes.length), numbers: numbers.slice(0, middle), heldBytes: 0 },
    { builder: new BatchBuilder(bytes.length), numbers: numbers.slice(middle), heldBytes: 0 },
  ];
  let index = 0;
  for (const record of decodeRecords(new RecordBatch(bytes), { maxBytes: MAX_UNPACKED_BYTES })) {
    result[index++ < middle ? 0 : 1].builder.append(record);
  }
  return result;
}
