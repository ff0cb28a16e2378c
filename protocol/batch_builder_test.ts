import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { BatchBuilder } from "./batch_builder.ts";
import { encodeBatch, type NewRecord } from "./records.ts";

function randomRecord(random: SeededRandom): NewRecord {
  const bytes = (most: number) => random.bytes(random.below(most));
  const orNull = (most: number) => random.below(4) === 0 ? null : bytes(most);
  return {
    timestamp: random.below(3) === 0 ? random.below(2 ** 31) * 1000 : 1_700_000_000_000 + random.below(100),
    key: orNull(20),
    value: orNull(random.below(10) === 0 ? 10_000 : 200),
    headers: Array.from({ length: random.below(3) }, (_, i) => ({ key: `é${i}`, value: orNull(30) })),
  };
}

Deno.test("BatchBuilder makes the bytes that encodeBatch makes of the same records, whatever they are", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const builder = new BatchBuilder(16);
  for (let round = 0; round < 50; round++) {
    const records = Array.from({ length: 1 + random.below(40) }, () => randomRecord(random));
    for (const record of records) builder.append(record);
    const producer = { producerId: round, producerEpoch: 1, baseSequence: 7 };
    const plain = encodeBatch(records);
    assert.deepEqual(builder.finish(), plain, `seed ${seed}`);
    assert.equal(builder.sizeInBytes, plain.length);
    assert.deepEqual(builder.finish(producer), encodeBatch(records, producer), `seed ${seed}`);
    builder.reset();
    assert.equal(builder.count, 0);
  }
});

Deno.test("BatchBuilder refuses to finish a batch without records", () => {
  assert.throws(() => new BatchBuilder().finish(), /at least one record/);
});
