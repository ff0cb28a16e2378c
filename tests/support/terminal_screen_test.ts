import { deepEqual, equal, throws } from "node:assert/strict";
import { TerminalScreen } from "./terminal_screen.ts";

function shown(text: string, size = { columns: 10, rows: 3 }): string[] {
  const screen = new TerminalScreen(size);
  screen.write(text);
  return screen.rows;
}

Deno.test("TerminalScreen puts characters, wraps them and scrolls", () => {
  deepEqual(shown("one\r\ntwo"), ["one", "two", ""]);
  deepEqual(shown("0123456789ab"), ["0123456789", "ab", ""]);
  deepEqual(
    shown("0123456789\r\nx"),
    ["0123456789", "x", ""],
    "a full row does not wrap before its next character",
  );
  deepEqual(shown("a\r\nb\r\nc\r\nd"), ["b", "c", "d"]);
  deepEqual(shown("abc\rx\tY"), ["xbc     Y", "", ""]);
});

Deno.test("TerminalScreen gives wide characters two cells, and those that do not fit the next row", () => {
  deepEqual(shown("12345678日x"), ["12345678日", "x", ""]);
  deepEqual(shown("123456789日"), ["123456789", "日", ""]);
  deepEqual(shown("e\u0301f"), ["e\u0301f", "", ""]);
});

Deno.test("TerminalScreen moves and erases", () => {
  deepEqual(shown("abcdef\x1b[1;3HX\x1b[K"), ["abX", "", ""]);
  deepEqual(shown("abcdef\x1b[3D\x1b[1K"), ["    ef", "", ""]);
  deepEqual(shown("a\r\nb\r\nc\x1b[2;1H\x1b[J"), ["a", "", ""]);
  deepEqual(shown("a\r\nb\x1b[2J\x1b[Hc"), ["c", "", ""]);
  deepEqual(shown("\x1b[99;99Hx"), ["", "", "         x"]);
});

Deno.test("TerminalScreen keeps looks as attributes", () => {
  const screen = new TerminalScreen({ columns: 30, rows: 2 });
  screen.write("a\x1b[1;31mred\x1b[32mgreen\x1b[22mthin\x1b[0mplain");
  equal(screen.text, "aredgreenthinplain");
  equal(screen.lookOf("red"), "1;31");
  equal(screen.lookOf("green"), "1;32");
  equal(screen.lookOf("thin"), "32");
  equal(screen.lookOf("plain"), "");
  equal(screen.lookOf("nowhere"), undefined);
});

Deno.test("TerminalScreen shows again what was there when the alternate screen is left", () => {
  const screen = new TerminalScreen({ columns: 10, rows: 3 });
  screen.write("$ top\r\n\x1b[?1049h\x1b[?25l\x1b[Hlive");
  equal(screen.isAlternate, true);
  equal(screen.isCursorVisible, false);
  deepEqual(screen.rows, ["live", "", ""]);
  screen.resize({ columns: 8, rows: 2 });
  screen.write("\x1b[?25h\x1b[?1049l");
  deepEqual(screen.rows, ["$ top", ""]);
  deepEqual(screen.cursor, { row: 1, column: 0 });
  equal(screen.isAlternate, false);
});

Deno.test("TerminalScreen waits for the rest of a sequence, and refuses one that it does not know", () => {
  const screen = new TerminalScreen({ columns: 10, rows: 1 });
  for (const piece of ["a\x1b", "[", "1", "m", "b", "\x1b]0;title", "\x07c"]) screen.write(piece);
  equal(screen.text, "abc");
  equal(screen.lookOf("b"), "1");
  throws(() => screen.write("\x1b[5Z"), /does not know: "\\u001b\[5Z"/);
  throws(() => screen.write("\x01"), /control character/);
});
