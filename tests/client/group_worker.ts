/**
 * A member of a group that reads, commits, and counts what it has read as handled, again and again.
 * @module
 */
import type { Consumer, ConsumerRecord, TopicPartition } from "../../client/mod.ts";
import { type Config, textConsumer } from "./consuming.ts";

/** What all members of a group have handled: how often, by partition and offset. */
export type Handled = Map<string, number>;

export interface GroupWorkerOptions {
  readonly topic: string;
  readonly config: Config;
  readonly handled: Handled;
  /**
   * Whether it counts what it read before it is committed: where connections break nobody knows whether a commit whose
   * answer was lost has counted. Default false.
   */
  readonly handlesFirst?: boolean;
}

export class GroupWorker {
  readonly #consumer: Consumer<string | null, string | null>;
  readonly #handled: Handled;
  readonly #handlesFirst: boolean;
  readonly #working: Promise<void>;
  readonly #assigned = new Set<number>();
  /** Since its last commit. */
  readonly #lost = new Set<number>();
  #isLeaving = false;
  /** Commits that the group refused, since it was on its way to another generation. */
  refusedCommits = 0;

  constructor({ topic, config, handled, handlesFirst = false }: GroupWorkerOptions) {
    this.#handled = handled;
    this.#handlesFirst = handlesFirst;
    this.#consumer = textConsumer(config);
    this.#consumer.subscribe([topic], {
      onAssigned: (added) => {
        for (const { partition } of added) this.#assigned.add(partition);
      },
      onRevoked: (revoked) => this.#lose(revoked),
      onLost: (lost) => this.#lose(lost),
    });
    this.#working = this.#work();
    this.#working.catch(() => {});
  }

  /** Partitions it has, by its callbacks. */
  get assigned(): readonly number[] {
    return [...this.#assigned].sort((a, b) => a - b);
  }

  /** Rejects with what it has died of. */
  get working(): Promise<void> {
    return this.#working;
  }

  /** Throws what it has died of. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    try {
      await this.#working;
    } finally {
      await this.#consumer.close();
    }
  }

  #lose(partitions: readonly TopicPartition[]): void {
    for (const { partition } of partitions) {
      this.#assigned.delete(partition);
      this.#lost.add(partition);
    }
  }

  async #work(): Promise<void> {
    /** Read and not committed, of partitions that it still has: their turn comes with the next commit. */
    let open: ConsumerRecord<string | null, string | null>[] = [];
    while (!this.#isLeaving) {
      const records = await this.#consumer.poll({ timeoutMs: 50, maxRecords: 20 });
      if (this.#handlesFirst) this.#handle(records);
      // What it has lost meanwhile whoever has it now reads again.
      open = [...open.filter(({ partition }) => !this.#lost.has(partition)), ...records];
      this.#lost.clear();
      if (open.length === 0) continue;
      try {
        await this.#consumer.commit();
      } catch (error) {
        if (!(error as { retriable?: boolean }).retriable && !isOfAnotherGeneration(error)) throw error;
        this.refusedCommits++;
        continue;
      }
      if (!this.#handlesFirst) this.#handle(open);
      open = [];
    }
  }

  #handle(records: readonly ConsumerRecord<string | null, string | null>[]): void {
    for (const { partition, offset } of records) {
      const place = `${partition}/${offset}`;
      this.#handled.set(place, (this.#handled.get(place) ?? 0) + 1);
    }
  }
}

function isOfAnotherGeneration(error: unknown): boolean {
  return /REBALANCE_IN_PROGRESS|ILLEGAL_GENERATION|UNKNOWN_MEMBER_ID|STALE_MEMBER_EPOCH/.test(String(error));
}
