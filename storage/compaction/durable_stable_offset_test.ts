import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { DurableStableOffset } from "./durable_stable_offset.ts";

Deno.test("DurableStableOffset counts a transaction as ended when its marker is below the recovery point", () => {
  const stable = new DurableStableOffset();
  // Open since offset 4.
  assert.equal(stable.update({ endOffset: 10, lastStableOffset: 4, recoveryPoint: 10 }), 4);
  // Ended, by a marker at offset 14 that a power cut could take.
  assert.equal(stable.update({ endOffset: 15, lastStableOffset: 15, recoveryPoint: 10 }), 4);
  assert.equal(stable.update({ endOffset: 20, lastStableOffset: 20, recoveryPoint: 14 }), 4);
  assert.equal(stable.update({ endOffset: 30, lastStableOffset: 30, recoveryPoint: 15 }), 15);
  assert.equal(stable.update({ endOffset: 30, lastStableOffset: 30, recoveryPoint: 30 }), 30);
});

Deno.test("DurableStableOffset lets nothing through whose marker is not durable, and all in the end", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 200; round++) {
    const stable = new DurableStableOffset();
    /** First offset and marker of each transaction; one at a time. */
    const ended: { first: number; marker: number }[] = [];
    let endOffset = 0;
    let openSince: number | undefined;
    let recoveryPoint = 0;
    for (let step = 0; step < 50; step++) {
      const choice = random.below(4);
      if (choice === 0) endOffset++;
      else if (choice === 1) openSince ??= endOffset++;
      else if (choice === 2 && openSince !== undefined) {
        ended.push({ first: openSince, marker: endOffset++ });
        openSince = undefined;
      } else if (choice === 3) recoveryPoint += random.below(endOffset - recoveryPoint + 1);
      const offset = stable.update({ endOffset, lastStableOffset: openSince ?? endOffset, recoveryPoint });
      assert.ok(offset <= recoveryPoint && offset <= (openSince ?? endOffset), `seed ${seed}`);
      for (const { first, marker } of ended) {
        assert.ok(offset <= first || marker < recoveryPoint, `seed ${seed}: ${offset} of ${first}…${marker}`);
      }
    }
    const lastStableOffset = openSince ?? endOffset;
    assert.equal(
      stable.update({ endOffset, lastStableOffset, recoveryPoint: endOffset }),
      lastStableOffset,
      `seed ${seed}`,
    );
  }
});
