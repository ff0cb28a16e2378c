import { quietTerminal } from "../testing/quiet_terminal.ts";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { styleOf } from "../output/style.ts";
import { displayWidth, printable } from "../output/text.ts";
import { figuresOf } from "./figures.ts";
import { readMetrics } from "./metrics_sample.ts";
import { render } from "./render.ts";
import { initialState, nextState, type TopState } from "./state.ts";
import { TABS } from "./tabs.ts";
import { type MadeUp, madeUpSample } from "./testing/made_up_sample.ts";

const plain = styleOf(quietTerminal);
const coloured = styleOf({ ...quietTerminal, outputIsTerminal: true });

function stateOf(
  before: MadeUp,
  now: MadeUp,
  options: Partial<TopState> = {},
): TopState {
  const figures = figuresOf(
    madeUpSample({ atMs: 2000, ...now }),
    figuresOf(madeUpSample({ atMs: 0, ...before })),
  );
  return {
    ...initialState({ bootstrap: "127.0.0.1:9092", size: { columns: 100, rows: 20 } }),
    figures,
    ...options,
  };
}

const busy = stateOf(
  {
    topics: {
      orders: [{ end: 0, size: 0 }, { end: 0, size: 0 }],
      clicks: [{ end: 0, size: 0 }],
      idle: [{ size: 5 }],
    },
    groups: { billing: { lag: 10, committed: 5 }, audit: { lag: 100, committed: 0 } },
  },
  {
    topics: {
      orders: [{ end: 2000, size: 200_000 }, { end: 468, size: 46_800, inSync: [] }],
      clicks: [{ end: 20_000, size: 100_000 }],
      idle: [{ size: 5 }],
    },
    groups: {
      billing: { lag: 30, committed: 105 },
      audit: { lag: 0, committed: 100, state: "Empty", members: 0 },
    },
  },
);

Deno.test("render shows totals, topics by what comes in, and which keys there are", () => {
  deepEqual(
    render(busy, plain).map((line) => line.trimEnd()).filter((line) => line !== ""),
    [
      "milena top  1 under-replicated  127.0.0.1:9092  1 broker  controller 1  3 topics  4 partitions",
      "in 11,234 records/s  173 kB/s  lag 30 (-40/s)  █",
      "[1 Topics]  2 Groups   3 Brokers",
      "TOPIC                          PARTITIONS   UNDER-REPL   RECORDS/S▼   BYTES/S      RECORDS      SIZE",
      "clicks                                  1            0       10,000   50.0 kB       20,000    100 kB",
      "orders                                  2            1        1,234    123 kB        2,468    247 kB",
      "idle                                    1            0            0       0 B            0       5 B",
      "q quits  ? keys  Tab tabs  / filter  ←→ sort  r reverse  p pause  ↑↓ scroll",
    ].map((line) => line),
  );
});

Deno.test("render shows groups by lag, and whether it grows", () => {
  const lines = render({ ...busy, tab: "groups", size: { columns: 120, rows: 10 } }, plain);
  match(lines[4]!, /^billing +Stable +1 +1 +30 +\+10 +50 +▃█/);
  match(lines[5]!, /^audit +Empty +0 +1 +0 +-50 +50 +█▁/);
});

Deno.test("render shows brokers", () => {
  const lines = render({ ...busy, tab: "brokers", size: { columns: 120, rows: 10 } }, plain);
  match(lines[4]!, /^127\.0\.0\.1:9092 +1 +controller +- +4 +4 +11,234 +173 kB +1\.00 kB +50\.0 GB$/);
});

Deno.test("render shows what a Milena tells of itself, where there is room for it", () => {
  const text = (requests: number) =>
    `milena_connections 34\nmilena_requests_total ${requests}\nprocess_resident_memory_bytes 1e8\n`;
  const metrics = (requests: number, atMs: number) =>
    readMetrics(text(requests), { url: "http://h:8080/metrics", atMs });
  const state = stateOf({ metrics: metrics(0, 0) }, { metrics: metrics(500, 1000) });
  equal(
    render(state, plain)[2],
    "34 connections  500 requests/s  p99 produce -, fetch -  CPU -  RSS 100 MB  http://h:8080/metrics",
  );
  ok(!render({ ...state, size: { columns: 100, rows: 10 } }, plain).join("\n").includes("34 connections"));
});

