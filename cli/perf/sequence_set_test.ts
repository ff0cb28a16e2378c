import { equal } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { SequenceSet } from "./sequence_set.ts";

Deno.test("SequenceSet has what a Set has", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const set = new SequenceSet();
  const model = new Set<number>();
  for (let step = 0; step < 20_000; step++) {
    // Close together, and far apart: over the bounds of bytes and of chunks.
    const sequence = random.below(4) * 524_288 + random.below(5000);
    if (random.below(2) === 0) equal(set.has(sequence), model.has(sequence), `seed ${seed}, step ${step}`);
    else equal(set.add(sequence), !model.has(sequence), `seed ${seed}, step ${step}`), model.add(sequence);
  }
  equal(set.size, model.size);
  equal(set.has(2 ** 40), false);
});
