/**
 * All consumer groups of a broker, and the offsets they have committed, kept in `__consumer_offsets`.
 *
 * The parts: groups of the classic protocol in `classic/`, of the new one (KIP-848) in `consumer/`, offsets in `offsets/`.
 * A group id names one group, whatever its protocol.
 * @module
 */
import { versionOf } from "../../protocol/versioned.ts";
import type { CoordinatorContext } from "./coordinator_context.ts";
import type { Group } from "./group.ts";
import { Journal, type ReplayedRecord } from "./journal.ts";

export const OFFSETS_TOPIC = "__consumer_offsets";

export class GroupCoordinator {
  readonly journal: Journal;
  readonly #context: CoordinatorContext;
  readonly #groups = new Map<string, Group>();

  constructor(context: CoordinatorContext) {
    this.#context = context;
    const { topicPartitions, topicSegmentBytes } = context.groups.offsets;
    this.journal = new Journal({
      topics: context.topics,
      clock: context.clock,
      topic: OFFSETS_TOPIC,
      partitionCount: topicPartitions,
      configs: new Map([
        ["cleanup.policy", "compact"],
        ["compression.type", "producer"],
        ["segment.bytes", String(topicSegmentBytes)],
      ]),
    });
  }

  /** Takes in what was written before. Waits for the disk: for the start only. */
  load(): void {
    this.journal.replay({
      record: (partition, record) => this.#replay(partition, record),
      transactionEnded: (_partition, _producerId, _isCommitted) => {},
    });
  }

  group(id: string): Group | undefined {
    return this.#groups.get(id);
  }

  groups(): IterableIterator<Group> {
    return this.#groups.values();
  }

  /** The key's version says what kind of fact it is. Kinds that came later, or that no part here knows, are passed over. */
  #replay(_partition: number, { key }: ReplayedRecord): void {
    switch (versionOf(key)) {
      default:
        this.#context.log("debug", `${OFFSETS_TOPIC} has a record of a kind that is not known here`);
    }
  }
}