Deno.test("render says that nothing comes, since when and why, above what was known last", () => {
  const away = { ...busy, failure: { message: "connection refused", sinceMs: 1000 }, nowMs: 8000 };
  match(render(away, plain).join("\n"), /\nno figures for 7 s: connection refused\n[^]*\nclicks /);
  match(render({ ...busy, askedAtMs: 0, nowMs: 5000 }, plain).join("\n"), /\nno answer for 5 s\n/);
  const gap = stateOf({}, { gaps: ["broker 2 does not tell"] });
  match(render(gap, plain).join("\n"), /\nbroker 2 does not tell\n/);
  match(
    render(initialState({ bootstrap: "h:1", size: { columns: 60, rows: 12 } }), plain).join("\n"),
    /\nasking …\n/,
  );
});

Deno.test("render shows rows from where it is scrolled to, and says if none passes the filter", () => {
  const rows = (state: TopState) => render(state, plain).map((line) => line.split(" ")[0]);
  deepEqual(rows({ ...busy, size: { columns: 80, rows: 7 }, scrolled: 1 }).slice(4, 6), ["orders", "idle"]);
  match(render({ ...busy, filter: "nope" }, plain).join("\n"), /\nnothing has "nope" in its name\n/);
  match(render({ ...busy, tab: "groups", filter: "BILL" }, plain).join("\n"), /\/BILL 1 shown[^]*\nbilling/);
});

Deno.test("render never gives more lines than the screen has, nor wider ones, in any state", () => {
  const wide = stateOf({}, {
    topics: { orders: [{ end: 123_456_789_012, size: 9e15 }], [`${"x".repeat(249)}`]: [{}] },
    groups: { "日本語のとても長い名前のグループ": { lag: 9e12 }, "\x1b[2Jevil\n": {}, "e\u0301😀": {} },
    gaps: ["a sentence that is longer than most screens are wide, with 日本語 in it ".repeat(3)],
  });
  for (const columns of [1, 2, 3, 10, 39, 40, 41, 60, 80, 100, 133, 200]) {
    for (const rows of [1, 2, 3, 5, 10, 13, 14, 24]) {
      for (const tab of TABS) {
        for (
          const variant of [{}, { isHelpShown: true }, { isFiltering: true, filter: "語" }, {
            isPaused: true,
          }]
        ) {
          const lines = render({ ...wide, tab, ...variant, size: { columns, rows } }, plain);
          ok(lines.length <= rows, `${lines.length} lines on ${rows} rows`);
          for (const line of lines) {
            ok(displayWidth(line) <= columns, `${displayWidth(line)} of ${columns} columns: ${line}`);
            equal(line, printable(line), "nothing that a terminal would obey");
          }
        }
      }
    }
  }
});

Deno.test("render looks the same without colours, letter by letter", () => {
  for (const tab of TABS) {
    const state = { ...busy, tab };
    // deno-lint-ignore no-control-regex
    const bare = render(state, coloured).map((line) => line.replaceAll(/\x1b\[\d+m/g, ""));
    deepEqual(bare, render(state, plain));
  }
  ok(render(busy, coloured).some((line) => line.includes("\x1b[31m1 under-replicated\x1b[0m")));
});

Deno.test("render keeps name and rates on 40 columns and 10 rows", () => {
  const small = nextState(busy, { kind: "resized", size: { columns: 40, rows: 10 } });
  const lines = render(small as TopState, plain);
  equal(lines[3], "TOPIC               RECORDS/S▼   BYTES/S");
  equal(lines[4], "clicks                  10,000   50.0 kB");
  equal(lines.length, 10);
});
