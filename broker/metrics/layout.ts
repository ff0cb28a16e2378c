/**
 * What numbers there are in shared memory: the order of the names is their layout. What they mean to Prometheus is in
 * `broker/http/metrics/definitions.ts`.
 * @module
 */

/** Counters and gauges of which there is one, with the unit in the name where there is one. */
export const scalarNames = [
  "turns",
  "connections",
  "acceptedConnections",
  "refusedConnections",
  "idleConnections",
  "halfRequestConnections",
  "stalledConnections",
  "brokenConnections",
  "unsupportedRequests",
  "receivedBytes",
  "sentBytes",
  "sendfileBytes",
  "heldRequestBytes",
  "maxHeldRequestBytes",
  "producedBatches",
  "producedRecords",
  "producedBytes",
  "fetchedBytes",
  "parkedFetches",
  "fetchSessions",
  "fetchSessionPartitions",
  "evictedFetchSessions",
  "coldReads",
  "coldReadBytes",
  "partitions",
  "fencedPartitions",
  "unflushedBytes",
  "failedSyncs",
  "isDiskLow",
  "reactorHeapBytes",
  "leftOutRows",
] as const;

export type ScalarName = typeof scalarNames[number];

/** What took how long. */
export const histogramNames = ["turn", "fdatasync", "produceToDisk"] as const;

export type HistogramName = typeof histogramNames[number];

/** API keys are below it. */
export const MAX_API_KEYS = 128;

/** The columns of each table of rows that come and go. */
export const tableColumns = {
  /** By topic. */
  topics: [
    "producedRecords",
    "producedBytes",
    "producedBatches",
    "fetchedBytes",
    "failedProduces",
    "failedFetches",
  ],
  /** By topic and partition. */
  partitions: ["startOffset", "endOffset", "highWatermark", "logBytes", "unflushedBytes"],
  /** By software and version. */
  clients: ["connections", "expiredMembers"],
  /** By group. */
  groups: ["members"],
  /** By group, topic and partition. */
  groupOffsets: ["committed"],
} as const;

export type TableName = keyof typeof tableColumns;

export type ColumnName<Table extends TableName> = typeof tableColumns[Table][number];

export const tableNames = Object.keys(tableColumns) as TableName[];

/** The indexes of a table's columns. */
export function columnsOf<Table extends TableName>(
  table: Table,
): Readonly<Record<ColumnName<Table>, number>> {
  return Object.fromEntries(tableColumns[table].map((name, index) => [name, index])) as Record<
    ColumnName<Table>,
    number
  >;
}
