/**
 * Lines over the last ten minutes, sparklines, and bars of a histogram, in SVG. Colours come from the style sheet, by class.
 * @module
 */
import { fill, h, svg } from "./dom.js";
import { time } from "./format.js";
import { SPAN_MS } from "./metrics_history.js";

/** @typedef {import("./metrics_history.js").Point} Point */

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {readonly Point[]} points
 */

/**
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {(value: number) => string} format
 * @property {boolean} [isInteger] the axis has no marks between whole numbers
 * @property {boolean} [isBytes] its marks are round in powers of 1024
 */

const HEIGHT = 130;
const LEFT = 66;
const RIGHT = 6;
const TOP = 8;
const BOTTOM = 18;
/** As many as there are colours; the rest are left out, smallest first. */
const MAX_LINES = 8;

/** A chart that is drawn anew with each `update`, and tells the values under the pointer. */
export class LineChart {
  #format;
  #isInteger;
  #isBytes;
  #legend = h("div", { class: "legend" });
  #drawing = svg("svg", {
    role: "img",
    height: HEIGHT,
    onpointermove: (/** @type {PointerEvent} */ event) => this.#point(event),
    onpointerleave: () => this.#unpoint(),
  });
  #figure = h("span", { class: "figure" });
  /** @type {readonly Line[]} */
  #lines = [];
  /** Where the pointer is, in ms. @type {number | undefined} */
  #pointed;
  #end = 0;
  #width = 0;

  /** @param {ChartOptions} options */
  constructor({ title, format, isInteger = false, isBytes = false }) {
    this.#format = format;
    this.#isBytes = isBytes;
    this.#isInteger = isInteger;
    this.#drawing.setAttribute("aria-label", title);
    this.element = h(
      "figure",
      { class: "chart" },
      h("figcaption", {}, h("span", {}, title), this.#figure),
      this.#drawing,
      this.#legend,
    );
    new ResizeObserver(() => this.#draw()).observe(this.#drawing);
  }

  /** @param {readonly Line[]} lines */
  update(lines) {
    const told = lines.filter(({ points }) => points.some(([, value]) => !Number.isNaN(value)));
    this.#lines = told.length <= MAX_LINES
      ? told
      : [...told].sort((a, b) => lastOf(b) - lastOf(a)).slice(0, MAX_LINES);
    this.#end = Math.max(Date.now() - 2000, ...this.#lines.map(({ points }) => points.at(-1)?.[0] ?? 0));
    this.#draw();
  }

  #draw() {
    const width = this.#width = this.#drawing.clientWidth;
    if (width === 0) return;
    const top = niceTop(this.#lines, { isInteger: this.#isInteger, isBytes: this.#isBytes });
    /** @param {number} at */
    const x = (at) => LEFT + (width - LEFT - RIGHT) * (1 - (this.#end - at) / SPAN_MS);
    /** @param {number} value */
    const y = (value) => HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * Math.min(1, value / top);
    const marks = this.#isInteger && top < 2 ? [0, top] : [0, top / 2, top];
    fill(
      this.#drawing,
      ...marks.flatMap((mark) => [
        svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(mark), y2: y(mark) }),
        svg("text", { x: LEFT - 6, y: y(mark) + 3.5, "text-anchor": "end" }, this.#format(mark)),
      ]),
      ...[10, 5].map((minutes) =>
        svg("text", {
          x: x(this.#end - minutes * 60_000),
          y: HEIGHT - 4,
          "text-anchor": minutes === 10 ? "start" : "middle",
        }, `−${minutes} min`)
      ),
      svg("text", { x: width - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, "now"),
      ...this.#lines.map(({ points }, i) =>
        svg("path", { class: `line line-${i}`, d: pathOf(points, x, y, this.#end - SPAN_MS) })
      ),
      this.#pointed !== undefined && this.#pointed >= this.#end - SPAN_MS &&
        svg("line", {
          class: "pointer",
          x1: x(this.#pointed),
          x2: x(this.#pointed),
          y1: TOP,
          y2: HEIGHT - BOTTOM,
        }),
    );
    this.#tell();
  }

  /** The values at the pointer, else the last ones. */
  #tell() {
    const at = this.#pointed ?? Infinity;
    const values = this.#lines.map(({ points }) => valueAt(points, at));
    const alone = this.#lines.length === 1;
    this.#figure.textContent = [
      this.#pointed === undefined ? "" : time(this.#pointed).replace(/\.\d+$/, ""),
      alone ? this.#shown(values[0]) : "",
    ].filter((text) => text !== "").join("  ");
    fill(
      this.#legend,
      ...(alone
        ? []
        : this.#lines.map(({ name }, i) =>
          h("span", { class: `legend-key line-${i}` }, name, " ", h("b", {}, this.#shown(values[i])))
        )),
      this.#lines.length === 0 && h("span", { class: "quiet" }, "nothing told yet"),
    );
  }

  /** @param {number | undefined} value */
  #shown(value) {
    return value === undefined || Number.isNaN(value) ? "–" : this.#format(value);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const { left } = this.#drawing.getBoundingClientRect();
    const share = (event.clientX - left - LEFT) / (this.#width - LEFT - RIGHT);
    this.#pointed = this.#end - SPAN_MS * (1 - Math.min(1, Math.max(0, share)));
    this.#draw();
  }

  #unpoint() {
    this.#pointed = undefined;
    this.#draw();
  }
}

/**
 * A line without axes.
 *
 * @param {readonly Point[]} points
 * @param {string} label
 */
export function sparkline(points, label) {
  const [width, height] = [96, 20];
  points = thinned(points, width / 2);
  const top = niceTop([{ name: "", points }]);
  const end = points.at(-1)?.[0] ?? 0;
  const d = pathOf(
    points,
    (at) => width * (1 - (end - at) / SPAN_MS),
    (value) => height - 1.5 - (height - 3) * Math.min(1, value / top),
    end - SPAN_MS,
  );
  return svg(
    "svg",
    {
      class: "sparkline",
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    svg("path", { class: "line line-0", d }),
  );
}

/**
 * The distribution in a histogram, a bar for each bucket from the first that has something to the last.
 *
 * @param {readonly import("./metrics_history.js").Bucket[]} buckets
 * @param {string} label
 */
export function bars(buckets, label) {
  const [width, height] = [120, 20];
  const first = buckets.findIndex(({ count }) => count > 0);
  const shown = first < 0 ? [] : buckets.slice(first, buckets.findLastIndex(({ count }) => count > 0) + 1);
  const most = Math.max(1, ...shown.map(({ count }) => count));
  const step = Math.min(12, width / Math.max(1, shown.length));
  return svg(
    "svg",
    { class: "bars", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    ...shown.map(({ count }, i) => {
      const size = count === 0 ? 0 : Math.max(1, height * count / most);
      return svg("rect", { x: i * step, y: height - size, width: step - 1, height: size });
    }),
  );
}

/**
 * @param {readonly Point[]} points
 * @param {(at: number) => number} x
 * @param {(value: number) => number} y
 * @param {number} start
 */
function pathOf(points, x, y, start) {
  let path = "";
  let pen = "M";
  for (const [at, value] of points) {
    if (at < start) continue;
    if (Number.isNaN(value)) {
      pen = "M";
      continue;
    }
    path += `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
  }
  return path;
}

/**
 * The value at the last time that is not after `at`.
 *
 * @param {readonly Point[]} points
 * @param {number} at
 */
function valueAt(points, at) {
  return points.findLast(([time, value]) => time <= at && !Number.isNaN(value))?.[1];
}

/** @param {Line} line */
function lastOf({ points }) {
  return valueAt(points, Infinity) ?? 0;
}

/**
 * Means of neighbours, so many that each has two pixels.
 *
 * @param {readonly Point[]} points
 * @param {number} most
 * @returns {readonly Point[]}
 */
function thinned(points, most) {
  const step = Math.ceil(points.length / most);
  if (step <= 1) return points;
  /** @type {Point[]} */
  const means = [];
  for (let start = points.length % step; start < points.length; start += step) {
    const group = points.slice(start, start + step).filter(([, value]) => !Number.isNaN(value));
    const sum = group.reduce((sum, [, value]) => sum + value, 0);
    means.push([
      points[Math.min(start + step, points.length) - 1]?.[0] ?? 0,
      group.length === 0 ? NaN : sum / group.length,
    ]);
  }
  return means;
}

/**
 * The round number that the axis goes up to: 1, 2 or 5 times a power of ten; of bytes, in the unit that they are shown in.
 *
 * @param {readonly Line[]} lines
 * @param {{ isInteger?: boolean, isBytes?: boolean }} [options]
 */
function niceTop(lines, { isInteger = false, isBytes = false } = {}) {
  let most = 0;
  for (const { points } of lines) {
    for (const [, value] of points) if (value > most && value !== Infinity) most = value;
  }
  if (most === 0) return 1;
  const unit = isBytes ? 1024 ** Math.max(0, Math.floor(Math.log2(most) / 10)) : 1;
  const power = 10 ** Math.floor(Math.log10(most / unit));
  const top = [1, 2, 5, 10].map((step) => step * power).find((step) => step >= most / unit * 0.999) ??
    10 * power;
  // After 1000 KiB comes 1 MiB.
  const rounded = isBytes && top === 1000 ? 1024 : top;
  return isInteger ? Math.max(1, rounded) : rounded * unit;
}
