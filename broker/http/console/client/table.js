/**
 * A table that is sorted by its heads and walked by keyboard.
 * @module
 */
import { fill, h } from "./dom.js";
import { follow } from "./router.js";

/**
 * @template Row
 * @typedef {object} Column
 * @property {string} name
 * @property {(row: Row) => import("./dom.js").Child} cell
 * @property {(row: Row) => number | string | null | undefined} [sortsBy] left out: it can't be sorted by this
 * @property {boolean} [isNumber] set to the right
 * @property {boolean} [isWide] left out on a narrow screen
 */

/** Rows in the page at once: beyond them one looks by name. */
const MAX_ROWS = 500;

/** @template Row */
export class Table {
  #columns;
  #linkOf;
  /** @type {readonly Row[]} */
  #rows = [];
  /** @type {readonly Row[]} */
  #shown = [];
  #selected = -1;
  /** @type {Column<Row> | undefined} */
  #sortedBy;
  #isDescending = false;
  #head = h("tr");
  #body = h("tbody");
  #rest = h("p", { class: "quiet" });
  /** While a row is pressed, or text in it is selected, nothing is drawn anew under the hand. */
  #isHeld = false;

  /**
   * @param {object} options
   * @param {string} options.label
   * @param {readonly Column<Row>[]} options.columns
   * @param {(row: Row) => string} [options.linkOf] where a row leads to
   */
  constructor({ label, columns, linkOf }) {
    this.#columns = columns;
    this.#linkOf = linkOf;
    this.element = h(
      "div",
      { class: "table", onpointerdown: () => this.#hold() },
      h("table", { "aria-label": label }, h("thead", {}, this.#head), this.#body),
      this.#rest,
    );
  }

  /** @param {readonly Row[]} rows */
  update(rows) {
    this.#rows = rows;
    const selection = getSelection();
    const isSelecting = selection?.isCollapsed === false && this.element.contains(selection.anchorNode);
    if (!this.#isHeld && !isSelecting) this.#draw();
  }

  /** Selects another row: the next for 1, the one before for -1. @param {number} step */
  move(step) {
    this.#selected = Math.min(this.#shown.length - 1, Math.max(0, this.#selected + step));
    this.#draw();
    this.#body.children[this.#selected]?.scrollIntoView({ block: "nearest" });
  }

  /** Goes to where the selected row leads to. */
  open() {
    const row = this.#shown[Math.max(0, this.#selected)];
    if (row !== undefined && this.#linkOf !== undefined) follow(this.#linkOf(row));
  }

  /**
   * The keys that go through it, and open a row; `noun` says what that is.
   *
   * @param {string} noun
   * @returns {import("./keys.js").Key[]}
   */
  keys(noun) {
    const next = { does: `next ${noun}`, act: () => this.move(1) };
    const before = { does: `${noun} before`, act: () => this.move(-1) };
    return [
      { keys: "j", ...next },
      { keys: "k", ...before },
      { keys: "ArrowDown", ...next, isHidden: true },
      { keys: "ArrowUp", ...before, isHidden: true },
      { keys: "Enter", does: "open it", act: () => this.open() },
    ];
  }

  #hold() {
    this.#isHeld = true;
    for (const type of ["pointerup", "pointercancel"]) {
      // After the click that comes of it.
      addEventListener(type, () => setTimeout(() => this.#isHeld = false), { once: true });
    }
  }

  #draw() {
    const focused = this.#focusedIndex();
    const sortsBy = this.#sortedBy?.sortsBy;
    const rows = sortsBy === undefined ? this.#rows : this.#rows.toSorted((a, b) => {
      const order = compare(sortsBy(a), sortsBy(b));
      return this.#isDescending ? -order : order;
    });
    this.#shown = rows.slice(0, MAX_ROWS);
    fill(this.#head, ...this.#columns.map((column) => this.#headCell(column)));
    fill(this.#body, ...this.#shown.map((row, i) => this.#row(row, i)));
    if (focused >= 0) this.#focusable()[focused]?.focus();
    this.#rest.textContent = rows.length > MAX_ROWS
      ? `${rows.length - MAX_ROWS} more: type a part of the name to find one.`
      : "";
  }

  /** @returns {HTMLElement[]} */
  #focusable() {
    return [...this.element.querySelectorAll("a, button")].filter((element) =>
      element instanceof HTMLElement
    );
  }

  #focusedIndex() {
    return this.#focusable().findIndex((element) => element === document.activeElement);
  }

  /** @param {Column<Row>} column */
  #headCell(column) {
    const isSorted = column === this.#sortedBy;
    return h(
      "th",
      {
        class: classOf(column),
        "aria-sort": isSorted ? (this.#isDescending ? "descending" : "ascending") : undefined,
      },
      column.sortsBy === undefined ? column.name : h("button", {
        class: "plain",
        onclick: () => {
          // The largest first is what one looks for in numbers.
          this.#isDescending = isSorted ? !this.#isDescending : column.isNumber === true;
          this.#sortedBy = column;
          this.#draw();
        },
      }, column.name),
    );
  }

  /** @param {Row} row @param {number} index */
  #row(row, index) {
    const link = this.#linkOf?.(row);
    return h(
      "tr",
      {
        "aria-selected": index === this.#selected ? "true" : undefined,
        class: link === undefined ? undefined : "leads",
        onclick: (/** @type {MouseEvent} */ event) => {
          if (link === undefined || /** @type {Element} */ (event.target).closest("a, button") !== null) {
            return;
          }
          follow(link);
        },
      },
      ...this.#columns.map((column, i) => {
        const cell = column.cell(row);
        return h(
          "td",
          { class: classOf(column) },
          i === 0 && link !== undefined ? h("a", { href: link }, cell) : cell,
        );
      }),
    );
  }
}

/** @param {{ isNumber?: boolean, isWide?: boolean }} column */
function classOf({ isNumber, isWide }) {
  return [isNumber ? "number" : "", isWide ? "wide" : ""].join(" ").trim() || undefined;
}

/** What is not known comes first. @param {number | string | null | undefined} a @param {number | string | null | undefined} b */
function compare(a, b) {
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  return Number(a ?? -1) - Number(b ?? -1);
}
