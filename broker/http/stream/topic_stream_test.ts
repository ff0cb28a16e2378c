import assert from "node:assert/strict";
import { Cluster } from "../../../client/cluster.ts";
import { encodeBatch } from "../../../protocol/records.ts";
import { SeededRandom, testSeed } from "../../../tests/support/random.ts";
import { TinyBroker } from "../../../tests/support/tiny_broker.ts";
import { Tails } from "./tails.ts";
import { TopicStream } from "./topic_stream.ts";

const encoder = new TextEncoder();

class Fixture implements AsyncDisposable {
  readonly broker = new TinyBroker();
  readonly cluster: Cluster;
  readonly tails: Tails;
  readonly aborter = new AbortController();

  constructor(windowBytes?: number) {
    this.cluster = new Cluster({
      bootstrap: [{ path: this.broker.path }],
      clientId: "test",
      isOneBroker: true,
    });
    this.tails = new Tails(this.cluster, windowBytes);
  }

  stream(start: ReadonlyMap<number, number>, until?: ReadonlyMap<number, number>): TopicStream {
    return new TopicStream({
      cluster: this.cluster,
      tails: this.tails,
      topic: "t",
      isolation: "read_uncommitted",
      start,
      until,
      signal: this.aborter.signal,
    });
  }

  append(partition: number, values: readonly string[]): void {
    const records = values.map((value) => ({ key: null, value: encoder.encode(value), timestamp: 1 }));
    this.broker.append("t", partition, encodeBatch(records));
    this.broker.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.aborter.abort();
    this.tails.close();
    this.cluster.close();
    await this.broker[Symbol.asyncDispose]();
  }
}

/** All that is there by now, as "partition:offset=value" and "gap partition:from-to". */
async function drain(stream: TopicStream, waitMs = 0): Promise<string[]> {
  const seen: string[] = [];
  for (let idle = 0; idle < 3;) {
    const item = stream.take();
    if (item === undefined) {
      if (!await stream.more(waitMs)) break;
      idle++;
    } else {
      idle = 0;
      if (item.kind === "gap") seen.push(`gap ${item.partition}:${item.from}-${item.to}`);
      else {
        const { partition, record: { offset, value } } = item.record;
        seen.push(`${partition}:${offset}=${new TextDecoder().decode(value!)}`);
      }
    }
  }
  return seen;
}

Deno.test("TopicStream gives each record once, in order, however readers fall behind and catch up", async () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const partitionCount = 3;
  // Windows of a few records: whoever pauses falls out.
  await using test = new Fixture(4000);
  test.broker.create("t", partitionCount);
  const written: string[][] = Array.from({ length: partitionCount }, () => []);
  const readers: { stream: TopicStream; from: Map<number, number>; seen: string[][] }[] = [];
  const begin = () => {
    const from = new Map(written.map((values, partition) => [partition, random.below(values.length + 1)]));
    const seen: string[][] = Array.from({ length: partitionCount }, () => []);
    readers.push({ stream: test.stream(from), from, seen });
  };
  const read = async ({ stream, seen }: typeof readers[number], most: number) => {
    for (let count = 0; count < most; count++) {
      const item = stream.take();
      if (item === undefined) {
        assert.ok(await stream.more(1 + random.below(2)));
        continue;
      }
      assert.ok(item.kind === "record", `seed ${seed}: a gap where there is none`);
      const { partition, record } = item.record;
      assert.equal(stream.positions.get(partition), record.offset + 1, `seed ${seed}`);
      seen[partition]!.push(new TextDecoder().decode(record.value!));
    }
  };
  for (let step = 0; step < 400; step++) {
    const what = random.below(10);
    if (what < 4) {
      const partition = random.below(partitionCount);
      const values = Array.from(
        { length: 1 + random.below(5) },
        (_, i) => `${partition}/${written[partition]!.length + i}`,
      );
      written[partition]!.push(...values);
      test.append(partition, values);
    } else if (what === 4 && readers.length < 12) begin();
    else if (readers.length > 0) {
      // Some at the same time, as they would.
      await Promise.all(
        readers.filter(() => random.below(3) === 0).map((reader) => read(reader, random.below(20))),
      );
    }
  }
  for (const reader of readers) {
    for (let tries = 0; tries < 40; tries++) {
      await read(reader, 50);
      if (reader.seen.every((seen, p) => reader.from.get(p)! + seen.length === written[p]!.length)) break;
    }
    reader.seen.forEach((seen, partition) => {
      assert.deepEqual(seen, written[partition]!.slice(reader.from.get(partition)), `seed ${seed}`);
    });
    reader.stream.close();
  }
});

Deno.test("TopicStream ends where it was told to, whatever is written meanwhile", async () => {
  await using test = new Fixture();
  test.broker.create("t", 2);
  test.append(0, ["a", "b", "c"]);
  test.append(1, ["d"]);
  using stream = test.stream(new Map([[0, 1], [1, 0]]), new Map([[0, 2], [1, 1]]));
  test.append(1, ["later"]);
  assert.deepEqual((await drain(stream)).sort(), ["0:1=b", "1:0=d"]);
  assert.equal(await stream.more(0), false);
  assert.deepEqual([...stream.positions], [[0, 2], [1, 1]]);
});

Deno.test("TopicStream tells of a gap where records are not there any more, and goes on behind it", async () => {
  await using test = new Fixture();
  test.broker.create("t", 1, 10);
  test.append(0, ["ten"]);
  using stream = test.stream(new Map([[0, 3]]));
  assert.deepEqual(await drain(stream), ["gap 0:3-10", "0:10=ten"]);
});

Deno.test("TopicStream waits at the end, and sees what comes there and in a partition that is added", async () => {
  await using test = new Fixture();
  test.broker.create("t", 2);
  using stream = test.stream(new Map([[0, 0]]));
  const waiting = drain(stream, 300);
  setTimeout(() => test.append(0, ["came"]), 50);
  assert.deepEqual(await waiting, ["0:0=came"]);
  test.append(1, ["another"]);
  stream.add(1);
  assert.deepEqual(await drain(stream, 100), ["1:0=another"]);
});

Deno.test("TopicStream shares few connections with all others that come at once and wait at the end", async () => {
  await using test = new Fixture();
  test.broker.create("t", 1);
  const streams = Array.from({ length: 200 }, () => test.stream(new Map([[0, 0]])));
  const all = Promise.all(streams.map((stream) => drain(stream, 300)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  test.append(0, ["x"]);
  for (const seen of await all) assert.deepEqual(seen, ["0:0=x"]);
  for (const stream of streams) stream.close();
  assert.equal(test.tails.of(0, "read_uncommitted").isIdle, true, "nobody is left");
});
