/**
 * The memory that a producer's two threads share: records in slots, what is to be known of each batch beside them, and a
 * ring each way. The caller's thread writes records where they are sent from; no object crosses.
 *
 * A batch is a chain of slots, known by its first. A slot belongs to the caller while it is free or its batch is open,
 * and to the sender from the moment that it closes the batch until the batch comes back through `done`.
 *
 * What must be true, of a batch's word of state:
 *
 *     state = records published | CLOSED
 *
 * Only the caller adds a record: it writes the record behind the published ones, says where the batch ends with it in that
 * one of two cells which the new count will make valid (count & 1), and then publishes by compare-and-exchange of the
 * count. Either side may set CLOSED, at any moment. If the sender does so in between, the exchange fails, nothing that was
 * published has changed, and the record goes into another batch. So neither side ever waits for the other.
 * @module
 */
import { ringInts, SlotRing } from "./slot_ring.ts";

/** Also the most records of a batch: far more than fit. */
export const CLOSED = 1 << 30;
const COUNT_MASK = CLOSED - 1;

const LARGEST_SLOT = 16_384;
const SMALLEST_SLOT = 1024;

/** Int32s of a slot's cell; doubles lie in the same, at half their number. */
const CELL_INTS = 32;
const CELL_DOUBLES = CELL_INTS / 2;

const STATE = 0;
const TOPIC = 1;
const PARTITION = 2;
/** The next slot of the chain, valid unless the slot is the last. */
const NEXT = 3;
/** Bytes in a slot that is not the last. */
const USED = 4;
const ERROR_BYTES = 5;
/** Two each: by the count's lowest bit. */
const LAST_SLOT = 6;
const LAST_USED = 8;
const BYTES = 10;
/** Doubles. */
const MAX_TIMESTAMP = 6;
const BASE_TIMESTAMP = 8;
const OPENED_AT = 9;
const BASE_OFFSET = 10;
const APPEND_TIME = 11;

/** Words that are no slot's. */
const SENDER_AWAKE = 0;
const CALLER_AWAKE = 16;
const CALLER_WAITS = 32;
const FIRST_RING = 48;

/** What is told by a number in the ring to the sender: a slot, and what is to be known of it. */
export const RING_OPENED = 0;
export const RING_FULL = 1;

/** How the memory is divided; sent to the other thread as it is. */
export interface BatchMemoryLayout {
  readonly slotBytes: number;
  readonly slotCount: number;
  readonly control: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
}

/** Memory for `bufferBytes` of records, in batches of about `batchBytes`. */
export function makeBatchMemory(bufferBytes: number, batchBytes: number): BatchMemoryLayout {
  const slotBytes = Math.min(LARGEST_SLOT, Math.max(SMALLEST_SLOT, powerOfTwo(batchBytes)));
  const slotCount = Math.max(2, Math.floor(bufferBytes / slotBytes));
  return {
    slotBytes,
    slotCount,
    control: new SharedArrayBuffer(4 * controlInts(slotCount)),
    records: new SharedArrayBuffer(slotBytes * slotCount),
  };
}

function powerOfTwo(atLeast: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, atLeast)));
}

/**
 * A batch is told of when it is opened, and when it is full. Of one that the sender has closed the caller may say that it is
 * full, and go on in the same slot, before the sender looks again: that makes three.
 */
function toSenderCapacity(slotCount: number): number {
  return powerOfTwo(3 * slotCount);
}

function controlInts(slotCount: number): number {
  return FIRST_RING + ringInts(toSenderCapacity(slotCount)) + ringInts(powerOfTwo(slotCount)) +
    // Cells lie on lines of their own.
    CELL_INTS * (slotCount + 1);
}

export class BatchMemory {
  readonly slotBytes: number;
  readonly slotCount: number;
  /** All records; slot n begins at n * slotBytes. */
  readonly records: Uint8Array<SharedArrayBuffer>;
  /** To the sender: 2 * slot + RING_OPENED or RING_FULL. */
  readonly toSender: SlotRing;
  /** To the caller: slots whose batches are done. */
  readonly done: SlotRing;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #ints: Int32Array<SharedArrayBuffer>;
  readonly #doubles: Float64Array<SharedArrayBuffer>;

