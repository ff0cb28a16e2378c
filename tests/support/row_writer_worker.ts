/// <reference lib="deno.worker" />
/** Gives rows of a table out and takes them back, `count` times, each with its number as its name and in all its columns. */
import { type RowChange, RowTable } from "../../broker/metrics/row_table.ts";

export interface WriteRows {
  readonly memory: SharedArrayBuffer;
  readonly columnCount: number;
  readonly count: number;
}

/** Rows in use at the same time. */
const LIVE = 4;
const CHANGES_PER_MESSAGE = 50;

self.onmessage = ({ data: { memory, columnCount, count } }: MessageEvent<WriteRows>) => {
  let changes: RowChange[] = [];
  const table = new RowTable(memory, {
    columnCount,
    onChange: (change) => changes.push(change),
    onLeftOut: () => {},
  });
  const rows: number[] = [];
  for (let number = 1; number <= count; number++) {
    if (rows.length === LIVE) table.free(rows.shift()!);
    const row = table.allocate([String(number)]);
    for (let column = 0; column < columnCount; column++) table.set(row, column, number);
    rows.push(row);
    if (changes.length < CHANGES_PER_MESSAGE && number < count) continue;
    self.postMessage(changes);
    changes = [];
  }
  self.postMessage("done");
};
