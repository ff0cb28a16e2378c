import { deepEqual, equal } from "node:assert/strict";
import { figuresOf } from "./figures.ts";
import { type Key, KeyParser } from "./keys.ts";
import { initialState, nextState, rowCount, type TopEvent, type TopState } from "./state.ts";
import { madeUpSample } from "./testing/made_up_sample.ts";

const initial = initialState({ bootstrap: "127.0.0.1:9092", size: { columns: 80, rows: 12 } });

function after(state: TopState, ...events: TopEvent[]): TopState {
  return events.reduce((state, event) => {
    const next = nextState(state, event);
    if (next === "quit") throw new Error("it has quit");
    return next;
  }, state);
}

function keys(text: string): TopEvent[] {
  const parser = new KeyParser();
  const all: Key[] = [...parser.push(new TextEncoder().encode(text)), ...parser.flush()];
  return all.map((key) => ({ kind: "key", key }));
}

const topics = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`topic-${i}`, [{ end: i }]]));
const answered: TopEvent = { kind: "answered", figures: figuresOf(madeUpSample({ topics })), atMs: 0 };
const shown = after(initial, answered);

Deno.test("nextState quits by q, Ctrl-C and Escape, but Escape first takes the filter away", () => {
  for (const key of ["q", "\x03", "\x1b"]) equal(nextState(shown, keys(key)[0]!), "quit");
  const filtered = after(shown, ...keys("/topic-1\r"));
  equal(after(filtered, ...keys("\x1b")).filter, "");
  equal(nextState(after(shown, ...keys("/q")), keys("\x03")[0]!), "quit", "Ctrl-C quits while one types");
});

Deno.test("nextState changes tabs by number and by Tab, around the end", () => {
  equal(after(shown, ...keys("2")).tab, "groups");
  equal(after(shown, ...keys("\t\t")).tab, "brokers");
  equal(after(shown, ...keys("\t\t\t")).tab, "topics");
  equal(after(shown, ...keys("\x1b[Z")).tab, "brokers");
});

Deno.test("nextState filters by what is typed, letter by letter", () => {
  const typing = after(shown, ...keys("/topic-2q"));
  equal(typing.filter, "topic-2q", "q is a letter now");
  equal(rowCount(typing), 0);
  const corrected = after(typing, ...keys("\x7f"));
  equal(rowCount(corrected), 11, "topic-2 and topic-20 to topic-29");
  const kept = after(corrected, ...keys("\r"));
  deepEqual([kept.isFiltering, kept.filter], [false, "topic-2"]);
  const cleared = after(corrected, ...keys("\x1b"));
  deepEqual([cleared.isFiltering, cleared.filter], [false, ""]);
  equal(after(typing, ...keys("\x15")).filter, "");
});

Deno.test("nextState sorts each tab by its own columns", () => {
  deepEqual(shown.sorts.topics, { column: "records-in", isDescending: true });
  deepEqual(after(shown, ...keys("\x1b[C")).sorts.topics, { column: "bytes-in", isDescending: true });
  deepEqual(after(shown, ...keys("r")).sorts.topics, { column: "records-in", isDescending: false });
  deepEqual(after(shown, ...keys("\x1b[D\x1b[D\x1b[D")).sorts.topics, {
    column: "topic",
    isDescending: false,
  });
  deepEqual(after(shown, ...keys("\x1b[D")).sorts.groups, shown.sorts.groups);
});

Deno.test("nextState scrolls no further than there are rows", () => {
  equal(after(shown, ...keys("\x1b[A")).scrolled, 0);
  equal(after(shown, ...keys("jj\x1b[Ak")).scrolled, 0);
  equal(after(shown, ...keys("\x1b[6~")).scrolled, 7);
  const end = after(shown, ...keys("G"));
  equal(end.scrolled, 23);
  equal(after(end, ...keys("\x1b[B")).scrolled, 23);
  equal(after(end, ...keys("/topic-2")).scrolled, 0, "what is found is seen");
  const fewer: TopEvent = {
    kind: "answered",
    figures: figuresOf(madeUpSample({ topics: { a: [{}] } })),
    atMs: 1,
  };
  equal(after(end, fewer).scrolled, 0, "topics were deleted meanwhile");
  equal(after(end, { kind: "resized", size: { columns: 80, rows: 50 } }).scrolled, 0);
});

Deno.test("nextState shows the keys, and goes back by any of them", () => {
  const help = after(shown, ...keys("?"));
  equal(help.isHelpShown, true);
  equal(after(help, ...keys("q")).isHelpShown, false);
  equal(nextState(help, keys("\x03")[0]!), "quit");
});

Deno.test("nextState changes no figures while it is paused", () => {
  const paused = after(shown, ...keys("p"));
  const later: TopEvent = { kind: "answered", figures: figuresOf(madeUpSample({ topics: {} })), atMs: 9 };
  equal(after(paused, later).figures, shown.figures);
  equal(after(paused, ...keys(" "), later).figures, later.figures);
});

Deno.test("nextState keeps the figures of before while the cluster is away, and since when it is", () => {
  const away = after(
    shown,
    { kind: "asked", atMs: 1000 },
    { kind: "failed", message: "refused", atMs: 3000 },
    { kind: "asked", atMs: 4000 },
    { kind: "failed", message: "still refused", atMs: 6000 },
  );
  deepEqual(away.failure, { message: "still refused", sinceMs: 1000 });
  equal(away.figures, shown.figures);
  equal(after(away, answered).failure, undefined);
});
