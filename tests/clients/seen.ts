/**
 * What a member of a group has been given, as the clients in this process collect it.
 * @module
 */
import type { MemberState } from "./group_client.ts";

export class Seen {
  #partitions: readonly number[] = [];
  readonly #revoked: number[] = [];
  #assignments = 0;
  readonly #values: string[] = [];

  /** It has these partitions now, and no others. */
  replace(partitions: readonly number[]): void {
    this.#assignments++;
    this.#revoked.push(...this.#partitions.filter((partition) => !partitions.includes(partition)));
    this.#partitions = partitions.toSorted((a, b) => a - b);
  }

  /** It is given these, in addition. */
  add(partitions: readonly number[]): void {
    this.#assignments++;
    this.#partitions = [...this.#partitions, ...partitions].sort((a, b) => a - b);
  }

  /** These are taken from it. */
  remove(partitions: readonly number[]): void {
    this.#revoked.push(...partitions);
    this.#partitions = this.#partitions.filter((partition) => !partitions.includes(partition));
  }

  value(value: Uint8Array | string): void {
    this.#values.push(typeof value === "string" ? value : new TextDecoder().decode(value));
  }

  state(): MemberState {
    return {
      partitions: this.#partitions,
      revoked: [...this.#revoked],
      assignments: this.#assignments,
      values: [...this.#values],
    };
  }
}
