import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import {
  type Acks,
  type BatchResult,
  type BatchToSend,
  GathererFullError,
  type GathererLimits,
  type Outcome,
  ProduceGatherer,
} from "./produce_gatherer.ts";
import type { RecordToWrite } from "./records_request.ts";

const limits: GathererLimits = { batchBytes: 1000, requestBytes: 2000, queuedBytes: 100_000 };

function record(text: string): RecordToWrite {
  return {
    key: null,
    value: new TextEncoder().encode(text),
    headers: [],
    timestamp: undefined,
    partition: undefined,
  };
}

function textOf(record: RecordToWrite): string {
  return new TextDecoder().decode(record.value!);
}

function offsetsOf(outcomes: readonly Outcome[]): (number | string)[] {
  return outcomes.map((outcome) => "error" in outcome ? outcome.error.message : outcome.offset);
}

/** A broker that keeps each partition's records in an array, and refuses batches as `refuse` says. */
class FakeBroker {
  readonly logs = new Map<string, string[]>();
  readonly requests: { acks: Acks; batches: string[] }[] = [];
  inFlight = 0;
  held: Promise<void> = Promise.resolve();

  /** `name`: which records of a refused batch it says are at fault. */
  constructor(
    readonly refuse: (texts: readonly string[]) => boolean = () => false,
    readonly name: (texts: readonly string[]) => Map<number, Error> = () => new Map(),
  ) {}

  send = async (acks: Acks, batches: readonly BatchToSend[]): Promise<BatchResult[]> => {
    assert.equal(this.inFlight++, 0, "one request at a time");
    this.requests.push({ acks, batches: batches.map((batch) => batch.records.map(textOf).join("+")) });
    await this.held;
    this.inFlight--;
    return batches.map(({ topic, partition, records }) => {
      const texts = records.map(textOf);
      if (this.refuse(texts)) {
        return { error: new Error("refused"), divisible: true, records: this.name(texts) };
      }
      const log = this.logs.get(`${topic}:${partition}`) ?? [];
      this.logs.set(`${topic}:${partition}`, log);
      const baseOffset = log.length;
      log.push(...texts);
      return { baseOffset, appendTimeMs: -1, durability: "disk" };
    });
  };
}

