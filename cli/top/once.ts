/**
 * One measurement: two samples, an interval apart, as tables or for a program.
 * @module
 */
import { ExitCode, type Invocation } from "../command.ts";
import { printResult } from "../output/format.ts";
import type { Json } from "../output/json.ts";
import type { Style } from "../output/style.ts";
import { type Cell, listText, tableText } from "../output/table.ts";
import { reachCluster } from "../reach_cluster.ts";
import { type Figures, figuresOf } from "./figures.ts";
import type { Sample } from "./sample.ts";
import { type Tab, TABS, views } from "./tabs.ts";
import type { TopOptions } from "./top.ts";

export async function once(
  invocation: Invocation,
  take: () => Promise<Sample>,
  { bootstrap, intervalMs, view }: TopOptions,
): Promise<number> {
  const figures = await reachCluster(bootstrap, async () => {
    const before = figuresOf(await take());
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
    return figuresOf(await take(), before);
  });
  for (const gap of figures.sample.gaps) invocation.terminal.report(`milena: ${gap}`);
  printResult(invocation, {
    value: valueOf(figures, view),
    text: (style) => textOf(figures, view, style),
  });
  return ExitCode.OK;
}

type View = TopOptions["view"];

function textOf(figures: Figures, view: View, style: Style): string {
  const tables = TABS
    .filter((tab) => view.tab === undefined || view.tab === tab)
    .map((tab) => {
      const { headings, rows } = rowsOf(figures, view, tab);
      return tableText(headings, rows, { style });
    });
  return [...view.tab === undefined ? [listText(totals(figures), { style })] : [], ...tables].join("\n\n");
}

function rowsOf(figures: Figures, view: View, tab: Tab): { headings: string[]; rows: Cell[][] } {
  const { columns } = views[tab];
  const arranged = arrange(figures, view, tab);
  // The past of one measurement is short.
  const without = <T>(cells: readonly T[]) => cells.filter((_, i) => columns[i]!.name !== "history");
  return {
    headings: without(columns.map(({ heading }) => heading)),
    rows: Array.from({ length: arranged.count }, (_, i) => without(arranged.cells(i))),
  };
}

/** Sort and filter are of the tab that was asked for. */
function arrange(figures: Figures, { tab: given = "topics", sort, filter }: View, tab: Tab) {
  const view = views[tab];
  return tab === given
    ? view.arrange(figures, sort ?? view.sort, filter ?? "")
    : view.arrange(figures, view.sort, "");
}

function totals(
  { sample, partitions, underReplicated, recordsIn, bytesIn, lag, metrics }: Figures,
): [string, Cell][] {
  const rounded = (value: number | undefined, digits = 1) =>
    value === undefined ? undefined : Number(value.toFixed(digits));
  return [
    ["cluster", sample.cluster.id],
    ["controller", sample.cluster.controller],
    ["brokers", sample.brokers.length],
    ["topics", sample.topics.length],
    ["partitions", partitions],
    ["under-replicated", underReplicated],
    ["records/s in", rounded(recordsIn)],
    ["bytes/s in", rounded(bytesIn)],
    ["lag of all groups", lag],
    ...metrics === undefined ? [] : [
      ["connections", metrics.connections],
      ["requests/s", rounded(metrics.requests)],
      ["p99 of produce, ms", rounded(metrics.produceP99 && metrics.produceP99 * 1000, 3)],
      ["p99 of fetch, ms", rounded(metrics.fetchP99 && metrics.fetchP99 * 1000, 3)],
      ["processors in use", rounded(metrics.cpus, 2)],
      ["memory, bytes", metrics.rssBytes],
    ] as [string, Cell][],
  ];
}

/** Numbers that nobody knows are null; rates are by second. */
function valueOf(figures: Figures, view: View): Json {
  const { sample, metrics } = figures;
  const passing = <Row extends object>(tab: Tab, rows: readonly Row[], nameOf: (row: Row) => string) => {
    const byName = new Map(rows.map((row) => [nameOf(row), row]));
    const arranged = arrange(figures, view, tab);
    return Array.from({ length: arranged.count }, (_, i) => byName.get(String(arranged.cells(i)[0]))!);
  };
  return {
    cluster: {
      id: sample.cluster.id,
      controller: sample.cluster.controller ?? null,
      brokers: sample.brokers.length,
      topics: sample.topics.length,
      partitions: figures.partitions,
      underReplicated: figures.underReplicated,
      recordsIn: figures.recordsIn ?? null,
      bytesIn: figures.bytesIn ?? null,
      lag: figures.lag,
    },
    topics: passing("topics", figures.topics, ({ name }) => name).map((topic) => ({
      name: topic.name,
      partitions: topic.partitions,
      underReplicated: topic.underReplicated,
      recordsIn: topic.recordsIn ?? null,
      bytesIn: topic.bytesIn ?? null,
      records: topic.records ?? null,
      size: topic.size ?? null,
    })),
    groups: passing("groups", figures.groups, ({ id }) => id).map((group) => ({
      id: group.id,
      state: group.state,
      members: group.members,
      topics: group.topics,
      lag: group.lag ?? null,
      trend: group.trend ?? null,
      consumed: group.consumed ?? null,
    })),
    brokers: passing("brokers", figures.brokers, ({ address }) => address).map((broker) => ({
      id: broker.id,
      address: broker.address,
      rack: broker.rack ?? null,
      isController: broker.isController,
      leaders: broker.leaders,
      replicas: broker.replicas,
      recordsIn: broker.recordsIn ?? null,
      bytesIn: broker.bytesIn ?? null,
      size: broker.size ?? null,
      freeBytes: broker.freeBytes ?? null,
      totalBytes: broker.totalBytes ?? null,
    })),
    metrics: metrics === undefined ? null : {
      url: metrics.url,
      connections: metrics.connections ?? null,
      requests: metrics.requests ?? null,
      produceP99Seconds: metrics.produceP99 ?? null,
      fetchP99Seconds: metrics.fetchP99 ?? null,
      processors: metrics.cpus ?? null,
      rssBytes: metrics.rssBytes ?? null,
    },
    gaps: [...sample.gaps],
  };
}
