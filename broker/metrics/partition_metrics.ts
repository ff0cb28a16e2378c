/**
 * What is written to and read from each partition, and where its log begins and ends.
 *
 * What must be true: traffic is counted as it comes; the rest is looked up for the logs that have changed, at most twice a
 * second, so it costs nothing where nothing happens and little where much does.
 * @module
 */
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { TopicStore } from "../../storage/topic_store.ts";
import type { Metrics } from "./metrics.ts";
import { MetricTable, type TableMessage } from "./metric_table.ts";

/** The columns of the table; its labels are topic and partition. */
export const partitionColumns = [
  "producedRecords",
  "producedBytes",
  "fetchedBytes",
  "startOffset",
  "highWatermark",
  "logBytes",
] as const;

type Column = typeof partitionColumns[number];

export const PARTITIONS = "partitions";
const PUBLISH_INTERVAL_MS = 500;
const columnOf = Object.fromEntries(partitionColumns.map((name, i) => [name, i])) as Record<Column, number>;

export class PartitionMetrics {
  readonly #metrics: Metrics;
  readonly #table: MetricTable;
  readonly #rows = new Map<PartitionLog, number>();
  readonly #changed = new Set<PartitionLog>();
  #topicChanges = -1;
  #nextMs = 0;

  constructor(
    metrics: Metrics,
    options: { readonly maxRows: number; readonly tell: (message: TableMessage) => void },
  ) {
    this.#metrics = metrics;
    this.#table = new MetricTable({ name: PARTITIONS, columnCount: partitionColumns.length, ...options });
  }

  produced(log: PartitionLog, recordCount: number, byteCount: number): void {
    this.#changed.add(log);
    const row = this.#rows.get(log);
    if (row === undefined) return;
    this.#table.add(row, columnOf.producedRecords, recordCount);
    this.#table.add(row, columnOf.producedBytes, byteCount);
  }

  fetched(log: PartitionLog, byteCount: number): void {
    const row = this.#rows.get(log);
    if (row !== undefined) this.#table.add(row, columnOf.fetchedBytes, byteCount);
  }

  /** The log's ends have changed, or it has something new to flush. */
  mark(log: PartitionLog): void {
    this.#changed.add(log);
  }

  /** Called in each turn; returns the monotonic time at which it wants to be called again, or Infinity. */
  tick(nowMs: number, topics: TopicStore): number {
    const hasNewTopics = topics.changeCount !== this.#topicChanges;
    if (!hasNewTopics && this.#changed.size === 0) return Infinity;
    if (!hasNewTopics && nowMs < this.#nextMs) return this.#nextMs;
    this.#nextMs = nowMs + PUBLISH_INTERVAL_MS;
    if (hasNewTopics) this.#followTopics(topics);
    this.#publish();
    return this.#changed.size === 0 ? Infinity : this.#nextMs;
  }

  #followTopics(topics: TopicStore): void {
    this.#topicChanges = topics.changeCount;
    const gone = new Set(this.#rows.keys());
    for (const { name, partitions } of topics.topics()) {
      partitions.forEach((log, partition) => {
        if (gone.delete(log) || this.#rows.has(log)) return;
        const row = this.#table.take([name, String(partition)]);
        if (row === undefined) return;
        this.#rows.set(log, row);
        this.#changed.add(log);
      });
    }
    for (const log of gone) {
      this.#table.letGo(this.#rows.get(log)!);
      this.#rows.delete(log);
      this.#changed.delete(log);
    }
    this.#metrics.set("partitions", topics.partitionCount);
  }

  #publish(): void {
    let unflushedBytes = 0;
    let fencedCount = 0;
    for (const log of this.#changed) {
      const row = this.#rows.get(log);
      if (row !== undefined) {
        this.#table.set(row, columnOf.startOffset, log.logStartOffset);
        this.#table.set(row, columnOf.highWatermark, log.highWatermark);
        this.#table.set(row, columnOf.logBytes, log.sizeInBytes);
      }
      if (log.failure !== undefined) fencedCount++;
      const unflushed = log.unflushedBytes;
      unflushedBytes += unflushed;
      // Looked at again until it is all on stable storage.
      if (unflushed === 0 && log.failure === undefined) this.#changed.delete(log);
    }
    this.#metrics.set("unflushedBytes", unflushedBytes);
    this.#metrics.set("fencedPartitions", fencedCount);
  }
}
