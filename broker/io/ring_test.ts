import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { Ring } from "./ring.ts";

Deno.test("Ring gives back what a plain queue would, whatever the sizes and the wrap", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const ring = new Ring(Ring.allocate(256));
  const model: Uint8Array[] = [];
  let queued = 0;
  for (let step = 0; step < 20_000; step++) {
    if (random.below(2) === 0) {
      const message = random.bytes(random.below(80));
      const fits = queued + 4 + message.length <= 256;
      assert.equal(ring.tryPush(message), fits, `seed ${seed}, step ${step}`);
      if (fits) {
        model.push(message);
        queued += 4 + message.length;
      }
    } else {
      const expected = model.shift();
      assert.deepEqual(ring.tryPop(), expected, `seed ${seed}, step ${step}`);
      if (expected) queued -= 4 + expected.length;
    }
  }
});

Deno.test("Ring survives its cursors passing 2^31 and 2^32", () => {
  const memory = Ring.allocate(64);
  new Int32Array(memory, 0, 2).fill(-20);
  const ring = new Ring(memory);
  for (let i = 0; i < 20; i++) {
    assert.ok(ring.tryPush(Uint8Array.of(i, i)));
    assert.deepEqual(ring.tryPop(), Uint8Array.of(i, i));
  }
  new Int32Array(memory, 0, 2).fill(0x7ffffff0);
  for (let i = 0; i < 20; i++) {
    assert.ok(ring.tryPush(Uint8Array.of(i)));
    assert.deepEqual(ring.tryPop(), Uint8Array.of(i));
  }
});

Deno.test("Ring refuses a message that could never fit", () => {
  assert.throws(() => new Ring(Ring.allocate(64)).tryPush(new Uint8Array(61)), /61 bytes .* ring of 64/);
});

Deno.test("Ring carries messages between two threads in order", async () => {
  const memory = Ring.allocate(1024);
  const count = 20_000;
  const worker = new Worker(new URL("../../tests/support/ring_reader_worker.ts", import.meta.url), {
    type: "module",
  });
  try {
    const answer = new Promise((resolve) => worker.onmessage = (event) => resolve(event.data));
    worker.postMessage({ memory, count });
    const ring = new Ring(memory);
    for (let i = 0; i < count;) {
      if (ring.tryPush(Uint8Array.of(i & 255, (i >> 8) & 255))) i++;
      else await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assert.equal(await answer, `read ${count}`);
  } finally {
    worker.terminate();
  }
});
