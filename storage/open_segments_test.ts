import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../tests/support/random.ts";
import { OpenSegments } from "./open_segments.ts";

class TestSegment {
  isOpen = false;
  isBusy = false;
  readonly #all: OpenSegments;

  constructor(all: OpenSegments) {
    this.#all = all;
  }

  use(): void {
    this.#all.touch(this);
    this.isOpen = true;
  }

  closeIfIdle(): boolean {
    if (!this.isBusy) this.isOpen = false;
    return !this.isBusy;
  }

  close(): void {
    this.isOpen = false;
    this.#all.forget(this);
  }
}

Deno.test("OpenSegments keeps open what a list in the order of use has at its end", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const all = new OpenSegments(16);
  const segments = Array.from({ length: 40 }, () => new TestSegment(all));
  let model: TestSegment[] = [];
  for (let step = 0; step < 5000; step++) {
    const segment = random.pick(segments);
    if (random.below(10) === 0) {
      segment.close();
      model = model.filter((other) => other !== segment);
    } else {
      segment.use();
      model = [...model.filter((other) => other !== segment), segment].slice(-16);
    }
    const open = segments.filter(({ isOpen }) => isOpen);
    assert.deepEqual(new Set(open), new Set(model), `seed ${seed}, step ${step}`);
    assert.equal(all.count, model.length);
  }
});

Deno.test("OpenSegments passes its limit rather than close what is not flushed, and closes it when it may", () => {
  const all = new OpenSegments(4);
  const segments = Array.from({ length: 20 }, () => new TestSegment(all));
  for (const segment of segments) segment.isBusy = true;
  for (const segment of segments) segment.use();
  assert.ok(segments.every(({ isOpen }) => isOpen));
  for (const segment of segments) segment.isBusy = false;
  const later = new TestSegment(all);
  later.use();
  assert.equal(segments.filter(({ isOpen }) => isOpen).length, 3);
  assert.ok(later.isOpen);
  assert.equal(all.count, 4);
});
