/**
 * The broker's figures: numbers in shared memory, written by the reactor alone and read by any thread
 * ({@link MetricsReader}), so that asking for them costs the reactor nothing. A reader sees each number whole, but not all
 * of one moment.
 *
 * What there is one of has a fixed place here; what comes and goes (topics, partitions, groups, kinds of clients) has a row in
 * a table (`row_table.ts`). Whose the rows are is told by messages, of which `takeChanges` has what is new.
 * @module
 */
import { HISTOGRAM_CELLS, type HistogramReading, observe, readHistogram } from "./histogram.ts";
import {
  type HistogramName,
  histogramNames,
  MAX_API_KEYS,
  type ScalarName,
  scalarNames,
  tableColumns,
  type TableName,
  tableNames,
} from "./layout.ts";
import { allocateTable, type RowChange, RowTable } from "./row_table.ts";

/** Of the thread that writes, and of the one that reads. */
export interface MetricsMemory {
  readonly numbers: SharedArrayBuffer;
  readonly tables: Readonly<Record<TableName, SharedArrayBuffer>>;
}

/** Rows that there is room for. */
export interface MetricsLimits {
  /** Also topics. */
  readonly partitions: number;
  /** Also groups. */
  readonly groupOffsets: number;
}

export interface TableChange extends RowChange {
  readonly table: TableName;
}

/** Besides those that clients make: internal topics are never refused. */
const MORE_PARTITIONS = 256;
/** Names of clients are the clients' own, and may be any. */
const CLIENT_KINDS = 500;
const DEFAULT_LIMITS: MetricsLimits = { partitions: 1000, groupOffsets: 1000 };

const scalarIndexes = new Map(scalarNames.map((name, index) => [name, index]));
const HISTOGRAMS = scalarNames.length;
const REQUEST_COUNTS = HISTOGRAMS + histogramNames.length * HISTOGRAM_CELLS;
const REQUEST_DURATIONS = REQUEST_COUNTS + MAX_API_KEYS;
const REQUEST_WAITS = REQUEST_DURATIONS + MAX_API_KEYS * HISTOGRAM_CELLS;
const CELLS = REQUEST_WAITS + MAX_API_KEYS * HISTOGRAM_CELLS;

/** What is not used of it costs nothing. */
export function allocateMetrics({ partitions, groupOffsets }: MetricsLimits = DEFAULT_LIMITS): MetricsMemory {
  const capacities: Readonly<Record<TableName, number>> = {
    topics: partitions + MORE_PARTITIONS,
    partitions: partitions + MORE_PARTITIONS,
    clients: CLIENT_KINDS,
    groups: groupOffsets,
    groupOffsets,
  };
  return {
    numbers: new SharedArrayBuffer(CELLS * Float64Array.BYTES_PER_ELEMENT),
    tables: byTable((table) => allocateTable(capacities[table], tableColumns[table].length)),
  };
}

/** Something for each table. */
export function byTable<T>(make: (table: TableName) => T): Readonly<Record<TableName, T>> {
  return Object.fromEntries(tableNames.map((table) => [table, make(table)])) as Record<TableName, T>;
}

/** The numbers of which there is one each, for both sides. */
export class MetricNumbers {
  readonly #cells: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Float64Array(memory);
  }

  add(name: ScalarName, amount: number): void {
    this.#cells[scalarIndexes.get(name)!]! += amount;
  }

  set(name: ScalarName, value: number): void {
    this.#cells[scalarIndexes.get(name)!] = value;
  }

  get(name: ScalarName): number {
    return this.#cells[scalarIndexes.get(name)!]!;
  }

  observe(name: HistogramName, seconds: number): void {
    observe(this.#cells, histogramStart(name), seconds);
  }

  histogram(name: HistogramName): HistogramReading {
    return readHistogram(this.#cells, histogramStart(name));
  }

  /** A request has come whole. */
  countRequest(apiKey: number): void {
    if (isKey(apiKey)) this.#cells[REQUEST_COUNTS + apiKey]! += 1;
  }

  /** An answer has gone; of the time since its request had come, it waited `parkedMs` for something to happen. */
  observeRequest(apiKey: number, ms: number, parkedMs: number): void {
    if (!isKey(apiKey)) return;
    observe(this.#cells, REQUEST_DURATIONS + apiKey * HISTOGRAM_CELLS, (ms - parkedMs) / 1000);
    if (parkedMs > 0) observe(this.#cells, REQUEST_WAITS + apiKey * HISTOGRAM_CELLS, parkedMs / 1000);
  }

  requestCount(apiKey: number): number {
    return this.#cells[REQUEST_COUNTS + apiKey]!;
  }

  requestDurations(apiKey: number): HistogramReading {
    return readHistogram(this.#cells, REQUEST_DURATIONS + apiKey * HISTOGRAM_CELLS);
  }

  requestWaits(apiKey: number): HistogramReading {
    return readHistogram(this.#cells, REQUEST_WAITS + apiKey * HISTOGRAM_CELLS);
  }
}

export class Metrics extends MetricNumbers {
  readonly memory: MetricsMemory;
  readonly tables: Readonly<Record<TableName, RowTable>>;
  #changes: TableChange[] = [];

  constructor(memory: MetricsMemory = allocateMetrics()) {
    super(memory.numbers);
    this.memory = memory;
    this.tables = byTable((table) =>
      new RowTable(memory.tables[table], {
        columnCount: tableColumns[table].length,
        onChange: (change) => this.#changes.push({ table, ...change }),
        onLeftOut: (difference) => this.add("leftOutRows", difference),
      })
    );
  }

  /** Rows that have been given out or taken back since the last call; undefined: none. */
  takeChanges(): readonly TableChange[] | undefined {
    if (this.#changes.length === 0) return undefined;
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }
}

function histogramStart(name: HistogramName): number {
  return HISTOGRAMS + histogramNames.indexOf(name) * HISTOGRAM_CELLS;
}

function isKey(apiKey: number): boolean {
  return apiKey >= 0 && apiKey < MAX_API_KEYS;
}
