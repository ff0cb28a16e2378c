import { deepEqual, equal, ok } from "node:assert/strict";
import { testSeed } from "../../tests/support/random.ts";
import { Accumulator } from "./accumulator.ts";
import { BatchMemory, makeBatchMemory, RING_FULL, RING_OPENED } from "./batch_memory.ts";
import { ProducerTopic } from "./producer_topic.ts";
import { RecordWriter } from "./record_writer.ts";
import type { ClosingResult, ClosingTask } from "./testing/closing_worker.ts";

Deno.test("BatchMemory loses and tears no record, whenever the other thread closes its batch", async () => {
  const seed = testSeed();
  console.log(`seed ${seed}`);
  const recordCount = 200_000;
  const layout = makeBatchMemory(64 * 1024, 4096);
  const memory = new BatchMemory(layout);
  const accumulator = new Accumulator(memory, 4096, () => 0);
  const total = accumulator.freeBytes;
  const worker = new Worker(new URL("./testing/closing_worker.ts", import.meta.url), { type: "module" });
  const result = new Promise<ClosingResult>((resolve) => worker.onmessage = ({ data }) => resolve(data));
  worker.postMessage({ layout, seed, recordCount } satisfies ClosingTask);
  const topic = new ProducerTopic("t", 0, 1, null);
  const writer = new RecordWriter();
  const collect = () => {
    for (let head = memory.done.take(); head >= 0; head = memory.done.take()) accumulator.takeBack(head);
  };
  let waits = 0;
  for (let index = 0; index < recordCount; index++) {
    // Mostly small, some of several slots.
    const length = index % 997 === 0 ? 9000 : 20 + index % 100;
    writer.take(null, `${index} ${length} `.padEnd(length, "x"), undefined);
    while (accumulator.append(topic, 0, index, writer) === undefined) {
      collect();
      // Lets the other thread's failure through.
      if (++waits % 1000 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  const { error, batches } = await result;
  worker.terminate();
  equal(error, undefined);
  ok(batches > recordCount * 60 / 4096);
  collect();
  equal(accumulator.outstanding, 0);
  equal(accumulator.freeBytes, total);
});

Deno.test("BatchMemory is divided so that what is small stays small, and what is large still fits", () => {
  for (
    const [buffer, batch, slot, count] of [
      [33_554_432, 16_384, 16_384, 2048],
      [33_554_432, 1_000_000, 16_384, 2048],
      [65_536, 0, 1024, 64],
      [65_536, 3000, 4096, 16],
    ] as const
  ) {
    const { slotBytes, slotCount } = makeBatchMemory(buffer, batch);
    equal(slotBytes, slot);
    equal(slotCount, count);
  }
});

Deno.test("BatchMemory has room for all that is told of while the sender looks at nothing", () => {
  const memory = new BatchMemory(makeBatchMemory(65_536, 1024));
  const accumulator = new Accumulator(memory, 1024, () => 0);
  const { slotCount } = memory;
  const topic = new ProducerTopic("t", 0, slotCount, null);
  const writer = new RecordWriter();
  writer.take(null, "a record", undefined);
  const open = (partition: number) => accumulator.append(topic, partition, 0, writer)!;
  const told = () => {
    const entries: number[] = [];
    for (let entry = memory.toSender.take(); entry >= 0; entry = memory.toSender.take()) entries.push(entry);
    return entries;
  };
  const partitions = Array.from({ length: slotCount }, (_, index) => index);
  const batches = partitions.map(open);
  equal(told().length, slotCount);
  // All have lingered for long enough, and their answer comes while the caller flushes.
  for (const { head } of batches) memory.close(head);
  for (const batch of batches) accumulator.close(batch);
  for (const { head } of batches) memory.deliver(head, 0, -1);
  for (let head = memory.done.take(); head >= 0; head = memory.done.take()) accumulator.takeBack(head);
  const next = partitions.map(open);
  for (const batch of next) accumulator.close(batch);
  const entries = (batches: { head: number }[], kind: number) => batches.map(({ head }) => 2 * head + kind);
  deepEqual(told(), [
    ...entries(batches, RING_FULL),
    ...entries(next, RING_OPENED),
    ...entries(next, RING_FULL),
  ]);
});
