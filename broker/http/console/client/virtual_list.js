/**
 * A list of rows of one height, of which only those in sight are in the page.
 *
 * What must be true: when rows are put in front, what the reader looks at stays where it is, unless they look at the very
 * top.
 * @module
 */
import { fill, h } from "./dom.js";

const MARGIN_ROWS = 12;

/** @template Item */
export class VirtualList {
  /** @type {readonly Item[]} */
  #items = [];
  #selected = -1;
  #rowHeight;
  #row;
  #rows = h("div", { class: "rows" });
  #isDrawing = false;
  /** What is drawn stays the same element, or a press that begins on one would end on another. @type {Map<Item, HTMLElement>} */
  #drawn = new Map();

  /**
   * @param {object} options
   * @param {string} options.label
   * @param {number} options.rowHeight
   * @param {(item: Item) => readonly import("./dom.js").Child[]} options.row the cells of a row
   * @param {(index: number) => void} options.onSelect
   * @param {() => void} [options.onEnd] the end has come into sight
   */
  constructor({ label, rowHeight, row, onSelect, onEnd = () => {} }) {
    this.#rowHeight = rowHeight;
    this.#row = row;
    this.element = h("div", {
      class: "virtual-list",
      role: "listbox",
      "aria-label": label,
      tabindex: 0,
      onscroll: () => {
        this.#draw();
        const { scrollTop, clientHeight, scrollHeight } = this.element;
        if (scrollTop + clientHeight > scrollHeight - 4 * this.#rowHeight) onEnd();
      },
      onclick: (/** @type {MouseEvent} */ event) => {
        const row = /** @type {Element} */ (event.target).closest(".row");
        const index = Number(/** @type {HTMLElement | null} */ (row)?.dataset.index ?? -1);
        if (index >= 0) onSelect(index);
      },
    }, this.#rows);
    new ResizeObserver(() => this.#draw()).observe(this.element);
  }

  get isAtTop() {
    return this.element.scrollTop < this.#rowHeight;
  }

  /**
   * @param {readonly Item[]} items
   * @param {{ added?: number, selected: number }} options how many of them are new in front; which is selected
   */
  update(items, { added = 0, selected }) {
    const stays = !this.isAtTop;
    this.#items = items;
    this.#selected = selected;
    this.#rows.style.height = `${items.length * this.#rowHeight}px`;
    if (stays && added > 0) this.element.scrollTop += added * this.#rowHeight;
    if (!this.#isDrawing) {
      this.#isDrawing = true;
      requestAnimationFrame(() => {
        this.#isDrawing = false;
        this.#draw();
      });
    }
  }

  /** Scrolls as little as is needed. @param {number} index */
  bringIntoSight(index) {
    const { scrollTop, clientHeight } = this.element;
    const top = index * this.#rowHeight;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + this.#rowHeight > scrollTop + clientHeight) {
      this.element.scrollTop = top + this.#rowHeight - clientHeight;
    }
  }

  #draw() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.#rowHeight) - MARGIN_ROWS);
    const end = Math.min(
      this.#items.length,
      Math.ceil((scrollTop + clientHeight) / this.#rowHeight) + MARGIN_ROWS,
    );
    /** @type {Map<Item, HTMLElement>} */
    const drawn = new Map();
    this.#items.slice(first, end).forEach((item, i) => {
      const index = first + i;
      const row = this.#drawn.get(item) ?? h("div", { class: "row", role: "option" }, ...this.#row(item));
      row.setAttribute("aria-selected", String(index === this.#selected));
      row.dataset.index = String(index);
      row.style.transform = `translateY(${index * this.#rowHeight}px)`;
      drawn.set(item, row);
    });
    this.#drawn = drawn;
    fill(this.#rows, ...drawn.values());
  }
}
