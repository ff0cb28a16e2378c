import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { MetricTable, MetricTableView, type TableMessage } from "./metric_table.ts";

Deno.test("MetricTable shows what a map would, whatever comes and goes, and however late its reader hears of it", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const messages: TableMessage[] = [];
  const table = new MetricTable({
    name: "t",
    columnCount: 2,
    maxRows: 600,
    tell: (one) => messages.push(one),
  });
  const view = new MetricTableView(2);
  const model = new Map<string, { row: number; values: [number, number] }>();
  let next = 0;
  for (let step = 0; step < 20_000; step++) {
    const what = random.below(10);
    const names = [...model.keys()];
    if (what < 4 || names.length === 0) {
      const name = `n${next++}`;
      const row = table.take([name]);
      if (row !== undefined) model.set(name, { row, values: [0, 0] });
      else assert.equal(model.size, 600, `seed ${seed}`);
    } else if (what < 7) {
      const name = names[random.below(names.length)]!;
      table.letGo(model.get(name)!.row);
      model.delete(name);
    } else {
      const { row, values } = model.get(names[random.below(names.length)]!)!;
      const amount = random.below(100);
      if (random.below(2) === 0) table.add(row, 0, amount), values[0] += amount;
      else table.set(row, 1, amount), values[1] = amount;
    }
    // The reader hears some of what there is to hear, and looks.
    for (let heard = random.below(4); heard > 0 && messages.length > 0; heard--) view.hear(messages.shift()!);
    if (step % 97 !== 0) continue;
    for (const { labels: [name], values } of view.rows()) {
      // It may not know yet of some, and some are gone; but what it shows under a name is that one's.
      assert.deepEqual(values, model.get(name!)?.values, `seed ${seed}: ${name}`);
    }
  }
  for (const message of messages) view.hear(message);
  const shown = new Map(Array.from(view.rows(), ({ labels: [name], values }) => [name!, values]));
  assert.deepEqual(shown, new Map(Array.from(model, ([name, { values }]) => [name, values])), `seed ${seed}`);
});

Deno.test("MetricTable counts what it has no room for", () => {
  const table = new MetricTable({ name: "t", columnCount: 1, maxRows: 1, tell: () => {} });
  assert.equal(table.take(["a"]), 0);
  assert.equal(table.take(["b"]), undefined);
  assert.equal(table.leftOutCount, 1);
  table.letGo(0);
  assert.equal(table.take(["c"]), 0);
});
