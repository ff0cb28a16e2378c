/**
 * The screen, from the state: as many lines as it has rows, or fewer, none wider than it.
 * @module
 */
import type { Style } from "../output/style.ts";
import { displayWidth, printable } from "../output/text.ts";
import { showMany } from "../units.ts";
import type { Figures } from "./figures.ts";
import { cutText, fitSpans, type Span, styled } from "./fit_text.ts";
import { bytesText, countText, durationText, rateText, trendText } from "./numbers.ts";
import { sparkline } from "./sparkline.ts";
import type { TopState } from "./state.ts";
import { TABS, views } from "./tabs.ts";

type Line = readonly Span[];

/** On fewer rows than this the lines that can be done without are left out. */
const ROOMY = 14;
/** Tabs and heading above the rows, keys below them. */
const AROUND_BODY = 3;
/** An answer that takes longer is spoken of. */
const PATIENCE_MS = 2000;

export function render(state: TopState, style: Style): string[] {
  const { columns, rows } = state.size;
  const lines = state.isHelpShown ? helpLines() : viewLines(state);
  return lines.slice(0, rows).map((line) => styled(clipped(line, columns), style));
}

/** How many rows of the table there is room for. */
export function bodyRows(state: TopState): number {
  return Math.max(0, state.size.rows - headLines(state).length - AROUND_BODY);
}

function viewLines(state: TopState): Line[] {
  const { columns } = state.size;
  const head = headLines(state);
  const arranged = state.figures === undefined
    ? undefined
    : views[state.tab].arrange(state.figures, state.sorts[state.tab], state.filter);
  const length = bodyRows(state);
  const first = Math.max(0, Math.min(state.scrolled, (arranged?.count ?? 0) - length));
  const body = Array.from({ length }, (_, i): Line => {
    const index = first + i;
    return arranged !== undefined && index < arranged.count ? arranged.row(index, columns) : [];
  });
  if (arranged !== undefined && arranged.count === 0 && length > 0) {
    const { title } = views[state.tab];
    const what = state.filter === ""
      ? `no ${title.toLowerCase()}`
      : `nothing has "${printable(state.filter)}" in its name`;
    body[0] = [{ text: what, look: "dim" }];
  }
  return [
    ...head,
    tabsLine(state, arranged?.count),
    arranged?.heading(columns) ?? [],
    ...body,
    footLine(state),
  ];
}

function headLines(state: TopState): Line[] {
  const { figures, size } = state;
  const isRoomy = size.rows >= ROOMY;
  const lines = [titleLine(state)];
  if (figures !== undefined) {
    lines.push(totalsLine(figures, size.columns));
    const { metrics } = figures;
    if (metrics !== undefined && isRoomy) lines.push(metricsLine(metrics, size.columns));
  }
  const message = messageOf(state);
  if (message !== undefined) lines.push([{ ...message, text: printable(message.text) }]);
  if (isRoomy) lines.push([]);
  return lines;
}

function titleLine({ bootstrap, figures, isPaused, size }: TopState): Line {
  const spans: Span[] = [{ text: "milena top", look: "bold" }];
  if (isPaused) spans.push({ text: "PAUSED", look: "yellow" });
  const under = figures?.underReplicated ?? 0;
  const replication: Span = {
    text: `${countText(under)} under-replicated`,
    look: under > 0 ? "red" : undefined,
  };
  if (under > 0) spans.push(replication);
  spans.push({ text: printable(bootstrap), look: "cyan" });
  if (figures !== undefined) {
    const { sample: { brokers, cluster, topics }, partitions } = figures;
    spans.push(
      { text: showMany(brokers.length, "broker") },
      { text: cluster.controller === undefined ? "no controller" : `controller ${cluster.controller}` },
      { text: showMany(topics.length, "topic") },
      { text: showMany(partitions, "partition") },
    );
    if (under === 0) spans.push(replication);
  }
  return fitSpans(spans, size.columns);
}

