/**
 * PartitionReader beside the simplest model there is (the offset that must come next), while it is sought, paused, given up
 * and taken again, leaders move, connections break, and records come and are aborted. From seeds, which are printed.
 */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import type { Cluster } from "../cluster.ts";
import { ConnectionError } from "../connection_error.ts";
import { string } from "../serializers/string.ts";
import { type FetchOptions, PartitionReader } from "./partition_reader.ts";
import type { PartitionState } from "./partition_state.ts";
import { ModelBrokers, TOPIC } from "./testing/model_brokers.ts";

const PARTITIONS = 5;
const QUEUED_MAX_BYTES = 4000;

function readerOf(
  cluster: Cluster,
  fetch: Partial<FetchOptions> = {},
): PartitionReader<string | null, string | null> {
  return new PartitionReader({
    cluster,
    groupId: undefined,
    member: () => undefined,
    reset: "earliest",
    isReadCommitted: true,
    deserializers: { key: string, value: string },
    checkCrcs: true,
    maxUnpackedBytes: 1 << 20,
    queuedMaxBytes: QUEUED_MAX_BYTES,
    fetchMaxBytes: 1 << 20,
    partitionMaxBytes: 1500,
    minBytes: 1,
    maxWaitMs: 5,
    isOnDemand: false,
    retryMs: 1,
    retryMaxMs: 3,
    ...fetch,
  });
}

/** Nothing is left that would keep a process alive. */
async function end(reader: ReturnType<typeof readerOf>, brokers: ModelBrokers): Promise<void> {
  reader.stop();
  for (let turns = 0; brokers.inFlight > 0 && turns < 1000; turns++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  equal(brokers.inFlight, 0);
}

class Model {
  readonly random: SeededRandom;
  readonly brokers: ModelBrokers;
  readonly reader: PartitionReader<string | null, string | null>;
  /** Where each partition goes on, by the reader's state of it. */
  readonly next = new Map<PartitionState, number>();
  mostBytes = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.brokers = new ModelBrokers(this.random, PARTITIONS, 3);
    this.reader = readerOf(this.brokers.cluster);
  }

  get states(): PartitionState[] {
    return [...this.reader.partitions].map(({ value }) => value);
  }

  /** Does one thing at random. */
  step(): void {
    const { random, reader, brokers } = this;
    const state = this.states.length > 0 ? random.pick(this.states) : undefined;
    const chance = random.below(100);
    if (chance < 30) brokers.append();
    else if (chance < 35) brokers.moveLeader();
    else if (chance < 40 || state === undefined) this.add(random.below(PARTITIONS));
    else if (chance < 46) this.seek(state, random.below(brokers.logs[state.partition]!.endOffset + 1));
    else if (chance < 52) reader.pause(state);
    else if (chance < 62) reader.resume(state);
    else if (chance < 64) reader.remove(state);
    else if (chance < 68) {
      reader.hold(state);
      reader.release(state);
    } else this.take(1 + random.below(30));
  }

  add(partition: number): void {
    const offset = this.random.below(3) === 0 ? undefined : 0;
    this.next.set(this.reader.add({ topic: TOPIC, partition }, offset), 0);
  }

  seek(state: PartitionState, offset: number): void {
    this.reader.seek(state, offset);
    this.next.set(state, offset);
  }

  /** Takes so many records, if there are as many. */
  take(count: number): number {
    const { feed } = this.reader;
    feed.asked();
    let taken = 0;
    for (; taken < count; taken++) {
      const record = feed.nextRecord();
      if (record === undefined) break;
      const state = this.reader.partitions.get(record);
      ok(state !== undefined && !state.isPaused, "of a partition that it has, and that is not paused");
      equal(record.offset, this.nextVisible(state), `of partition ${record.partition}`);
      equal(record.value, `${record.partition}:${record.offset}`);
      this.next.set(state, record.offset + 1);
      equal(state.position, record.offset + 1);
    }
    feed.settle();
    this.mostBytes = Math.max(this.mostBytes, this.reader.queuedBytes);
    return taken;
  }

  nextVisible(state: PartitionState): number {
    const { visible, endOffset } = this.brokers.logs[state.partition]!;
    let offset = this.next.get(state)!;
    while (offset < endOffset && !visible.has(offset)) offset++;
    return offset;
  }

  async readToEnd(): Promise<void> {
    const { reader, brokers } = this;
    for (let turns = 0; turns < 3000; turns++) {
      this.take(50);
      if (
        this.states.every((state) =>
          this.nextVisible(state) === brokers.logs[state.partition]!.endOffset && reader.queuedBytes === 0
        )
      ) return;
      await reader.wait(2);
    }
    const found = this.states.map((state) =>
      `${state.partition}: ${this.nextVisible(state)} of ${brokers.logs[state.partition]!.endOffset}, ` +
      `fetchable ${state.isFetchable}, error ${state.error}`
    );
    throw new Error(`it does not come to the end: ${found.join("; ")}; ${reader.queuedBytes} bytes are kept`);
  }
}

