import { deepEqual, equal } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { parseOffsetRange } from "./offset_range.ts";
import { isDone, type Stretch, stretchOf } from "./stretch.ts";

interface Log {
  /** Offsets that there are, with gaps, and the time of each. */
  readonly records: readonly { readonly offset: number; readonly time: number }[];
  readonly start: number;
  readonly end: number;
}

/** What a broker says of times. */
function atTime({ records }: Log, time: number): number {
  return records.find((record) => record.time >= time)?.offset ?? -1;
}

/** What is shown: reading on from the position, as `consume` does. */
function read({ records }: Log, { position, from, to }: Stretch): number[] {
  return records.map(({ offset }) => offset).filter((offset) =>
    offset >= position && offset >= from && offset < to
  );
}

Deno.test("stretchOf reads what the range says, whatever the partition has", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 2000; round++) {
    const start = random.below(20);
    const end = start + random.below(20);
    const records = [];
    for (let offset = start; offset < end; offset++) {
      if (random.below(3) > 0) {
        records.push({ offset, time: 1_700_000_000_000 + offset * 10 + random.below(8) });
      }
    }
    const log: Log = { records, start, end };
    const n = random.below(45);
    const m = random.below(45);
    const time = 1_700_000_000_000 + random.below(450);
    const all = records.map(({ offset }) => offset);
    const later = records.filter((record) => record.time >= time).map(({ offset }) => offset);
    const cases: [string, number[]][] = [
      ["start", all],
      ["end", []],
      [`${n}`, all.filter((offset) => offset >= n)],
      [`+${n}`, all.filter((offset) => offset >= start + n)],
      [`-${n}`, all.filter((offset) => offset >= end - n)],
      [`${n}:${m}`, all.filter((offset) => offset >= n && offset < m)],
      [`:-${n}`, all.filter((offset) => offset < Math.max(start, end - n))],
      [`@${time}`, later],
      [`@:${time}`, all.filter((offset) => !later.includes(offset))],
    ];
    for (const [text, expected] of cases) {
      const range = parseOffsetRange(text, 0);
      const ofTime = atTime(log, time);
      const facts = { topic: "t", partition: 0, start, end, fromTime: ofTime, toTime: ofTime };
      const note = `seed ${seed}: ${text} of [${start}, ${end})`;
      for (const isUntilEnd of [false, true]) {
        const stretch = stretchOf(facts, range, isUntilEnd);
        deepEqual(read(log, stretch), expected, note);
        equal(stretch.position >= start && stretch.position <= end, true, note);
        if (isUntilEnd) equal(isDone(stretch, end), true, note);
      }
    }
  }
});

Deno.test("stretchOf ends at once where there is nothing to read", () => {
  const facts = { topic: "t", partition: 0, start: 5, end: 9, fromTime: -1, toTime: -1 };
  for (const text of ["end:end", "9:", "100", "3:4", "8:6"]) {
    const stretch = stretchOf(facts, parseOffsetRange(text, 0), true);
    equal(isDone(stretch, stretch.position), true, text);
  }
});
