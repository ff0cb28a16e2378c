import { quietTerminal } from "../testing/quiet_terminal.ts";
import { equal } from "node:assert/strict";
import { styleOf } from "./style.ts";
import { listText, tableText } from "./table.ts";

Deno.test("tableText aligns texts at the left, numbers at the right, and ends no line with spaces", () => {
  equal(
    tableText(["TOPIC", "PARTITIONS", "LEADER"], [["orders", 12, "a"], ["x", 3, undefined], [
      "",
      undefined,
      "long one",
    ]]),
    [
      "TOPIC   PARTITIONS  LEADER",
      "orders          12  a",
      "x                3  -",
      '""               -  long one',
    ].join("\n"),
  );
  equal(tableText(["A", "B"], []), "A  B");
});

Deno.test("tableText counts columns of the terminal, and not characters", () => {
  equal(
    tableText(["GROUP", "N"], [["日本", 1], ["e\u0301", 2], ["😀", 3]]),
    ["GROUP  N", "日本   1", "e\u0301      2", "😀     3"].join("\n"),
  );
});

Deno.test("tableText lets nothing through that a terminal would obey", () => {
  equal(tableText(["GROUP"], [["\u001b[2Ja\nb\u202e"]]), "GROUP\n\\x1b[2Ja\\x0ab\\u202e");
});

Deno.test("listText puts values below each other", () => {
  equal(listText([["id", "abc"], ["controller", 1]]), "id          abc\ncontroller  1");
});

Deno.test("styleOf colours on a terminal, unless NO_COLOR or TERM say otherwise", () => {
  const bold = (environment: Record<string, string>, outputIsTerminal: boolean) =>
    styleOf({ ...quietTerminal, outputIsTerminal, environment }).bold("x");
  equal(bold({}, true), "\x1b[1mx\x1b[0m");
  equal(bold({ NO_COLOR: "" }, true), "\x1b[1mx\x1b[0m", "an empty NO_COLOR is none (no-color.org)");
  equal(bold({ NO_COLOR: "1" }, true), "x");
  equal(bold({ TERM: "dumb" }, true), "x");
  equal(bold({}, false), "x");
  const style = styleOf({ ...quietTerminal, outputIsTerminal: true });
  equal(tableText(["A", "B"], [["long", "x"]], { style }), "\x1b[1mA     B\x1b[0m\nlong  x");
});
