/**
 * The batches of one partition: in which order they are sent, under which identity, and what is sent again.
 *
 * What must be true: batches leave in the order that they were opened; one that failed goes before all that were opened
 * later, and nothing leaves while others that left after it are still on their way, whose fate depends on it. A sequence
 * number, once sent, stays with its batch for as long as that may have been written. When a batch is given up and leaves a gap, the
 * rest goes on under another identity, but for those that may have been written: they keep their number until the
 * broker has said that it does not have them.
 * @module
 */
import type { ProducerIdentity, SenderBatch } from "./sender_batch.ts";
import type { SenderTopic } from "./sender_topic.ts";

const SEQUENCES = 2 ** 31;

export class PartitionQueue {
  readonly topic: SenderTopic;
  readonly partition: number;
  /** In order of their serial numbers. */
  readonly waiting: SenderBatch[] = [];
  /** In the order that they were sent. */
  readonly inFlight: SenderBatch[] = [];
  /** Nothing is sent before. */
  retryAt = 0;
  #identity: ProducerIdentity | undefined;
  #nextSequence = 0;
  /** A batch has left a gap in the sequence. */
  #hasGap = false;
  /** A batch waits again, and those that were sent after it have not all come back. */
  #isRecovering = false;
  /** The broker knows the identity: without that it would take the second batch though the first has not come. */
  #isKnown = false;
  #nextSerial = 0;

  constructor(topic: SenderTopic, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get name(): string {
    return `${this.topic.name}-${this.partition}`;
  }

  get hasGap(): boolean {
    return this.#hasGap;
  }

  get isRecovering(): boolean {
    return this.#isRecovering;
  }

  takeSerial(): number {
    return this.#nextSerial++;
  }

  /** Whether its next batch is closed and nothing is in its way. */
  isReady(now: number): boolean {
    if (this.inFlight.length === 0) this.#isRecovering = false;
    return this.waiting.length > 0 && this.waiting[0]!.isClosed && !this.#isRecovering &&
      now >= this.retryAt &&
      (this.inFlight.length === 0 || this.#mayFollow(this.waiting[0]!));
  }

  /**
   * Whether `batch` may be sent while others are on their way. One that is sent again goes alone: of a producer's batches
   * the broker knows the last five, and what was written without an answer must be among them when it comes again.
   */
  #mayFollow(batch: SenderBatch): boolean {
    return this.#isKnown && !this.#hasGap && batch.attempts === 0 &&
      this.inFlight.every(({ attempts }) => attempts === 0);
  }

  /** Whether it needs an identity that nobody has used in this partition. */
  get needsFreshIdentity(): boolean {
    return this.#hasGap && !this.waiting.some(({ isUncertain }) => isUncertain);
  }

  /** Goes on under `identity` from the first number on. */
  restart(identity: ProducerIdentity): void {
    this.forget();
    this.#identity = identity;
    for (const batch of this.waiting) {
      batch.identity = undefined;
      batch.sequence = -1;
    }
  }

  /** What is sent next, which is on its way after this. `shared`: for partitions that have no identity of their own yet. */
  take(shared: ProducerIdentity | undefined): SenderBatch {
    const batch = this.waiting.shift()!;
    this.inFlight.push(batch);
    if (shared === undefined) {
      this.#isKnown = true;
    } else if (batch.sequence < 0) {
      this.#identity ??= shared;
      batch.identity = this.#identity;
      batch.sequence = this.#nextSequence;
      this.#nextSequence = (this.#nextSequence + batch.count) % SEQUENCES;
    }
    return batch;
  }

  /** It has come back, and is not sent again. `leavesGap`: its number is not written, or nobody knows. */
  finish(batch: SenderBatch, leavesGap: boolean): void {
    this.#land(batch);
    if (!leavesGap) this.#isKnown = true;
    else if (batch.sequence >= 0) this.#hasGap = true;
  }

  /** It has come back, and is sent again. */
  putBack(batch: SenderBatch): void {
    this.#land(batch);
    const behind = this.waiting.findIndex(({ serial }) => serial > batch.serial);
    this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, batch);
    this.#isRecovering = true;
  }

  /** A batch that waits is given up. */
  drop(batch: SenderBatch): void {
    const index = this.waiting.indexOf(batch);
    if (index >= 0) this.waiting.splice(index, 1);
    if (batch.sequence >= 0) this.#hasGap = true;
  }

  /** What was sent under its identity counts for nothing any more. */
  leaveGap(): void {
    this.#hasGap = true;
  }

  /** Begins anew: of what was sent nothing counts. */
  forget(): void {
    this.#identity = undefined;
    this.#nextSequence = 0;
    this.#hasGap = false;
    this.#isKnown = false;
  }

  #land(batch: SenderBatch): void {
    const index = this.inFlight.indexOf(batch);
    if (index >= 0) this.inFlight.splice(index, 1);
  }
}
