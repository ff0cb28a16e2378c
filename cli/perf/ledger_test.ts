import { deepEqual, equal, throws } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { Ledger } from "./ledger.ts";

Deno.test("Ledger tells of each acknowledged record when it was due, as a queue of single records does", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const told: number[] = [];
  const wanted: number[] = [];
  const refusedWanted = new Set<number>();
  const ledger = new Ledger(1, (dueMs, count) => told.push(...Array(count).fill(dueMs)));
  const [partition] = ledger.partitions;
  const queue: number[] = [];
  let settled = 0;
  for (let step = 0; step < 20_000; step++) {
    const count = 1 + random.below(20);
    if (random.below(2) === 0) {
      partition!.send(count, step);
      queue.push(...Array(count).fill(step));
    } else {
      const taken = queue.splice(0, count);
      const error = random.below(10) === 0 ? new Error("refused") : undefined;
      ledger.settle({ partition: 0, recordCount: taken.length, error });
      if (error === undefined) wanted.push(...taken);
      else taken.forEach((_, at) => refusedWanted.add(settled + at));
      settled += taken.length;
    }
  }
  deepEqual(told, wanted, `seed ${seed}`);
  const refused = partition!.refused.flatMap(({ from, to }) =>
    Array.from({ length: to - from }, (_, at) => from + at)
  );
  deepEqual(refused, [...refusedWanted], `seed ${seed}`);
  equal(partition!.refusedCount, refusedWanted.size);
  equal(partition!.acknowledgedCount, wanted.length);
  equal(partition!.sent - partition!.settled, queue.length);
});

Deno.test("Ledger keeps the first error, and ranges that touch are one", () => {
  const ledger = new Ledger(2);
  ledger.partitions[1]!.send(10, 0);
  const first = new Error("first");
  ledger.settle({ partition: 1, recordCount: 3, error: first });
  ledger.settle({ partition: 1, recordCount: 3, error: new Error("second") });
  ledger.settle({ partition: 1, recordCount: 2, error: undefined });
  ledger.settle({ partition: 1, recordCount: 1, error: new Error("third") });
  deepEqual(ledger.partitions[1]!.refused, [{ from: 0, to: 6 }, { from: 8, to: 9 }]);
  equal(ledger.firstError, first);
});

Deno.test("Ledger does not take a report of more than was sent", () => {
  const ledger = new Ledger(1);
  ledger.partitions[0]!.send(2, 0);
  throws(
    () => ledger.settle({ partition: 0, recordCount: 3, error: undefined }),
    /3 records .* 2 were waiting/,
  );
});