function totalsLine(figures: Figures, columns: number): Line {
  const { recordsIn, bytesIn, history, lag, groups } = figures;
  const trend = groups.reduce((sum, { trend = 0 }) => sum + trend, 0);
  return fitSpans([
    { text: `in ${rateText(recordsIn)} records/s`, look: "green" },
    { text: `${bytesText(bytesIn)}/s`, look: "green" },
    { text: `lag ${countText(lag)} (${trendText(trend)}/s)`, look: trend > 0 ? "red" : undefined },
    { text: sparkline(history, Math.min(60, Math.max(0, columns - 60))).trimStart(), look: "cyan" },
  ], columns);
}

function metricsLine(metrics: NonNullable<Figures["metrics"]>, columns: number): Line {
  const { connections, requests, produceP99, fetchP99, cpus, rssBytes, url } = metrics;
  return fitSpans([
    { text: showMany(connections ?? 0, "connection") },
    { text: `${rateText(requests)} requests/s` },
    { text: `p99 produce ${durationText(produceP99)}, fetch ${durationText(fetchP99)}` },
    { text: `CPU ${cpus === undefined ? "-" : `${Math.round(cpus * 100)}%`}` },
    { text: `RSS ${bytesText(rssBytes)}` },
    { text: printable(url), look: "dim" },
  ], columns);
}

/** What keeps the figures from being whole. */
function messageOf({ failure, askedAtMs, nowMs, figures }: TopState): Span | undefined {
  if (failure !== undefined) {
    const seconds = Math.round((nowMs - failure.sinceMs) / 1000);
    return { text: `no figures for ${seconds} s: ${failure.message}`, look: "red" };
  }
  const waitedMs = askedAtMs === undefined ? 0 : nowMs - askedAtMs;
  if (waitedMs >= PATIENCE_MS) {
    return { text: `no answer for ${Math.round(waitedMs / 1000)} s`, look: "yellow" };
  }
  if (figures === undefined) return { text: "asking …", look: "dim" };
  const { gaps } = figures.sample;
  return gaps.length === 0 ? undefined : { text: gaps.join("; "), look: "yellow" };
}

function tabsLine({ tab, filter, isFiltering, figures, size }: TopState, shown = 0): Line {
  const spans = TABS.map((name, i): Span => {
    const text = `${i + 1} ${views[name].title}`;
    return name === tab ? { text: `[${text}]`, look: "bold" } : { text: ` ${text} `, look: "dim" };
  });
  const wanted: Span[] = [];
  if (isFiltering || filter !== "") {
    wanted.push({ text: `/${printable(filter)}${isFiltering ? "█" : ""}`, look: "yellow" });
    if (figures !== undefined) wanted.push({ text: `${countText(shown)} shown`, look: "dim" });
  }
  // What is being typed is what has to be seen.
  return isFiltering && size.columns < 60
    ? fitSpans(wanted, size.columns)
    : fitSpans([...spans, ...wanted], size.columns, " ");
}

function footLine({ isFiltering, filter, isPaused, size }: TopState): Line {
  const keys = isFiltering ? ["Enter keeps it", "Esc clears it"] : [
    filter === "" ? "q quits" : "Esc clears the filter",
    "? keys",
    "Tab tabs",
    "/ filter",
    "←→ sort",
    "r reverse",
    isPaused ? "p goes on" : "p pause",
    "↑↓ scroll",
  ];
  return fitSpans(keys.map((text) => ({ text, look: "dim" })), size.columns);
}

function helpLines(): Line[] {
  const keys = [
    ["1 2 3, Tab", "topics, groups, brokers"],
    ["← →, s", "sort by another column"],
    ["r", "sort the other way round"],
    ["↑ ↓, j k", "scroll; PgUp PgDn Home End"],
    ["/", "only names with what is typed"],
    ["p, Space", "pause, go on"],
    ["^L, ^Z", "draw anew, suspend"],
    ["q, Esc, ^C", "quit"],
  ] as const;
  return [
    [{ text: "Keys", look: "bold" }, { text: "  (any key goes back)", look: "dim" }],
    ...keys.map(([key, meaning]): Line => [
      { text: key.padEnd(11), look: "cyan" },
      { text: meaning },
    ]),
  ];
}

/** No wider than the screen, whatever it was made for. */
function clipped(line: Line, columns: number): Line {
  let left = columns;
  return line.map(({ text, look }) => {
    const cut = cutText(text, left);
    left -= displayWidth(cut);
    return { text: cut, look };
  });
}
