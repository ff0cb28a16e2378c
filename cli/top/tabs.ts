/**
 * The tabs of the view: which columns each has, and what they are sorted by at first.
 * @module
 */
import type { BrokerFigures, Figures, GroupFigures, TopicFigures } from "./figures.ts";
import { bytesText, countText, rateText, trendText } from "./numbers.ts";
import { sparkline } from "./sparkline.ts";
import { type Arranged, type Column, type Sort, Table } from "./table.ts";

export const TABS = ["topics", "groups", "brokers"] as const;
export type Tab = typeof TABS[number];

export interface TabView {
  readonly title: string;
  readonly sort: Sort;
  readonly columns: readonly Pick<Column<never>, "name" | "heading" | "isText">[];
  arrange(figures: Figures, sort: Sort, filter: string): Arranged;
}

const HISTORY_WIDTH = 16;

type Place = readonly [heading: string, width: number, dispensability: number];

/** A number of each row; `place`: heading, width, and how soon it is left out. */
function number<Row>(
  name: string,
  [heading, width, dispensability]: Place,
  rank: (row: Row) => number | undefined,
  text: (value: number | undefined) => string,
  look?: Column<Row>["look"],
): Column<Row> {
  return {
    name,
    heading,
    width,
    dispensability,
    rank,
    text: (row) => text(rank(row)),
    ...look === undefined ? {} : { look },
  };
}

function words<Row>(
  name: string,
  [heading, width, dispensability]: Place,
  text: (row: Row) => string,
): Column<Row> {
  return { name, heading, width, dispensability, isText: true, text, rank: text };
}

function history<Row extends { readonly history: readonly number[] }>(): Column<Row> {
  return {
    name: "history",
    heading: "HISTORY",
    width: HISTORY_WIDTH,
    dispensability: 9,
    isText: true,
    text: (row) => sparkline(row.history, HISTORY_WIDTH),
    rank: (row) => row.history.at(-1),
    look: () => "cyan",
  };
}

const topics = new Table<TopicFigures>([
  words("topic", ["TOPIC", 14, 0], ({ name }) => name),
  number("partitions", ["PARTITIONS", 11, 6], ({ partitions }) => partitions, countText),
  number(
    "under-replicated",
    ["UNDER-REPL", 11, 7],
    ({ underReplicated }) => underReplicated,
    countText,
    ({ underReplicated }) => underReplicated > 0 ? "red" : undefined,
  ),
  number("records-in", ["RECORDS/S", 11, 1], ({ recordsIn }) => recordsIn, rateText, ({ recordsIn }) => {
    return recordsIn ? "green" : undefined;
  }),
  number("bytes-in", ["BYTES/S", 8, 2], ({ bytesIn }) => bytesIn, bytesText),
  number("records", ["RECORDS", 11, 4], ({ records }) => records, countText),
  number("size", ["SIZE", 8, 3], ({ size }) => size, bytesText),
  history(),
]);

const groups = new Table<GroupFigures>([
  words("group", ["GROUP", 14, 0], ({ id }) => id),
  words("state", ["STATE", 19, 4], ({ state }) => state),
  number("members", ["MEMBERS", 8, 3], ({ members }) => members, countText),
  number("topics", ["TOPICS", 7, 6], ({ topics }) => topics, countText),
  number("lag", ["LAG", 11, 1], ({ lag }) => lag, countText),
  number("trend", ["TREND/S", 10, 2], ({ trend }) => trend, trendText, ({ trend = 0 }) => {
    return trend > 0 ? "red" : trend < 0 ? "green" : undefined;
  }),
  number("consumed", ["CONSUMED/S", 11, 5], ({ consumed }) => consumed, rateText),
  history(),
]);

const brokers = new Table<BrokerFigures>([
  words("address", ["BROKER", 15, 0], ({ address }) => address),
  number("id", ["ID", 5, 3], ({ id }) => id, String),
  words("role", ["ROLE", 10, 6], ({ isController }) => isController ? "controller" : "-"),
  words("rack", ["RACK", 10, 8], ({ rack }) => rack ?? "-"),
  number("leaders", ["LEADERS", 8, 4], ({ leaders }) => leaders, countText),
  number("replicas", ["REPLICAS", 9, 7], ({ replicas }) => replicas, countText),
  number("records-in", ["RECORDS/S", 11, 1], ({ recordsIn }) => recordsIn, rateText),
  number("bytes-in", ["BYTES/S", 8, 2], ({ bytesIn }) => bytesIn, bytesText),
  number("size", ["SIZE", 8, 5], ({ size }) => size, bytesText),
  number("free", ["FREE", 8, 5], ({ freeBytes }) => freeBytes, bytesText, ({ freeBytes, totalBytes }) => {
    return freeBytes !== undefined && totalBytes !== undefined && freeBytes < totalBytes / 10
      ? "red"
      : undefined;
  }),
]);

function view<Row>(
  title: string,
  table: Table<Row>,
  sort: Sort,
  rowsOf: (figures: Figures) => readonly Row[],
): TabView {
  return {
    title,
    sort,
    columns: table.columns,
    arrange: (figures, sort, filter) => table.arrange(rowsOf(figures), sort, filter),
  };
}

export const views: Readonly<Record<Tab, TabView>> = {
  topics: view("Topics", topics, { column: "records-in", isDescending: true }, ({ topics }) => topics),
  groups: view("Groups", groups, { column: "lag", isDescending: true }, ({ groups }) => groups),
  brokers: view("Brokers", brokers, { column: "id", isDescending: false }, ({ brokers }) => brokers),
};
