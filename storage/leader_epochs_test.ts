import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { LeaderEpochs } from "./leader_epochs.ts";

Deno.test("LeaderEpochs.endOffsetOf tells where an epoch's records end, as far as later epochs show", () => {
  const epochs = new LeaderEpochs([
    { epoch: 2, startOffset: 10 },
    { epoch: 5, startOffset: 30 },
    { epoch: 6, startOffset: 50 },
  ]);
  assert.deepEqual(epochs.endOffsetOf(2), { epoch: 2, endOffset: 30 });
  assert.deepEqual(epochs.endOffsetOf(5), { epoch: 5, endOffset: 50 });
  // Epochs 3 and 4 left nothing here: what is common with them ends where epoch 2 does.
  assert.deepEqual(epochs.endOffsetOf(4), { epoch: 2, endOffset: 30 });
  // Before all that is known: whatever it was, it lies below.
  assert.deepEqual(epochs.endOffsetOf(0), { epoch: 0, endOffset: 10 });
  // The latest is still being written, and later ones are not known.
  assert.equal(epochs.endOffsetOf(6), undefined);
  assert.equal(epochs.endOffsetOf(7), undefined);
  assert.equal(epochs.endOffsetOf(-1), undefined);
  assert.equal(new LeaderEpochs().endOffsetOf(0), undefined);
});

Deno.test("LeaderEpochs.endOffsetOf is what the epochs of all offsets say", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  for (let round = 0; round < 500; round++) {
    // The model: the epoch that wrote each offset.
    const written: number[] = [];
    const epochs = new LeaderEpochs();
    let epoch = random.below(3);
    for (let offset = 0; offset < 20; offset++) {
      if (random.below(4) === 0) epoch += 1 + random.below(3);
      epochs.assign(epoch, offset);
      written.push(epoch);
    }
    for (let asked = 0; asked < epoch; asked++) {
      const endOffset = written.findIndex((epoch) => epoch > asked);
      const last = endOffset > 0 ? written[endOffset - 1]! : asked;
      assert.deepEqual(epochs.endOffsetOf(asked), { epoch: last, endOffset }, `seed ${seed}, round ${round}`);
    }
    assert.equal(epochs.endOffsetOf(epoch), undefined);
  }
});
