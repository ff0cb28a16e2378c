import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import type { WriteRows } from "../../tests/support/row_writer_worker.ts";
import { RowReader } from "./row_reader.ts";
import { allocateTable, NO_ROW, type RowChange, RowTable } from "./row_table.ts";

const COLUMNS = 3;

/** A table, a reader of it, and the changes that are on their way from one to the other. */
class Fixture {
  readonly changes: RowChange[] = [];
  leftOut = 0;
  readonly table: RowTable;
  readonly reader: RowReader;

  constructor(capacity: number) {
    const memory = allocateTable(capacity, COLUMNS);
    this.table = new RowTable(memory, {
      columnCount: COLUMNS,
      onChange: (change) => this.changes.push(change),
      onLeftOut: (difference) => this.leftOut += difference,
    });
    this.reader = new RowReader(memory, COLUMNS);
  }

  /** The reader hears of the next `count` changes. */
  tell(count = Infinity): void {
    for (const change of this.changes.splice(0, count)) this.reader.learn(change);
  }

  read(): Map<string, number[]> {
    const rows = [...this.reader.rows()];
    const read = new Map(rows.map(({ labels, numbers }) => [labels.join("/"), [...numbers]]));
    assert.equal(read.size, rows.length, "two rows have the same labels");
    return read;
  }
}

Deno.test("RowTable shows a row with its labels and numbers as soon as the reader has heard of it", () => {
  const fixture = new Fixture(2);
  const row = fixture.table.allocate(["orders", "0"]);
  fixture.table.set(row, 0, 5);
  fixture.table.add(row, 2, 1.5);
  fixture.table.add(row, 2, 2);
  assert.deepEqual([...fixture.read()], []);
  fixture.tell();
  assert.deepEqual([...fixture.read()], [["orders/0", [5, 0, 3.5]]]);
  assert.equal(fixture.table.get(row, 2), 3.5);
});

Deno.test("RowTable never shows a row under the name of its owner before", () => {
  const fixture = new Fixture(1);
  const first = fixture.table.allocate(["old"]);
  fixture.table.set(first, 0, 1);
  fixture.tell();
  fixture.table.free(first);
  assert.deepEqual([...fixture.read()], [], "it is known at once that the row is nobody's");
  const second = fixture.table.allocate(["new"]);
  assert.equal(second, first);
  fixture.table.set(second, 0, 2);
  assert.deepEqual([...fixture.read()], [], "the messages are late");
  fixture.tell(1);
  assert.deepEqual([...fixture.read()], []);
  fixture.tell(1);
  assert.deepEqual([...fixture.read()], [["new", [2, 0, 0]]]);
});

Deno.test("RowTable gives what it has no room for the row that nobody reads, and says how many there are", () => {
  const fixture = new Fixture(1);
  const row = fixture.table.allocate(["a"]);
  const none = fixture.table.allocate(["b"]);
  assert.equal(none, NO_ROW);
  fixture.table.add(none, 0, 100);
  fixture.tell();
  assert.deepEqual([...fixture.read()], [["a", [0, 0, 0]]]);
  assert.equal(fixture.leftOut, 1);
  fixture.table.free(none);
  assert.equal(fixture.leftOut, 0);
  fixture.table.free(row);
  assert.notEqual(fixture.table.allocate(["c"]), NO_ROW);
});

Deno.test("RowTable and RowReader agree with a map through random lives, however late messages are", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 20; round++) {
    const fixture = new Fixture(1 + random.below(8));
    /** What is in use, as a map has it. */
    const model = new Map<string, { row: number; numbers: number[] }>();
    for (let step = 0; step < 300; step++) {
      const name = `t${random.below(12)}`;
      const there = model.get(name);
      switch (random.below(4)) {
        case 0:
          if (there === undefined) {
            model.set(name, { row: fixture.table.allocate([name]), numbers: [0, 0, 0] });
          }
          break;
        case 1:
          if (there !== undefined && random.below(3) === 0) {
            fixture.table.free(there.row);
            model.delete(name);
          }
          break;
        case 2:
          if (there !== undefined) {
            const column = random.below(COLUMNS);
            const amount = random.below(100);
            fixture.table.add(there.row, column, amount);
            there.numbers[column]! += amount;
          }
          break;
        case 3:
          fixture.tell(random.below(4));
      }
      const read = fixture.read();
      for (const [name, numbers] of read) {
        assert.deepEqual(numbers, model.get(name)?.numbers, `${name} in step ${step}, seed ${seed}`);
      }
      const unseen = [...model].filter(([name, { row }]) => row !== NO_ROW && !read.has(name));
      assert.ok(unseen.length <= fixture.changes.length, "all that was told of is read");
      assert.equal(fixture.leftOut, [...model.values()].filter(({ row }) => row === NO_ROW).length);
    }
  }
});

Deno.test("RowTable never shows a row's numbers under another name while another thread writes", async () => {
  const columnCount = 16;
  const memory = allocateTable(8, columnCount);
  const reader = new RowReader(memory, columnCount);
  const worker = new Worker(new URL("../../tests/support/row_writer_worker.ts", import.meta.url), {
    type: "module",
  });
  try {
    const done = Promise.withResolvers<void>();
    let shown = 0;
    worker.onmessage = ({ data }: MessageEvent<readonly RowChange[] | "done">) => {
      if (data === "done") return done.resolve();
      for (const change of data) {
        reader.learn(change);
        for (const { labels: [name], numbers } of reader.rows()) {
          shown++;
          // It has been given out and not written to yet, or written to: by its owner.
          const isItsOwn = [...numbers].every((number) => number === 0 || number === Number(name));
          if (!isItsOwn) done.reject(new Error(`${name} has ${numbers}`));
        }
      }
    };
    const start: WriteRows = { memory, columnCount, count: 100_000 };
    worker.postMessage(start);
    await done.promise;
    assert.ok(shown > 0, "nothing was read");
    assert.equal([...reader.rows()].length, 4);
  } finally {
    worker.terminate();
  }
});
