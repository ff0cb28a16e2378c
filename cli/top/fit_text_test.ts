import { deepEqual, equal } from "node:assert/strict";
import { displayWidth } from "../output/text.ts";
import { cutText, fitSpans, padText } from "./fit_text.ts";
import { sparkline } from "./sparkline.ts";

Deno.test("cutText leaves what fits, and shows that there was more", () => {
  equal(cutText("orders", 6), "orders");
  equal(cutText("orders", 5), "orde…");
  equal(cutText("orders", 1), "…");
  equal(cutText("orders", 0), "");
});

Deno.test("cutText does not cut a wide character in two, nor leaves a mark without its letter", () => {
  equal(cutText("日本語", 6), "日本語");
  equal(cutText("日本語", 5), "日本…");
  equal(cutText("日本語", 4), "日…", "three columns are left: one wide character, and no half");
  equal(cutText("e\u0301e\u0301e\u0301", 2), "e\u0301…");
});

Deno.test("padText takes just as many columns as it is told, whatever the text", () => {
  for (const text of ["", "a", "日本語", "a日b", "e\u0301", "😀😀", "long enough for any"]) {
    for (let columns = 0; columns < 12; columns++) {
      equal(displayWidth(padText(text, columns)), columns, `${text} in ${columns}`);
      equal(displayWidth(padText(text, columns, true)), columns, `${text} in ${columns}, at the right`);
    }
  }
  equal(padText("5", 3, true), "  5");
});

Deno.test("fitSpans takes as many as fit as a whole, and cuts only the first", () => {
  const texts = (columns: number) =>
    fitSpans([{ text: "one" }, { text: "two" }, { text: "three" }], columns).map(({ text }) => text);
  deepEqual(texts(20), ["one", "  ", "two", "  ", "three"]);
  deepEqual(texts(14), ["one", "  ", "two"]);
  deepEqual(texts(3), ["one"]);
  deepEqual(texts(2), ["o…"]);
});

Deno.test("sparkline shows the last values against the highest of them", () => {
  equal(sparkline([0, 1, 2, 4, 8], 5), "▁▁▂▄█");
  equal(sparkline([1000, 1, 2], 2), "▄█");
  equal(sparkline([0, 0], 4), "  ▁▁");
  equal(sparkline([], 3), "   ");
  equal(sparkline([1], 0), "");
});