Deno.test("ProduceGatherer waits for others as long as it is told, but not with a full batch", async () => {
  const broker = new FakeBroker();
  const gatherer = new ProduceGatherer(broker.send, limits, { lingerMs: 60 });
  const first = gatherer.write("t", 0, [record("a")], -1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(broker.requests.length, 0);
  const second = gatherer.write("t", 0, [record("b")], -1);
  const third = gatherer.write("t", 1, [record("c")], -1);
  await Promise.all([first, second, third]);
  assert.deepEqual(broker.requests.map(({ batches }) => batches), [["a+b", "c"]]);

  const patient = new ProduceGatherer(broker.send, limits, { lingerMs: 100_000 });
  const large = "x".repeat(limits.batchBytes / 2);
  const outcomes = patient.write("t", 2, [record(large), record(large)], -1);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(broker.requests.length, 2, "the first is a batch, and the second may become one");
  patient.close();
  assert.deepEqual(offsetsOf(await outcomes), [0, 1]);
});

Deno.test("ProduceGatherer sends at once when nothing is on its way, and together what comes meanwhile", async () => {
  const broker = new FakeBroker();
  const hold = Promise.withResolvers<void>();
  broker.held = hold.promise;
  const gatherer = new ProduceGatherer(broker.send, limits, { now: () => 5 });
  const first = gatherer.write("t", 0, [record("a")], -1);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(broker.requests.length, 1);
  const rest = [
    gatherer.write("t", 0, [record("b"), record("c")], -1),
    gatherer.write("t", 1, [record("d")], -1),
    gatherer.write("t", 0, [record("e")], -1),
  ];
  hold.resolve();
  assert.deepEqual(await first, [{ offset: 0, timestamp: 5, durability: "disk" }]);
  assert.deepEqual((await Promise.all(rest)).map(offsetsOf), [[1, 2], [0], [3]]);
  assert.deepEqual(broker.requests.map(({ batches }) => batches), [["a"], ["d", "b+c+e"]]);
});

Deno.test("ProduceGatherer keeps acks apart and tells no offset when none was awaited", async () => {
  const broker = new FakeBroker();
  const acks: Acks[] = [-1, 1, 0];
  const seen: Acks[] = [];
  const gatherer = new ProduceGatherer((lane, batches) => {
    seen.push(lane);
    return Promise.resolve(
      batches.map(() => ({ baseOffset: lane === 0 ? -1 : 7, appendTimeMs: 99, durability: "disk" })),
    );
  }, limits);
  const outcomes = await Promise.all(
    acks.map((lane) => gatherer.write("t", 0, [record("a"), record("b")], lane)),
  );
  assert.deepEqual(outcomes.map(offsetsOf), [[7, 8], [7, 8], [-1, -1]]);
  assert.deepEqual(outcomes[0]![0], { offset: 7, timestamp: 99, durability: "disk" });
  assert.deepEqual(seen.sort(), [-1, 0, 1]);
  assert.equal(broker.requests.length, 0);
});

Deno.test("ProduceGatherer splits what does not fit a batch or a request, and keeps the order", async () => {
  const broker = new FakeBroker();
  const gatherer = new ProduceGatherer(broker.send, limits);
  const records = Array.from({ length: 10 }, (_, i) => record(`${i}`.repeat(300)));
  const [outcomes] = await Promise.all([
    gatherer.write("t", 0, records, -1),
    gatherer.write("t", 1, records, -1),
    gatherer.write("t", 2, records, -1),
  ]);
  assert.deepEqual(offsetsOf(outcomes), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(broker.logs.get("t:2"), records.map(textOf));
  for (const { batches } of broker.requests) assert.ok(batches.join("").length <= limits.requestBytes);
  assert.equal(broker.requests.length, 6);
});

Deno.test("ProduceGatherer lets the others through when the broker refuses one record", async () => {
  const broker = new FakeBroker((texts) => texts.includes("bad"));
  const gatherer = new ProduceGatherer(broker.send, limits);
  const names = ["a", "b", "bad", "c", "d", "e", "bad"];
  const [one, ...others] = await Promise.all([
    gatherer.write("t", 0, ["x", "bad", "y"].map(record), -1),
    ...names.map((name) => gatherer.write("t", 0, [record(name)], -1)),
  ]);
  assert.deepEqual(offsetsOf(one), [0, "refused", 1]);
  assert.deepEqual(others.map((outcomes) => offsetsOf(outcomes)[0]), [2, 3, "refused", 4, 5, 6, "refused"]);
  assert.deepEqual(broker.logs.get("t:0"), ["x", "y", "a", "b", "c", "d", "e"]);
});

/** Names the first two records that end with "!". */
function nameTwo(texts: readonly string[]): Map<number, Error> {
  const bad = [...texts.keys()].filter((index) => texts[index]!.endsWith("!"));
  return new Map(bad.slice(0, 2).map((index) => [index, new Error(`bad ${texts[index]}`)]));
}

Deno.test("ProduceGatherer takes out the records that the broker names, each with its own error", async () => {
  const broker = new FakeBroker((texts) => texts.some((text) => text.endsWith("!")), nameTwo);
  const gatherer = new ProduceGatherer(broker.send, limits);
  const outcomes = await Promise.all([
    gatherer.write("t", 0, ["a", "b!", "c"].map(record), -1),
    gatherer.write("t", 0, ["d!", "e!", "f"].map(record), -1),
    gatherer.write("t", 0, ["g!"].map(record), -1),
  ]);
  assert.deepEqual(outcomes.map(offsetsOf), [[0, "bad b!", 1], ["bad d!", "bad e!", 2], ["bad g!"]]);
  assert.deepEqual(broker.requests.map(({ batches }) => batches), [
    ["a+b!+c+d!+e!+f+g!"],
    ["a+c+e!+f+g!"],
    ["a+c+f"],
  ]);
  // Nothing is left, and nothing is counted as waiting.
  gatherer.checkRoom([record("x".repeat(limits.queuedBytes))]);
});

Deno.test("ProduceGatherer halves a batch when what the broker names is not in it", async () => {
  const broker = new FakeBroker((texts) => texts.includes("bad"), () => new Map([[99, new Error("none")]]));
  const gatherer = new ProduceGatherer(broker.send, limits);
  const outcomes = await gatherer.write("t", 0, ["a", "bad", "b"].map(record), -1);
  assert.deepEqual(offsetsOf(outcomes), [0, "refused", 1]);
});

Deno.test("ProduceGatherer tells everybody when a request fails, and goes on", async () => {
  let fail = true;
  const broker = new FakeBroker();
  const gatherer = new ProduceGatherer((acks, batches) => {
    if (!fail) return broker.send(acks, batches);
    fail = false;
    return Promise.reject(new Error("broken"));
  }, limits);
  const failed = await Promise.all([
    gatherer.write("t", 0, [record("a")], -1),
    gatherer.write("t", 1, [record("b")], -1),
  ]);
  assert.deepEqual(failed.map(offsetsOf), [["broken"], ["broken"]]);
  assert.deepEqual(offsetsOf(await gatherer.write("t", 0, [record("c")], -1)), [0]);
});

Deno.test("ProduceGatherer.checkRoom() throws when too much waits, and not for one alone", async () => {
  const broker = new FakeBroker();
  const gatherer = new ProduceGatherer(broker.send, { ...limits, queuedBytes: 500 });
  const large = [record("x".repeat(600))];
  gatherer.checkRoom(large);
  const writing = gatherer.write("t", 0, large, -1);
  assert.throws(() => gatherer.checkRoom([record("a")]), GathererFullError);
  await writing;
  gatherer.checkRoom(large);
});

Deno.test("ProduceGatherer keeps each writer's order under random load and refusals", async () => {
  const seed = testSeed();
  const generator = new SeededRandom(seed);
  const random = (below: number) => generator.below(below);
  // Some refusals name records, and some can't: too many in one batch.
  const broker = new FakeBroker(
    (texts) => texts.some((text) => text.endsWith("!")) || texts.length > 6,
    (texts) => texts.length % 2 === 0 ? nameTwo(texts) : new Map(),
  );
  const gatherer = new ProduceGatherer(broker.send, limits);
  const expected: { partition: number; texts: string[]; outcomes: Outcome[] }[] = [];
  const writers: Promise<unknown>[] = [];
  for (let i = 0; i < 200; i++) {
    const partition = random(3);
    const texts = Array.from(
      { length: 1 + random(8) },
      (_, n) => `${i}.${n}${".".repeat(random(200))}${random(9) ? "" : "!"}`,
    );
    writers.push(
      gatherer.write("t", partition, texts.map(record), -1).then((outcomes) =>
        expected.push({ partition, texts, outcomes })
      ),
    );
    if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await Promise.all(writers);
  for (const { partition, texts, outcomes } of expected) {
    let last = -1;
    texts.forEach((text, i) => {
      const outcome = outcomes[i]!;
      assert.equal("error" in outcome, text.endsWith("!"), `seed ${seed}: ${text}`);
      if ("error" in outcome) return;
      assert.equal(broker.logs.get(`t:${partition}`)![outcome.offset], text, `seed ${seed}`);
      assert.ok(outcome.offset > last, `seed ${seed}: order`);
      last = outcome.offset;
    });
  }
});
