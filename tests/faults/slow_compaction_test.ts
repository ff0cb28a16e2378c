/**
 * A compaction that stands still, as the disk does under it: whoever writes and reads the same log does not notice, files
 * that are not needed any more go all the same, and the broker ends when it is told to.
 * @module
 */
import assert from "node:assert/strict";
import { CompressionType } from "../../protocol/compression.ts";
import { KeyedHistory } from "../crash/keyed_history.ts";
import { Load } from "../crash/load.ts";
import { readRecords } from "../crash/partition_reader.ts";
import { Connection } from "../../client/connection.ts";
import { createTopic } from "../support/create_topic.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { assertSaid, faultTest, type FaultyBroker, logLines, stopAndCheck, until } from "./faulty_broker.ts";
import type { FaultyCall } from "./fault_libc.ts";
import { Tenant } from "./tenant.ts";

const topic = "compacted";

const options = {
  settings: {
    "log.cleaner.backoff.ms": "10",
    "log.retention.check.interval.ms": "50",
    "log.flush.interval.ms": "20",
    "log.flush.offset.checkpoint.interval.ms": "20",
  },
};

const topicSettings = {
  "cleanup.policy": "compact",
  "segment.bytes": String(1024 * 1024),
  "segment.ms": "100",
  "min.cleanable.dirty.ratio": "0.01",
};

/** Where the compaction's thread can be held: at what only it does. */
const places: readonly { readonly calls: readonly FaultyCall[]; readonly path: string }[] = [
  { calls: ["pread"], path: `/${topic}-0/00000000000000000000.log` },
  { calls: ["fdatasync", "fsync"], path: ".cleaned" },
];

const compactions = / INFO compacted-0 is compacted up to offset /;

for (const { calls, path } of places) {
  faultTest(
    `while a compaction hangs in ${
      calls[0]
    }, its log is written and read, topics are removed, and a stop is in time`,
    options,
    async (faulty) => {
      await new Story(faulty).run(calls, path);
    },
  );
}

class Story {
  readonly #faulty: FaultyBroker;
  readonly #history = new KeyedHistory({
    random: new SeededRandom(testSeed()),
    keyCount: 50,
    codecs: [CompressionType.none],
  });
  readonly #load: Load;

  constructor(faulty: FaultyBroker) {
    this.#faulty = faulty;
    const encode = this.#history.encode.bind(this.#history);
    this.#load = new Load({ topic, partition: 0, idempotent: true, acks: -1, encode }, this.#history);
  }

  async run(calls: readonly FaultyCall[], path: string): Promise<void> {
    const { broker, libc } = this.#faulty;
    using connection = await Connection.connect({ address: broker.kafka, clientId: "slow" });
    await createTopic(connection, topic, { settings: topicSettings });
    const held = libc.add({ calls, fault: "hold", path, times: 1 });
    await this.#produce(connection, 2000);
    await until("a compaction that hangs", () => held.fired === 1);

    await this.#produce(connection, 20_000);
    this.#history.check(await readRecords(connection, topic), "while a compaction hangs");
    await this.#removeAnother();
    assert.equal(logLines(broker, compactions).length, 0, "it hangs still");

    held.end();
    await until("the compaction", () => logLines(broker, compactions).length > 0);
    await this.#produce(connection, 2000);
    this.#history.check(await readRecords(connection, topic), "after it");

    using again = libc.add({ calls, fault: "hold", path, times: 1 });
    await this.#produce(connection, 2000);
    await until("another that hangs", () => again.fired === 1);
    await stopAndCheck(broker);
    await assertSaid(broker, / (WARN|ERROR) |not everything could be/, 0);
    again.end();
    await broker.start();
    using reader = await Connection.connect({ address: broker.kafka, clientId: "slow" });
    this.#history.check(await readRecords(reader, topic), "after a stop");
  }

  async #produce(connection: Connection, count: number): Promise<void> {
    const goal = this.#history.acknowledgedCount + count;
    const stop = new AbortController();
    const running = this.#load.run(connection, stop.signal);
    await until(`${count} acknowledged records`, () => this.#history.acknowledgedCount >= goal);
    stop.abort();
    await running;
  }

  /** A topic's files are removed by a thread that has time: not by the one that hangs. */
  async #removeAnother(): Promise<void> {
    const { broker } = this.#faulty;
    using tenant = await Tenant.create(broker, { topic: "another", partitionCount: 1 });
    await tenant.produceAll(10);
    assert.equal(await tenant.deleteTopic(), 0);
    await until(
      "the other topic's files to be gone",
      () => [...Deno.readDirSync(broker.dataDirectory)].every(({ name }) => !name.startsWith("another-")),
    );
  }
}
