import { deepEqual, equal } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { TerminalScreen } from "../../tests/support/terminal_screen.ts";
import { Painter } from "./painter.ts";

const size = { columns: 20, rows: 5 };

Deno.test("Painter writes the lines that have changed, and no others", () => {
  const painter = new Painter();
  equal(painter.paint(["a", "b"], size), "\x1b[0m\x1b[2J\x1b[1;1H\x1b[Ka\x1b[2;1H\x1b[Kb");
  equal(painter.paint(["a", "b"], size), "");
  equal(painter.paint(["a", "c"], size), "\x1b[2;1H\x1b[Kc");
  equal(painter.paint(["a"], size), "\x1b[2;1H\x1b[K");
  painter.forget();
  equal(painter.paint(["a"], size), "\x1b[0m\x1b[2J\x1b[1;1H\x1b[Ka");
});

const seed = testSeed();
Deno.test(`Painter makes a terminal show just the lines, whatever it showed before (seed ${seed})`, () => {
  const random = new SeededRandom(seed);
  const painter = new Painter();
  const screen = new TerminalScreen(size);
  const lines = [...Array(size.rows)].map(() => "");
  for (let round = 0; round < 500; round++) {
    const line = Array.from({ length: random.below(21) }, () => random.pick([..."ab 日"]));
    while (line.join("").replaceAll("日", "..").length > size.columns) line.pop();
    lines[random.below(size.rows)] = line.join("");
    if (random.below(10) === 0) painter.forget();
    screen.write(painter.paint([...lines], size));
    deepEqual(screen.rows, lines.map((line) => line.trimEnd()));
  }
});
