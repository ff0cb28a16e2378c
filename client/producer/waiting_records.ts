/**
 * Records that can't be appended yet, since their topic is not known or there is no room, in the order that they came.
 *
 * What must be true: those of one topic are appended in that order, and before any that comes later; each waits for a
 * limited time.
 * @module
 */
import { LONGEST_TIMER_MS } from "../longest_timer.ts";
import { monotonicMs } from "./monotonic.ts";
import { ProducerError } from "./producer_error.ts";
import type { ProducerTopic } from "./producer_topic.ts";

/** Something that waits: `attempt` does it, or says false: there is no room yet. */
export interface WaitingRecord {
  readonly topic: string;
  readonly attempt: (topic: ProducerTopic) => boolean;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
}

export class WaitingRecords {
  readonly #maxBlockMs: number;
  /** Of topics that are not known yet. */
  readonly #byTopic = new Map<string, WaitingRecord[]>();
  /** Why they are not. */
  readonly #reasons = new Map<string, Error>();
  #forRoom: { readonly topic: ProducerTopic; readonly record: WaitingRecord }[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(maxBlockMs: number) {
    this.#maxBlockMs = maxBlockMs;
  }

  /** Whether nobody waits for room: who comes now need not wait behind others. */
  get isEmpty(): boolean {
    return this.#forRoom.length === 0;
  }

  /** Resolves when all that waits now has been appended, or was rejected. */
  async settled(): Promise<void> {
    // One behind each of those that wait, which gives up together with it.
    const behind = ({ topic, deadline }: WaitingRecord, add: (marker: WaitingRecord) => void) =>
      new Promise<void>((resolve) => {
        add({ topic, deadline, reject: () => resolve(), attempt: () => (resolve(), true) });
      });
    await Promise.all(
      Array.from(this.#byTopic.values(), (waiting) => behind(waiting.at(-1)!, (one) => waiting.push(one))),
    );
    const last = this.#forRoom.at(-1);
    if (last === undefined) return;
    await behind(last.record, (record) => this.#forRoom.push({ topic: last.topic, record }));
  }

  get deadline(): number {
    return monotonicMs() + this.#maxBlockMs;
  }

  /** Waits for its topic to be known. */
  waitForTopic(record: WaitingRecord): void {
    const waiting = this.#byTopic.get(record.topic);
    if (waiting === undefined) this.#byTopic.set(record.topic, [record]);
    else waiting.push(record);
    this.#watch();
  }

  waitForRoom(topic: ProducerTopic, record: WaitingRecord): void {
    this.#forRoom.push({ topic, record });
    this.#watch();
  }

  topicFound(topic: ProducerTopic): void {
    this.#reasons.delete(topic.name);
    const found = this.#byTopic.get(topic.name) ?? [];
    this.#byTopic.delete(topic.name);
    for (const record of found) this.#forRoom.push({ topic, record });
  }

  topicNotFoundYet(name: string, reason: Error): void {
    this.#reasons.set(name, reason);
  }

  topicNotFound(name: string, error: Error): void {
    this.#reasons.delete(name);
    const waiting = this.#byTopic.get(name) ?? [];
    this.#byTopic.delete(name);
    for (const { reject } of waiting) reject(error);
  }

  /** Appends what there is room for. */
  goOn(): void {
    let done = 0;
    try {
      for (; done < this.#forRoom.length; done++) {
        const { topic, record } = this.#forRoom[done]!;
        if (!attempted(record, topic)) break;
      }
    } finally {
      if (done > 0) this.#forRoom = this.#forRoom.slice(done);
    }
  }

  rejectAll(error: Error): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { record } of this.#forRoom.splice(0)) record.reject(error);
    for (const name of [...this.#byTopic.keys()]) this.topicNotFound(name, error);
  }

  /** All wait for as long, so the first to come are the first to give up. */
  #watch(): void {
    if (this.#timer !== undefined) return;
    const deadline = Math.min(
      this.#forRoom[0]?.record.deadline ?? Infinity,
      ...Array.from(this.#byTopic.values(), ([first]) => first?.deadline ?? Infinity),
    );
    if (deadline === Infinity) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#giveUp(monotonicMs());
      this.#watch();
    }, Math.min(LONGEST_TIMER_MS, Math.max(1, deadline - monotonicMs())));
  }

  #giveUp(now: number): void {
    const isLate = ({ deadline }: WaitingRecord) => now >= deadline;
    while (this.#forRoom.length > 0 && isLate(this.#forRoom[0]!.record)) {
      this.#forRoom.shift()!.record.reject(tooLong(`room in buffer.memory`, this.#maxBlockMs));
    }
    for (const [name, waiting] of this.#byTopic) {
      while (waiting.length > 0 && isLate(waiting[0]!)) {
        const error = tooLong(`the partitions of topic ${name}`, this.#maxBlockMs, this.#reasons.get(name));
        waiting.shift()!.reject(error);
      }
      if (waiting.length === 0) this.#byTopic.delete(name);
    }
  }
}

function attempted({ attempt, reject }: WaitingRecord, topic: ProducerTopic): boolean {
  try {
    return attempt(topic);
  } catch (error) {
    reject(error as Error);
    return true;
  }
}

function tooLong(what: string, maxBlockMs: number, reason?: Error): ProducerError {
  const hint = reason === undefined ? "is the cluster there, and as fast as records come?" : reason.message;
  return new ProducerError(
    "no-room",
    `a record waited for max.block.ms (${maxBlockMs} ms) for ${what}: ${hint}`,
    true,
    { cause: reason },
  );
}
