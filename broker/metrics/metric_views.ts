/**
 * The main thread's view of the tables that the reactor writes.
 * @module
 */
import { clientColumns, CLIENTS } from "./client_metrics.ts";
import { MetricTableView, type TableMessage } from "./metric_table.ts";
import { partitionColumns, PARTITIONS } from "./partition_metrics.ts";

export class MetricViews {
  readonly partitions = new MetricTableView(partitionColumns.length);
  readonly clients = new MetricTableView(clientColumns.length);

  hear(message: TableMessage): void {
    if (message.table === PARTITIONS) this.partitions.hear(message);
    else if (message.table === CLIENTS) this.clients.hear(message);
  }
}
