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

  value(bytes: Uint8Array): void {
    this.#values.push(new TextDecoder().decode(bytes));
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
