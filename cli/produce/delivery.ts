/**
 * What became of the records that were handed to the producer, told in the end in a sentence.
 *
 * What must be true: what it counts as delivered was acknowledged.
 * @module
 */
import type { BatchReport } from "../../client/mod.ts";
import { showBytes, showCount, showMany, showSeconds } from "../units.ts";

interface Part {
  count: number;
  /** -1: nobody said (acks=0). */
  firstOffset: number;
  lastOffset: number;
}

export interface DeliveryFigures {
  readonly topic: string;
  /** Of keys and values. */
  readonly bytes: number;
  readonly seconds: number;
}

export class Delivery {
  readonly #parts = new Map<number, Part>();
  #delivered = 0;
  #lost = 0;
  #beforeFailure = 0;
  #failure: BatchReport | undefined;

  get delivered(): number {
    return this.#delivered;
  }

  /** The first batch that could not be delivered. */
  get failure(): BatchReport | undefined {
    return this.#failure;
  }

  /** Records told of before it. */
  get beforeFailure(): number {
    return this.#beforeFailure;
  }

  /** "12 records could not be delivered" */
  get lostText(): string {
    return `${showMany(this.#lost, "record")} could not be delivered`;
  }

  add(report: BatchReport): void {
    const { partition, recordCount, baseOffset, error } = report;
    if (error !== undefined) {
      if (this.#failure === undefined) this.#beforeFailure = this.#delivered;
      this.#failure ??= report;
      this.#lost += recordCount;
      return;
    }
    this.#delivered += recordCount;
    const part = this.#parts.get(partition);
    const lastOffset = baseOffset < 0 ? -1 : baseOffset + recordCount - 1;
    if (part === undefined) {
      this.#parts.set(partition, { count: recordCount, firstOffset: baseOffset, lastOffset });
    } else {
      part.count += recordCount;
      part.lastOffset = lastOffset;
    }
  }

  /** "3 records written to orders-2, offsets 5 to 7, in 0.01 s" */
  summary({ topic, bytes, seconds }: DeliveryFigures): string {
    const many = showMany(this.#delivered, "record");
    if (this.#delivered === 0) return `nothing written to ${topic}`;
    const rate = this.#delivered < 1000 || this.#lost > 0
      ? ""
      : `: ${showCount(Math.round(this.#delivered / seconds))} records/s, ${showBytes(bytes / seconds)}/s`;
    const [[partition, { firstOffset, lastOffset }]] = [...this.#parts] as [[number, Part]];
    const offsets = firstOffset < 0
      ? ""
      : firstOffset === lastOffset
      ? `, offset ${firstOffset},`
      : `, offsets ${showCount(firstOffset)} to ${showCount(lastOffset)},`;
    const where = this.#parts.size === 1
      ? `${topic}-${partition}${offsets}`
      : `${showMany(this.#parts.size, "partition")} of ${topic}`;
    // Of those that were lost the bytes are not known.
    const size = this.#lost > 0 ? "" : ` (${showBytes(bytes)})`;
    return `${many}${size} written to ${where} in ${showSeconds(seconds)}${rate}`;
  }
}