  constructor({ slotBytes, slotCount, control, records }: BatchMemoryLayout) {
    this.slotBytes = slotBytes;
    this.slotCount = slotCount;
    this.records = new Uint8Array(records);
    const words = new Int32Array(control);
    this.#words = words;
    const toSenderEnd = FIRST_RING + ringInts(toSenderCapacity(slotCount));
    const doneEnd = toSenderEnd + ringInts(powerOfTwo(slotCount));
    this.toSender = new SlotRing(words.subarray(FIRST_RING, toSenderEnd));
    this.done = new SlotRing(words.subarray(toSenderEnd, doneEnd));
    const cells = CELL_INTS * Math.ceil(doneEnd / CELL_INTS);
    this.#ints = words.subarray(cells, cells + CELL_INTS * slotCount);
    this.#doubles = new Float64Array(control, 4 * cells, CELL_DOUBLES * slotCount);
  }

  /** Begins a batch whose first record lies in the slots from `head` to `lastSlot`; it is published with that record. */
  open(head: number, batch: {
    readonly topic: number;
    readonly partition: number;
    readonly lastSlot: number;
    readonly lastUsed: number;
    readonly byteCount: number;
    readonly timestamp: number;
    readonly openedAt: number;
  }): void {
    const cell = head * CELL_INTS;
    const ints = this.#ints;
    ints[cell + TOPIC] = batch.topic;
    ints[cell + PARTITION] = batch.partition;
    ints[cell + LAST_SLOT + 1] = batch.lastSlot;
    ints[cell + LAST_USED + 1] = batch.lastUsed;
    ints[cell + BYTES + 1] = batch.byteCount;
    const doubles = head * CELL_DOUBLES;
    this.#doubles[doubles + MAX_TIMESTAMP + 1] = batch.timestamp;
    this.#doubles[doubles + BASE_TIMESTAMP] = batch.timestamp;
    this.#doubles[doubles + OPENED_AT] = batch.openedAt;
    Atomics.store(ints, cell + STATE, 1);
    this.toSender.push(2 * head + RING_OPENED);
  }

  /**
   * Publishes a record more, after which the batch ends at `lastUsed` of `lastSlot`. `count`: records before it. False: the
   * batch is closed, without the record.
   */
  publish(
    head: number,
    count: number,
    lastSlot: number,
    lastUsed: number,
    byteCount: number,
    maxTimestamp: number,
  ): boolean {
    const cell = head * CELL_INTS;
    const odd = (count + 1) & 1;
    const ints = this.#ints;
    ints[cell + LAST_SLOT + odd] = lastSlot;
    ints[cell + LAST_USED + odd] = lastUsed;
    ints[cell + BYTES + odd] = byteCount;
    this.#doubles[head * CELL_DOUBLES + MAX_TIMESTAMP + odd] = maxTimestamp;
    return Atomics.compareExchange(ints, cell + STATE, count, count + 1) === count;
  }

  /** `slot` has `used` bytes, and what follows lies in `next`. */
  chain(slot: number, used: number, next: number): void {
    this.#ints[slot * CELL_INTS + USED] = used;
    this.#ints[slot * CELL_INTS + NEXT] = next;
  }

