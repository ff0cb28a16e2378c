/**
 * The broker's figures, read by another thread than the one that writes them.
 * @module
 */
import { tableColumns, type TableName } from "./layout.ts";
import { byTable, MetricNumbers, type MetricsMemory, type TableChange } from "./metrics.ts";
import { type Row, RowReader } from "./row_reader.ts";

export class MetricsReader {
  readonly numbers: Pick<
    MetricNumbers,
    "get" | "histogram" | "requestCount" | "requestDurations" | "requestWaits"
  >;
  readonly #tables: Readonly<Record<TableName, RowReader>>;

  constructor(memory: MetricsMemory) {
    this.numbers = new MetricNumbers(memory.numbers);
    this.#tables = byTable((table) => new RowReader(memory.tables[table], tableColumns[table].length));
  }

  /** What the writer's `takeChanges` gave, in that order. */
  learn(changes: readonly TableChange[]): void {
    for (const change of changes) this.#tables[change.table].learn(change);
  }

  /** All rows of a table, as they are at this moment. */
  rows(table: TableName): Row[] {
    return [...this.#tables[table].rows()];
  }
}
