import { deepEqual, ok } from "node:assert/strict";
import { SeededRandom } from "../../tests/support/random.ts";
import { ProducerTopic } from "./producer_topic.ts";
import { chooseStickyPartition } from "./sticky_partition.ts";

function choices(topic: ProducerTopic, isAdaptive: boolean): number[] {
  const random = new SeededRandom(1);
  const counts = new Array<number>(topic.partitionCount).fill(0);
  for (let round = 0; round < 10_000; round++) {
    counts[chooseStickyPartition(topic, isAdaptive, random.uint32() / 2 ** 32)]!++;
  }
  return counts;
}

Deno.test("chooseStickyPartition chooses all alike where none is slow", () => {
  for (const isAdaptive of [true, false]) {
    for (const count of choices(new ProducerTopic("t", 0, 4, null), isAdaptive)) {
      ok(count > 2300 && count < 2700, String(count));
    }
  }
});

Deno.test("chooseStickyPartition chooses those less often whose batches wait", () => {
  const topic = new ProducerTopic("t", 0, 3, null);
  topic.outstanding[0] = 3;
  // Weights 1, 4, 4.
  const [slow, ...others] = choices(topic, true) as [number, number, number];
  ok(slow > 950 && slow < 1270, String(slow));
  for (const count of others) ok(count > 4200 && count < 4700, String(count));
});

Deno.test("chooseStickyPartition leaves out partitions without a leader, if any has one", () => {
  deepEqual(choices(new ProducerTopic("t", 0, 3, [1]), true), [0, 10_000, 0]);
  ok(choices(new ProducerTopic("t", 0, 3, []), true).every((count) => count > 3000));
});
