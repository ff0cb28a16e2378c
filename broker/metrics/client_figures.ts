/**
 * Figures of clients by what they call themselves (KIP-511): a row for each name and version.
 *
 * What must be true: a client can call itself anything, and many things one after the other; so when there is no row left
 * the ones that nobody is connected under any more are given to others.
 * @module
 */
import { columnsOf } from "./layout.ts";
import type { Metrics } from "./metrics.ts";
import type { RowTable } from "./row_table.ts";

/** What a client has told of itself. */
export interface ClientSoftware {
  readonly name: string;
  readonly version: string;
}

/** By whom a member of a group is, as it said when it joined. */
interface MemberClient {
  readonly clientId: string;
  readonly clientHost: string;
}

/** Members whose software is remembered. */
const MAX_MEMBERS = 10_000;
/** Who has not told, or not since the broker was started. */
export const UNKNOWN_SOFTWARE: ClientSoftware = { name: "unknown", version: "" };

interface Kind {
  row: number;
  connections: number;
}

const columns = columnsOf("clients");

export class ClientFigures {
  readonly #table: RowTable;
  readonly #kinds = new Map<string, Kind>();
  readonly #members = new Map<string, ClientSoftware>();

  constructor({ tables }: Pick<Metrics, "tables">) {
    this.#table = tables.clients;
  }

  connected(software: ClientSoftware): void {
    const kind = this.#kind(software);
    kind.connections++;
    this.#table.set(kind.row, columns.connections, kind.connections);
  }

  disconnected(software: ClientSoftware): void {
    const kind = this.#kind(software);
    kind.connections--;
    this.#table.set(kind.row, columns.connections, kind.connections);
  }

  /** A member of a group that such a client is was not heard of in time. */
  memberExpired({ clientId, clientHost }: MemberClient): void {
    const software = this.#members.get(`${clientHost} ${clientId}`) ?? UNKNOWN_SOFTWARE;
    this.#table.add(this.#kind(software).row, columns.expiredMembers, 1);
  }

  /** Such a client joins a group: remembered until it may have been lost among too many. */
  joins({ clientId, clientHost }: MemberClient, software: ClientSoftware): void {
    const key = `${clientHost} ${clientId}`;
    // Behind all others, of which the first is the one not heard of for longest.
    this.#members.delete(key);
    this.#members.set(key, software);
    if (this.#members.size > MAX_MEMBERS) this.#members.delete(this.#members.keys().next().value!);
  }

  #kind({ name, version }: ClientSoftware): Kind {
    const key = `${name} ${version}`;
    let kind = this.#kinds.get(key);
    if (kind !== undefined) return kind;
    if (this.#kinds.size >= this.#table.capacity) this.#forgetUnused();
    kind = { row: this.#table.allocate([name, version]), connections: 0 };
    this.#kinds.set(key, kind);
    return kind;
  }

  #forgetUnused(): void {
    for (const [key, { row, connections }] of this.#kinds) {
      if (connections > 0) continue;
      this.#kinds.delete(key);
      this.#table.free(row);
    }
  }
}
