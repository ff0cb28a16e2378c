/**
 * Lines over two axes, as SVG: throughput, processors and memory over time, and latency by percentile.
 * @module
 */
import { type Attributes, element, joined, type Markup, text } from "./markup.ts";
import type { Scale } from "./scale.ts";

export interface Axis {
  readonly scale: Scale;
  readonly show: (value: number) => string;
  /** What it counts, at its end. */
  readonly label: string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** What is said when the pointer rests on it. */
  readonly title: string;
}

export interface Line {
  /** Which of the series' colours, from 0. */
  readonly colour: number;
  readonly points: readonly Point[];
  /** A further run of the same broker. */
  readonly isFaint?: boolean;
  /** Steps with the room below filled, rather than a line from point to point. */
  readonly isArea?: boolean;
}

export interface Chart {
  readonly width: number;
  readonly height: number;
  /** For whoever can't see it. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

/** Colours there are; beyond that they come again. */
export const COLOURS = 8;

const MARGIN = { top: 22, right: 24, bottom: 38, left: 58 };
const REACH = 7;

export function lineChart({ width, height, description, x, y, lines }: Chart): Markup {
  const frame = {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
  };
  const toX = (value: number) => frame.left + x.scale.place(value) * (frame.right - frame.left);
  const toY = (value: number) => frame.bottom - y.scale.place(value) * (frame.bottom - frame.top);
  const placed = lines.map((line) => ({
    line,
    points: line.points.map((point) => ({ x: toX(point.x), y: toY(point.y), title: point.title })),
  }));
  return element(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": description, class: "chart" },
    ...y.scale.ticks.flatMap((tick) => [
      line({ class: "grid", x1: frame.left, x2: frame.right, y1: toY(tick), y2: toY(tick) }),
      label({ x: frame.left - 8, y: toY(tick) + 4, "text-anchor": "end" }, y.show(tick)),
    ]),
    line({ class: "axis", x1: frame.left, x2: frame.right, y1: frame.bottom, y2: frame.bottom }),
    ...ticksWithRoom(x, toX).map((tick) =>
      joined(
        line({ class: "axis", x1: toX(tick), x2: toX(tick), y1: frame.bottom, y2: frame.bottom + 4 }),
        label({ x: toX(tick), y: frame.bottom + 17, "text-anchor": "middle" }, x.show(tick)),
      )
    ),
    label({ x: frame.left - 8, y: 12, "text-anchor": "end", class: "what" }, y.label),
    label({ x: frame.right, y: height - 4, "text-anchor": "end", class: "what" }, x.label),
    ...placed.filter(({ line }) => line.isArea).map(({ line, points }) =>
      element("path", {
        class: `area s${line.colour % COLOURS}`,
        d: `${path(points)}V${frame.bottom}H${frame.left}Z`,
      })
    ),
    ...placed.filter(({ points }) => points.length > 0).map(({ line, points }) =>
      element("path", { class: classOf("line", line), d: path(points) })
    ),
    ...placed.flatMap(({ line, points }) => points.map((point) => dot(line, point, points.length))),
  );
}

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly title: string;
}

/** A line has no dots, but where the pointer comes near one of its points there is something to read. */
function dot(line: Line, { x, y, title }: Placed, count: number): Markup {
  return element(
    "g",
    { class: "point" },
    element("circle", { class: "reach", cx: x, cy: y, r: REACH }, element("title", {}, text(title))),
    element("circle", { class: classOf(count === 1 ? "dot only" : "dot", line), cx: x, cy: y, r: 3.5 }),
  );
}

function classOf(what: string, { colour, isFaint }: Line): string {
  return `${what} s${colour % COLOURS}${isFaint ? " faint" : ""}`;
}

function path(points: readonly Placed[]): string {
  return points.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** Of marks whose labels would touch each other the later one is left out. */
function ticksWithRoom(axis: Axis, toX: (value: number) => number): number[] {
  let end = -Infinity;
  return axis.scale.ticks.filter((tick) => {
    const half = axis.show(tick).length * 3.4 + 4;
    if (toX(tick) - half < end) return false;
    end = toX(tick) + half;
    return true;
  });
}

function line(attributes: Attributes): Markup {
  return element("line", attributes);
}

function label(attributes: Attributes, content: string): Markup {
  return element("text", attributes, text(content));
}