Deno.test("PartitionReader gives each record once and in order, whatever happens meanwhile, and keeps within its bytes", async () => {
  const first = testSeed();
  await Promise.all(Array.from({ length: 40 }, async (_, index) => {
    const seed = first + index;
    const model = new Model(seed);
    try {
      model.brokers.breakPercent = model.random.pick([0, 0, 5]);
      for (let step = 0; step < 400; step++) {
        model.step();
        if (model.random.below(4) === 0) await model.reader.wait(model.random.below(3));
      }
      model.brokers.breakPercent = 0;
      for (let partition = 0; partition < PARTITIONS; partition++) {
        if (!model.reader.partitions.has({ topic: TOPIC, partition })) model.add(partition);
      }
      for (const state of model.states) model.reader.resume(state);
      await model.readToEnd();
      ok(
        model.mostBytes <= QUEUED_MAX_BYTES + 2 * 3 * model.brokers.largestBatchBytes,
        `${model.mostBytes} bytes were kept`,
      );
    } catch (error) {
      throw new Error(`MILENA_TEST_SEED=${seed} brings this again: ${(error as Error).message}`, {
        cause: error,
      });
    } finally {
      await end(model.reader, model.brokers);
    }
  }));
});

Deno.test("PartitionReader tells of a failure that will not pass, and tries again when that has been told", async () => {
  const brokers = new ModelBrokers(new SeededRandom(1), 1, 1);
  brokers.logs[0]!.append(3, 0);
  let isRefused = true;
  const { cluster } = brokers;
  const reader = readerOf({
    ...cluster,
    lendBroker: (id, work, signal) => {
      const refusal = new ConnectionError("authentication", "the broker does not believe us", false);
      return isRefused ? Promise.reject(refusal) : cluster.lendBroker(id, work, signal);
    },
  } as Cluster);
  reader.add({ topic: TOPIC, partition: 0 }, 0);
  for (let time = 0; time < 2; time++) {
    while (!reader.feed.isReady) await reader.wait(10);
    throws(() => reader.feed.nextRecord(), /does not believe us/);
  }
  isRefused = false;
  const values: (string | null)[] = [];
  while (values.length < 3) {
    try {
      const record = reader.feed.nextRecord();
      if (record === undefined) await reader.wait(10);
      else values.push(record.value);
    } catch {
      // It was on its way.
    }
  }
  deepEqual(values, ["0:0", "0:1", "0:2"]);
  await end(reader, brokers);
});

Deno.test("PartitionReader fetches a batch at a time where next to nothing may be kept", async () => {
  const brokers = new ModelBrokers(new SeededRandom(1), 2, 2);
  for (let i = 0; i < 10; i++) brokers.logs.forEach((log) => log.append(2, 0));
  const reader = readerOf(brokers.cluster, { queuedMaxBytes: 1, fetchMaxBytes: 0, partitionMaxBytes: 0 });
  for (const partition of [0, 1]) reader.add({ topic: TOPIC, partition }, 0);
  let most = 0;
  for (let count = 0; count < 40;) {
    if (reader.feed.nextRecord() === undefined) await reader.wait(10);
    else count++;
    most = Math.max(most, reader.queuedBytes);
  }
  ok(most <= 2 * brokers.logs[0]!.batches[0]!.bytes.length, `${most} bytes`);
  await end(reader, brokers);
});
