/**
 * Where a consumer is in the partitions that it has, and how it is told to go on elsewhere.
 * @module
 */
import { offsetsAt } from "../admin/offsets.ts";
import type { Cluster } from "../cluster.ts";
import { checkCode } from "../response_error.ts";
import { checkOffset } from "./check_offset.ts";
import type { PartitionLag } from "./consumer_types.ts";
import type { PartitionReader } from "./partition_reader.ts";
import type { PartitionState } from "./partition_state.ts";
import { findStarts } from "./starts.ts";
import { SubscriptionStateError } from "./subscription_state_error.ts";
import type { TopicPartition } from "./topic_partitions.ts";

export interface PartitionPositionsOptions {
  readonly cluster: Cluster;
  // deno-lint-ignore no-explicit-any -- of whatever type the records are
  readonly reader: PartitionReader<any, any>;
  readonly isReadCommitted: boolean;
}

export class PartitionPositions {
  readonly #options: PartitionPositionsOptions;

  constructor(options: PartitionPositionsOptions) {
    this.#options = options;
  }

  /** Throws a SubscriptionStateError for a partition that it does not have. */
  of(partition: TopicPartition): PartitionState {
    const state = this.#options.reader.partitions.get(partition);
    if (state !== undefined) return state;
    throw new SubscriptionStateError(
      `${partition.topic}-${partition.partition} is not assigned to this consumer`,
    );
  }

  seek(partition: TopicPartition, offset: number): void {
    checkOffset(offset);
    this.#move(this.of(partition), offset);
  }

  async seekToTime(partitions: readonly TopicPartition[], timestampMs: number): Promise<void> {
    const states = partitions.map((one) => this.of(one));
    const found = await offsetsAt(this.#options.cluster, timestampMs, partitions);
    for (const one of found) checkCode(one.errorCode, `find an offset of ${one.topic}-${one.partition}`);
    const late: PartitionState[] = [];
    for (const [index, { offset }] of found.entries()) {
      if (offset < 0) late.push(states[index]!);
      else this.#move(states[index]!, offset);
    }
    if (late.length > 0) await this.#seekTo(late, "latest");
  }

  async seekTo(partitions: readonly TopicPartition[], where: "earliest" | "latest"): Promise<void> {
    await this.#seekTo(partitions.map((one) => this.of(one)), where);
  }

  async lag(): Promise<PartitionLag[]> {
    const { cluster, reader, isReadCommitted } = this.#options;
    const partitions = Array.from(reader.partitions, ({ topic, partition }) => ({ topic, partition }));
    const ends = await findStarts(cluster, partitions, "latest", isReadCommitted);
    return Array.from(ends, ({ topic, partition, value: endOffset }) => {
      if (typeof endOffset !== "number") throw endOffset;
      const position = reader.partitions.get({ topic, partition })?.position;
      const lag = position === undefined ? undefined : Math.max(0, endOffset - position);
      return { topic, partition, position, endOffset, lag };
    });
  }

  async #seekTo(states: readonly PartitionState[], where: "earliest" | "latest"): Promise<void> {
    const { cluster, isReadCommitted } = this.#options;
    const starts = await findStarts(cluster, states, where, isReadCommitted);
    for (const { value } of starts) if (typeof value !== "number") throw value;
    for (const state of states) this.#move(state, starts.get(state) as number);
  }

  /** Unless it was taken away meanwhile. */
  #move(state: PartitionState, offset: number): void {
    const { reader } = this.#options;
    if (reader.partitions.get(state) !== state) return;
    reader.seek(state, offset);
    reader.wake();
  }
}