  /** Nothing is added any more. Returns the number of records. */
  close(head: number): number {
    return Atomics.or(this.#ints, head * CELL_INTS + STATE, CLOSED) & COUNT_MASK;
  }

  isClosed(head: number): boolean {
    return (Atomics.load(this.#ints, head * CELL_INTS + STATE) & CLOSED) !== 0;
  }

  topicOf(head: number): number {
    return this.#ints[head * CELL_INTS + TOPIC]!;
  }

  partitionOf(head: number): number {
    return this.#ints[head * CELL_INTS + PARTITION]!;
  }

  baseTimestampOf(head: number): number {
    return this.#doubles[head * CELL_DOUBLES + BASE_TIMESTAMP]!;
  }

  openedAt(head: number): number {
    return this.#doubles[head * CELL_DOUBLES + OPENED_AT]!;
  }

  /** Of a closed batch of `count` records. */
  byteCountOf(head: number, count: number): number {
    return this.#ints[head * CELL_INTS + BYTES + (count & 1)]!;
  }

  /** Of a closed batch of `count` records. */
  maxTimestampOf(head: number, count: number): number {
    return this.#doubles[head * CELL_DOUBLES + MAX_TIMESTAMP + (count & 1)]!;
  }

  /** Copies the records of a closed batch of `count` to `into`, from `at` on. */
  copyRecords(head: number, count: number, into: Uint8Array, at: number): void {
    const ints = this.#ints;
    const odd = count & 1;
    const last = ints[head * CELL_INTS + LAST_SLOT + odd]!;
    for (let slot = head;; slot = ints[slot * CELL_INTS + NEXT]!) {
      const used = slot === last ? ints[head * CELL_INTS + LAST_USED + odd]! : ints[slot * CELL_INTS + USED]!;
      const begin = slot * this.slotBytes;
      into.set(this.records.subarray(begin, begin + used), at);
      if (slot === last) return;
      at += used;
    }
  }

  /** The slots of a closed batch of `count` records, one after the other. */
  forEachSlot(head: number, count: number, visit: (slot: number) => void): void {
    const last = this.#ints[head * CELL_INTS + LAST_SLOT + (count & 1)]!;
    for (let slot = head;;) {
      // Whoever is told may use it again.
      const next = this.#ints[slot * CELL_INTS + NEXT]!;
      const isLast = slot === last;
      visit(slot);
      if (isLast) return;
      slot = next;
    }
  }

  /** The batch was delivered: its first record has `baseOffset`. */
  deliver(head: number, baseOffset: number, appendTime: number): void {
    this.#doubles[head * CELL_DOUBLES + BASE_OFFSET] = baseOffset;
    this.#doubles[head * CELL_DOUBLES + APPEND_TIME] = appendTime;
    this.#ints[head * CELL_INTS + ERROR_BYTES] = 0;
    this.done.push(head);
  }

  /** The batch was not delivered: why takes the place of its first records, which nobody needs any more. */
  fail(head: number, why: Uint8Array): void {
    const length = Math.min(why.length, this.slotBytes);
    this.records.set(why.subarray(0, length), head * this.slotBytes);
    this.#ints[head * CELL_INTS + ERROR_BYTES] = length;
    this.done.push(head);
  }

  baseOffsetOf(head: number): number {
    return this.#doubles[head * CELL_DOUBLES + BASE_OFFSET]!;
  }

  appendTimeOf(head: number): number {
    return this.#doubles[head * CELL_DOUBLES + APPEND_TIME]!;
  }

  /** Why a batch was not delivered; undefined: it was. */
  whyOf(head: number): Uint8Array | undefined {
    const length = this.#ints[head * CELL_INTS + ERROR_BYTES]!;
    return length === 0
      ? undefined
      : this.records.slice(head * this.slotBytes, head * this.slotBytes + length);
  }

  /** Whether the sender has to be woken: it sleeps, and nobody has called yet. */
  callSender(): boolean {
    return Atomics.load(this.#words, SENDER_AWAKE) === 0 &&
      Atomics.compareExchange(this.#words, SENDER_AWAKE, 0, 1) === 0;
  }

  /** The sender looks at the ring after this; what is pushed later calls it again. */
  senderLooks(): void {
    Atomics.store(this.#words, SENDER_AWAKE, 0);
  }

  /** As callSender, the other way. */
  callCaller(): boolean {
    return Atomics.load(this.#words, CALLER_AWAKE) === 0 &&
      Atomics.compareExchange(this.#words, CALLER_AWAKE, 0, 1) === 0;
  }

  callerLooks(): void {
    Atomics.store(this.#words, CALLER_AWAKE, 0);
  }

  /** Whether somebody waits for room: batches need not be full then to be sent. */
  get isShort(): boolean {
    return Atomics.load(this.#words, CALLER_WAITS) !== 0;
  }

  set isShort(isShort: boolean) {
    Atomics.store(this.#words, CALLER_WAITS, isShort ? 1 : 0);
  }
}
