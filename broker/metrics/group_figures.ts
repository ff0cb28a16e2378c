/**
 * Figures of consumer groups: a row for each group, and one for each offset that is committed. How far a group is behind
 * follows from these and from the partitions' rows, and is left to whoever reads.
 * @module
 */
import { columnsOf } from "./layout.ts";
import type { Metrics } from "./metrics.ts";
import type { RowTable } from "./row_table.ts";

const { members } = columnsOf("groups");
const { committed } = columnsOf("groupOffsets");

export class GroupFigures {
  readonly #groupTable: RowTable;
  readonly #offsetTable: RowTable;
  readonly #groups = new Map<string, number>();
  /** Rows by group, topic and partition: without a key made of the three, so that a commit makes no string. */
  readonly #offsets = new Map<string, Map<string, Map<number, number>>>();

  constructor({ tables }: Pick<Metrics, "tables">) {
    this.#groupTable = tables.groups;
    this.#offsetTable = tables.groupOffsets;
  }

  /** The group has so many members; undefined: it is no more. */
  setMembers(group: string, count: number | undefined): void {
    let row = this.#groups.get(group);
    if (count === undefined) {
      if (row === undefined) return;
      this.#groups.delete(group);
      return this.#groupTable.free(row);
    }
    if (row === undefined) this.#groups.set(group, row = this.#groupTable.allocate([group]));
    this.#groupTable.set(row, members, count);
  }

  /** This is committed now; undefined: nothing is any more. */
  setCommitted(group: string, topic: string, partition: number, offset: number | undefined): void {
    let topics = this.#offsets.get(group);
    let partitions = topics?.get(topic);
    let row = partitions?.get(partition);
    if (offset === undefined) {
      if (row === undefined) return;
      this.#offsetTable.free(row);
      partitions!.delete(partition);
      if (partitions!.size > 0) return;
      topics!.delete(topic);
      if (topics!.size === 0) this.#offsets.delete(group);
      return;
    }
    if (row === undefined) {
      if (topics === undefined) this.#offsets.set(group, topics = new Map());
      if (partitions === undefined) topics.set(topic, partitions = new Map());
      partitions.set(partition, row = this.#offsetTable.allocate([group, topic, String(partition)]));
    }
    this.#offsetTable.set(row, committed, offset);
  }
}
