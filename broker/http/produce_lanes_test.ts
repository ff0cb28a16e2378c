/**
 * The produce gatherer in front of several leaders that change: beside a model of what each of them has.
 */
import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import {
  type Acks,
  type BatchResult,
  type BatchToSend,
  type GathererLimits,
  type LeaderLookup,
  type Outcome,
  ProduceGatherer,
} from "./produce_gatherer.ts";
import type { RecordToWrite } from "./records_request.ts";

const limits: GathererLimits = { batchBytes: 1000, requestBytes: 3000, queuedBytes: 1_000_000 };
const PARTITIONS = 5;

function record(text: string): RecordToWrite {
  const value = new TextEncoder().encode(text);
  return { key: null, value, headers: [], timestamp: undefined, partition: undefined };
}

/** Brokers 0, 1 and 2, and what a client believes of them, which may be wrong. */
class FakeCluster implements LeaderLookup {
  readonly patienceMs = 10_000;
  readonly leaders = Array.from({ length: PARTITIONS }, (_, partition) => partition % 3);
  readonly logs = Array.from({ length: PARTITIONS }, () => [] as string[]);
  readonly asked: { leader: number; partitions: number[] }[] = [];
  #believed: (number | undefined)[] = [...this.leaders];
  readonly #inFlight = new Set<string>();
  readonly #partitionsInFlight = new Set<number>();

  constructor(readonly before: (leader: number) => Promise<"dies" | void> = () => Promise.resolve()) {}

  rememberedLeader(_topic: string, partition: number): number | undefined {
    return this.#believed[partition];
  }

  async leaderOf(_topic: string, partition: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    return this.#believed[partition] = this.leaders[partition]!;
  }

  forget(): void {
    this.#believed = [];
  }

  send = async (acks: Acks, batches: readonly BatchToSend[], leader: number): Promise<BatchResult[]> => {
    const lane = `${acks}:${leader}`;
    assert.ok(!this.#inFlight.has(lane), "one request at a time for each leader and acks");
    this.#inFlight.add(lane);
    for (const { partition } of batches) {
      assert.ok(!this.#partitionsInFlight.has(partition), "one batch at a time of each partition");
      this.#partitionsInFlight.add(partition);
    }
    this.asked.push({ leader, partitions: batches.map(({ partition }) => partition) });
    const fate = await this.before(leader);
    this.#inFlight.delete(lane);
    const results = batches.map(({ partition, records }): BatchResult => {
      this.#partitionsInFlight.delete(partition);
      if (this.leaders[partition] !== leader) {
        return { error: new Error("not the leader"), divisible: false, isElsewhere: true };
      }
      const log = this.logs[partition]!;
      const baseOffset = log.length;
      log.push(...records.map(({ value }) => new TextDecoder().decode(value!)));
      return { baseOffset, appendTimeMs: -1, durability: "page-cache" };
    });
    if (fate === "dies") throw new Error("unknown");
    return results;
  };
}

Deno.test("ProduceGatherer sends each leader its own request, and waits for none of the others", async () => {
  const release = Promise.withResolvers<void>();
  const cluster = new FakeCluster((leader) => leader === 0 ? release.promise : Promise.resolve());
  const gatherer = new ProduceGatherer(cluster.send, limits, { leaders: cluster });
  const slow = gatherer.write("t", 0, [record("a")], -1);
  await Promise.all([1, 2, 4].map((partition) => gatherer.write("t", partition, [record("b")], -1)));
  assert.deepEqual(cluster.logs, [[], ["b"], ["b"], [], ["b"]]);
  assert.deepEqual(cluster.asked.map(({ partitions }) => partitions), [[0], [1, 4], [2]]);
  release.resolve();
  await slow;
});

/** Believes for ever that a broker leads which does not. */
function mistaken(patienceMs: number): LeaderLookup {
  return { patienceMs, rememberedLeader: () => 2, leaderOf: () => Promise.resolve(2), forget: () => {} };
}

Deno.test("ProduceGatherer gives up when its patience is over, and tells those behind at once", async () => {
  const cluster = new FakeCluster();
  const gatherer = new ProduceGatherer(cluster.send, limits, { leaders: mistaken(50) });
  const outcomes = await Promise.all([1, 2, 3].map(() => gatherer.write("t", 0, [record("a")], -1)));
  for (const [outcome] of outcomes) {
    assert.match((outcome as { error: Error }).error.message, /not the leader/);
  }
  gatherer.checkRoom([record("x".repeat(limits.queuedBytes))]);
});

Deno.test("ProduceGatherer tells those who wait when no leader can be found, and goes on", async () => {
  const cluster = new FakeCluster();
  let isKnown = false;
  const leaders: LeaderLookup = {
    patienceMs: 1000,
    rememberedLeader: () => undefined,
    leaderOf: (topic, partition) =>
      isKnown ? cluster.leaderOf(topic, partition) : Promise.reject(new Error("no such topic")),
    forget: () => {},
  };
  const gatherer = new ProduceGatherer(cluster.send, limits, { leaders });
  const [first] = await gatherer.write("t", 0, [record("a")], -1);
  assert.match((first as { error: Error }).error.message, /no such topic/);
  isKnown = true;
  assert.deepEqual((await gatherer.write("t", 0, [record("b")], -1)).map((one) => "error" in one), [false]);
});

Deno.test("ProduceGatherer.close() ends what is to be sent again", async () => {
  const cluster = new FakeCluster();
  const gatherer = new ProduceGatherer(cluster.send, limits, { leaders: mistaken(60_000) });
  const writing = gatherer.write("t", 0, [record("a")], -1);
  setTimeout(() => gatherer.close(), 20);
  const [outcome] = await writing;
  assert.ok("error" in outcome!);
});

Deno.test("ProduceGatherer keeps order and writes nothing twice while leaders change at random", async () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const cluster = new FakeCluster(async () => {
    for (let turns = random.below(4); turns > 0; turns--) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return random.below(15) === 0 ? "dies" : undefined;
  });
  const gatherer = new ProduceGatherer(cluster.send, limits, { leaders: cluster });
  const written: { partition: number; texts: string[]; outcomes: Outcome[] }[] = [];
  const writers: Promise<unknown>[] = [];
  for (let i = 0; i < 300; i++) {
    const partition = random.below(PARTITIONS);
    const texts = Array.from(
      { length: 1 + random.below(5) },
      (_, n) => `${i}.${n}${"x".repeat(random.below(150))}`,
    );
    writers.push(
      gatherer.write("t", partition, texts.map(record), -1).then((outcomes) =>
        written.push({ partition, texts, outcomes })
      ),
    );
    if (random.below(10) === 0) cluster.leaders[random.below(PARTITIONS)] = random.below(3);
    if (random.below(3) === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await Promise.all(writers);
  const stored = cluster.logs.flat();
  assert.equal(new Set(stored).size, stored.length, `seed ${seed}: something is there twice`);
  for (const { partition, texts, outcomes } of written) {
    texts.forEach((text, i) => {
      const outcome = outcomes[i]!;
      if ("error" in outcome) return assert.equal(outcome.error.message, "unknown", `seed ${seed}`);
      assert.equal(cluster.logs[partition]![outcome.offset], text, `seed ${seed}`);
    });
  }
  for (const log of cluster.logs) {
    const ranks = log.map((text) => {
      const [i, n] = text.split(/[.x]/).map(Number) as [number, number];
      return i * 10 + n;
    });
    assert.deepEqual(ranks, ranks.toSorted((a, b) => a - b), `seed ${seed}: order`);
  }
});
