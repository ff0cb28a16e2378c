/**
 * Text in a given number of columns of a terminal.
 *
 * What must be true: what comes out is never wider than asked for, and a wide character is there as a whole or not at all.
 * @module
 */
import { displayWidth } from "../output/text.ts";
import type { Style } from "../output/style.ts";

/** A piece of a line, and how it looks. */
export interface Span {
  readonly text: string;
  readonly look?: keyof Style | undefined;
}

const MORE = "…";

/** As it is if it fits, else its beginning and a sign that there is more. */
export function cutText(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns <= 0) return "";
  let cut = "";
  let width = 0;
  for (const character of text) {
    width += displayWidth(character);
    if (width > columns - 1) break;
    cut += character;
  }
  return cut + MORE;
}

/** Cut, or filled with spaces, to just so many columns. */
export function padText(text: string, columns: number, isAtRight = false): string {
  const cut = cutText(text, columns);
  const padding = " ".repeat(Math.max(0, columns - displayWidth(cut)));
  return isAtRight ? padding + cut : cut + padding;
}

/** As many of `spans` as fit, from the first on, with gaps between them; the first is cut if even that does not fit. */
export function fitSpans(spans: readonly Span[], columns: number, gap = "  "): readonly Span[] {
  const fitting: Span[] = [];
  let left = columns;
  for (const span of spans) {
    const text = fitting.length === 0 ? cutText(span.text, columns) : span.text;
    const width = displayWidth(text) + (fitting.length === 0 ? 0 : gap.length);
    if (width > left) break;
    if (fitting.length > 0) fitting.push({ text: gap });
    fitting.push({ ...span, text });
    left -= width;
  }
  return fitting;
}

export function styled(spans: readonly Span[], style: Style): string {
  return spans.map(({ text, look }) => look === undefined ? text : style[look](text)).join("");
}
