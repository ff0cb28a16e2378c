/**
 * What the view shows and how it answers to keys: a state and an event give the next state.
 *
 * What must be true: an answer that is late, or does not come, changes nothing but the line that says so; and while the view
 * is paused nothing changes by itself.
 * @module
 */
import type { Figures } from "./figures.ts";
import type { Key, KeyName } from "./keys.ts";
import { bodyRows } from "./render.ts";
import type { Sort } from "./table.ts";
import { type Tab, TABS, views } from "./tabs.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface TopState {
  readonly bootstrap: string;
  readonly size: Size;
  readonly tab: Tab;
  readonly sorts: Readonly<Record<Tab, Sort>>;
  readonly filter: string;
  /** What is typed goes to the filter. */
  readonly isFiltering: boolean;
  readonly isPaused: boolean;
  readonly isHelpShown: boolean;
  /** Rows above the first that is shown. */
  readonly scrolled: number;
  /** undefined: nothing has come yet. */
  readonly figures: Figures | undefined;
  /** Why the cluster gives no figures, and since when. */
  readonly failure: { readonly message: string; readonly sinceMs: number } | undefined;
  /** When it was last asked without having answered yet. */
  readonly askedAtMs: number | undefined;
  readonly nowMs: number;
}

export type TopEvent =
  | { readonly kind: "key"; readonly key: Key }
  | { readonly kind: "resized"; readonly size: Size }
  | { readonly kind: "asked"; readonly atMs: number }
  | { readonly kind: "answered"; readonly figures: Figures; readonly atMs: number }
  | { readonly kind: "failed"; readonly message: string; readonly atMs: number }
  | { readonly kind: "tick"; readonly atMs: number };

export type InitialState = Pick<TopState, "bootstrap" | "size"> & {
  readonly tab?: Tab;
  readonly sort?: Sort;
  readonly filter?: string;
};

export function initialState({ bootstrap, size, tab = "topics", sort, filter = "" }: InitialState): TopState {
  const sorts = { topics: views.topics.sort, groups: views.groups.sort, brokers: views.brokers.sort };
  return {
    bootstrap,
    size,
    tab,
    sorts: sort === undefined ? sorts : { ...sorts, [tab]: sort },
    filter,
    isFiltering: false,
    isPaused: false,
    isHelpShown: false,
    scrolled: 0,
    figures: undefined,
    failure: undefined,
    askedAtMs: undefined,
    nowMs: 0,
  };
}

export function nextState(state: TopState, event: TopEvent): TopState | "quit" {
  switch (event.kind) {
    case "key":
      return afterKey(state, event.key);
    case "resized":
      return kept({ ...state, size: event.size });
    case "asked":
      return { ...state, askedAtMs: event.atMs, nowMs: event.atMs };
    case "answered": {
      const answered = { ...state, askedAtMs: undefined, failure: undefined, nowMs: event.atMs };
      return state.isPaused ? answered : kept({ ...answered, figures: event.figures });
    }
    case "failed": {
      const sinceMs = state.failure?.sinceMs ?? state.askedAtMs ?? event.atMs;
      const failure = { message: event.message, sinceMs };
      return { ...state, askedAtMs: undefined, failure, nowMs: event.atMs };
    }
    case "tick":
      return { ...state, nowMs: event.atMs };
  }
}

/** How many rows pass the filter. */
export function rowCount({ figures, tab, sorts, filter }: TopState): number {
  return figures === undefined ? 0 : views[tab].arrange(figures, sorts[tab], filter).count;
}

function afterKey(state: TopState, key: Key): TopState | "quit" {
  if (key.kind === "named" && key.name === "interrupt") return "quit";
  if (state.isHelpShown) return { ...state, isHelpShown: false };
  if (state.isFiltering) return whileFiltering(state, key);
  return key.kind === "text" ? afterLetter(state, key.text) : afterNamed(state, key.name);
}

function whileFiltering(state: TopState, key: Key): TopState {
  const filtered = (filter: string) => ({ ...state, filter, scrolled: 0 });
  if (key.kind === "text") return filtered(state.filter + key.text);
  switch (key.name) {
    case "enter":
      return { ...state, isFiltering: false };
    case "escape":
      return { ...filtered(""), isFiltering: false };
    case "backspace":
      return filtered([...state.filter].slice(0, -1).join(""));
    case "erase-line":
    case "erase-word":
      return filtered("");
    default:
      return moved(state, key.name);
  }
}

function afterLetter(state: TopState, letter: string): TopState | "quit" {
  const tab = TABS[Number(letter) - 1];
  if (tab !== undefined) return { ...state, tab, scrolled: 0 };
  switch (letter) {
    case "q":
      return "quit";
    case "/":
      return { ...state, isFiltering: true };
    case "p":
    case " ":
      return { ...state, isPaused: !state.isPaused };
    case "?":
    case "h":
      return { ...state, isHelpShown: true };
    case "s":
      return sortedBy(state, 1);
    case "r": {
      const { column, isDescending } = state.sorts[state.tab];
      return withSort(state, { column, isDescending: !isDescending });
    }
    case "j":
      return moved(state, "down");
    case "k":
      return moved(state, "up");
    case "g":
      return moved(state, "home");
    case "G":
      return moved(state, "end");
    default:
      return state;
  }
}

function afterNamed(state: TopState, name: KeyName): TopState | "quit" {
  switch (name) {
    case "escape":
      return state.filter === "" ? "quit" : { ...state, filter: "", scrolled: 0 };
    case "tab":
      return anotherTab(state, 1);
    case "back-tab":
      return anotherTab(state, -1);
    case "right":
      return sortedBy(state, 1);
    case "left":
      return sortedBy(state, -1);
    default:
      return moved(state, name);
  }
}

function moved(state: TopState, name: KeyName): TopState {
  const page = Math.max(1, bodyRows(state));
  switch (name) {
    case "up":
      return kept({ ...state, scrolled: state.scrolled - 1 });
    case "down":
      return kept({ ...state, scrolled: state.scrolled + 1 });
    case "page-up":
      return kept({ ...state, scrolled: state.scrolled - page });
    case "page-down":
      return kept({ ...state, scrolled: state.scrolled + page });
    case "home":
      return { ...state, scrolled: 0 };
    case "end":
      return kept({ ...state, scrolled: Infinity });
    default:
      return state;
  }
}

/** With as much scrolled as there is to scroll. */
function kept(state: TopState): TopState {
  if (state.scrolled === 0) return state;
  const most = Math.max(0, rowCount(state) - Math.max(1, bodyRows(state)));
  return { ...state, scrolled: Math.max(0, Math.min(state.scrolled, most)) };
}

function anotherTab(state: TopState, by: 1 | -1): TopState {
  const at = (TABS.indexOf(state.tab) + by + TABS.length) % TABS.length;
  return { ...state, tab: TABS[at]!, scrolled: 0 };
}

/** By another column: names from the first on, numbers from the largest on. */
function sortedBy(state: TopState, by: 1 | -1): TopState {
  const { columns } = views[state.tab];
  const at = columns.findIndex(({ name }) => name === state.sorts[state.tab].column);
  const column = columns[(at + by + columns.length) % columns.length]!;
  return withSort(state, { column: column.name, isDescending: column.isText !== true });
}

function withSort(state: TopState, sort: Sort): TopState {
  return { ...state, sorts: { ...state.sorts, [state.tab]: sort }, scrolled: 0 };
}
