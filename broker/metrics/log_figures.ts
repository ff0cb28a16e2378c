/**
 * Figures of topics and partitions: a row for each that is in use, and what all logs together add up to.
 *
 * What must be true: within an append no more is done than to note that the log has changed; numbers are brought up to date
 * at the end of the turn (`settle`), once for each log that has changed in it.
 * @module
 */
import type { LogNote, LogObserver } from "../../storage/log_observer.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import { diskErrorCode } from "../../storage/log_error.ts";
import { columnsOf } from "./layout.ts";
import type { Metrics } from "./metrics.ts";
import { NO_ROW, type RowTable } from "./row_table.ts";

/**
 * Logs that are looked at in one turn; the others wait for the next. A log that has just been opened has each of its
 * segments looked up on the disk, and a start opens thousands.
 */
const LOGS_PER_TURN = 256;

const ofTopic = columnsOf("topics");
const ofPartition = columnsOf("partitions");

interface TopicRow {
  readonly row: number;
  /** Partitions in use. */
  partitions: number;
}

export class LogFigures implements LogObserver {
  readonly #metrics: Metrics;
  readonly #topicTable: RowTable;
  readonly #partitionTable: RowTable;
  readonly #topics = new Map<string, TopicRow>();
  #changed: PartitionLog[] = [];
  #unflushedBytes = 0;
  #fencedPartitions = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    this.#topicTable = metrics.tables.topics;
    this.#partitionTable = metrics.tables.partitions;
  }

  opened(log: PartitionLog): void {
    const { topic, partition, note } = log;
    let topicRow = this.#topics.get(topic);
    if (topicRow === undefined) {
      topicRow = { row: this.#topicTable.allocate([topic]), partitions: 0 };
      this.#topics.set(topic, topicRow);
    }
    topicRow.partitions++;
    note.topicRow = topicRow.row;
    note.row = this.#partitionTable.allocate([topic, String(partition)]);
    note.isOpen = true;
    this.changed(log);
  }

  changed(log: PartitionLog): void {
    if (log.note.isChanged) return;
    log.note.isChanged = true;
    this.#changed.push(log);
  }

  flushed(_log: PartitionLog, waitedMs: number): void {
    this.#metrics.observe("produceToDisk", waitedMs / 1000);
  }

  closed({ topic, note }: PartitionLog): void {
    note.isOpen = false;
    this.#count(note, 0, false);
    this.#partitionTable.free(note.row);
    const topicRow = this.#topics.get(topic);
    if (topicRow !== undefined && --topicRow.partitions === 0) {
      this.#topics.delete(topic);
      this.#topicTable.free(topicRow.row);
    }
    note.row = note.topicRow = NO_ROW;
  }

  /** A batch was appended for a producer. */
  produced({ note: { topicRow } }: PartitionLog, records: number, bytes: number): void {
    this.#topicTable.add(topicRow, ofTopic.producedRecords, records);
    this.#topicTable.add(topicRow, ofTopic.producedBytes, bytes);
    this.#topicTable.add(topicRow, ofTopic.producedBatches, 1);
    this.#metrics.add("producedBatches", 1);
    this.#metrics.add("producedRecords", records);
    this.#metrics.add("producedBytes", bytes);
  }

  produceFailed({ note }: PartitionLog): void {
    this.#topicTable.add(note.topicRow, ofTopic.failedProduces, 1);
  }

  /** Bytes of its batches are answered to a fetch. */
  fetched({ note }: PartitionLog, bytes: number): void {
    this.#topicTable.add(note.topicRow, ofTopic.fetchedBytes, bytes);
    this.#metrics.add("fetchedBytes", bytes);
  }

  fetchFailed({ note }: PartitionLog): void {
    this.#topicTable.add(note.topicRow, ofTopic.failedFetches, 1);
  }

  /** Brings numbers up to date. Returns whether there is more to do, in the next turn. */
  settle(): boolean {
    if (this.#changed.length === 0) return false;
    const logs = this.#changed.splice(0, LOGS_PER_TURN);
    for (const log of logs) {
      log.note.isChanged = false;
      if (log.note.isOpen) this.#write(log);
    }
    return this.#changed.length > 0;
  }

  #write(log: PartitionLog): void {
    const { note } = log;
    const table = this.#partitionTable;
    const isFenced = log.failure !== undefined;
    // What a log that is out of service holds nobody is asked about any more.
    const unflushedBytes = isFenced ? 0 : log.unflushedBytes;
    this.#count(note, unflushedBytes, isFenced);
    table.set(note.row, ofPartition.startOffset, log.logStartOffset);
    table.set(note.row, ofPartition.endOffset, log.endOffset);
    table.set(note.row, ofPartition.highWatermark, log.highWatermark);
    table.set(note.row, ofPartition.unflushedBytes, unflushedBytes);
    if (!isFenced) this.#writeSize(log);
  }

  #writeSize(log: PartitionLog): void {
    try {
      this.#partitionTable.set(log.note.row, ofPartition.logBytes, log.sizeInBytes);
    } catch (error) {
      // A segment's file can't be looked at: whoever needs it will be told, and figures are no reason to stop.
      if (diskErrorCode(error) === undefined) throw error;
    }
  }

  #count(note: LogNote, unflushedBytes: number, isFenced: boolean): void {
    this.#unflushedBytes += unflushedBytes - note.unflushedBytes;
    this.#fencedPartitions += Number(isFenced) - Number(note.isFenced);
    note.unflushedBytes = unflushedBytes;
    note.isFenced = isFenced;
    this.#metrics.set("unflushedBytes", this.#unflushedBytes);
    this.#metrics.set("fencedPartitions", this.#fencedPartitions);
  }
}
