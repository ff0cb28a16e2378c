/**
 * How many connections there are of each client software and version (KIP-511).
 * @module
 */
import { MetricTable, type TableMessage } from "./metric_table.ts";

/** Its labels are software and version. */
export const clientColumns = ["connections"] as const;

export const CLIENTS = "clients";
/** Names come from clients: a stranger must not fill the memory with them. */
const MAX_KINDS = 500;

interface Kind {
  readonly name: string;
  readonly row: number;
  count: number;
}

/** `Connection` is any object that stands for one. */
export class ClientMetrics<Connection extends object> {
  readonly #table: MetricTable;
  readonly #kinds = new Map<string, Kind>();
  readonly #kindOf = new Map<Connection, Kind>();

  constructor(tell: (message: TableMessage) => void) {
    this.#table = new MetricTable({
      name: CLIENTS,
      columnCount: clientColumns.length,
      maxRows: MAX_KINDS,
      tell,
    });
  }

  /** The client at the other end has told what it is. It may tell again. */
  known(connection: Connection, software: string, version: string): void {
    const name = `${software} ${version}`;
    if (this.#kindOf.get(connection)?.name === name) return;
    this.closed(connection);
    let kind = this.#kinds.get(name);
    if (kind === undefined) {
      const row = this.#table.take([software, version]);
      if (row === undefined) return;
      kind = { name, row, count: 0 };
      this.#kinds.set(name, kind);
    }
    this.#kindOf.set(connection, kind);
    this.#table.set(kind.row, 0, ++kind.count);
  }

  closed(connection: Connection): void {
    const kind = this.#kindOf.get(connection);
    if (kind === undefined) return;
    this.#kindOf.delete(connection);
    this.#table.set(kind.row, 0, --kind.count);
    if (kind.count > 0) return;
    this.#kinds.delete(kind.name);
    this.#table.letGo(kind.row);
  }
}
