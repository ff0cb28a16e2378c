/**
 * A broker that is killed again and again while it compacts: records with few keys come at full speed, so that there is
 * always something to compact. The newest acknowledged record of each key must be there afterwards, nothing that nobody
 * wrote, nothing that was deleted before, and no file of a compaction that did not end. The seed is printed;
 * MILENA_TEST_SEED has a run again, MILENA_TEST_KILLS makes it longer.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { CompressionType } from "../../protocol/compression.ts";
import { parseSegmentFileInState } from "../../storage/file_names.ts";
import { explained, logLines, stopAndCheck, until } from "../faults/faulty_broker.ts";
import { createTopic } from "../support/create_topic.ts";
import { type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { SeededRandom, testSeed } from "../support/random.ts";
import { KeyedHistory } from "./keyed_history.ts";
import { Load } from "./load.ts";
import { readRecords } from "./partition_reader.ts";

const topic = "keyed";
const partitionCount = 2;
const kills = Number(Deno.env.get("MILENA_TEST_KILLS") ?? 15);
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Everything that a compaction waits for comes at once. */
const settings = {
  "log.cleaner.backoff.ms": "1",
  "log.retention.check.interval.ms": "50",
  "log.flush.interval.ms": "20",
  "log.flush.offset.checkpoint.interval.ms": "20",
};

const topicSettings = {
  "cleanup.policy": "compact",
  "segment.bytes": String(1024 * 1024),
  "segment.ms": "100",
  "min.cleanable.dirty.ratio": "0.01",
  "delete.retention.ms": "0",
  "file.delete.delay.ms": "0",
};

class CompactionKills {
  readonly #broker: MilenaProcess;
  readonly #random: SeededRandom;
  readonly #histories: readonly KeyedHistory[];
  readonly #loads: readonly Load[];

  constructor(broker: MilenaProcess, random: SeededRandom) {
    this.#broker = broker;
    this.#random = random;
    const codecs = Object.values(CompressionType);
    this.#histories = Array.from(
      { length: partitionCount },
      () => new KeyedHistory({ random, keyCount: 500, codecs }),
    );
    this.#loads = this.#histories.map((history, partition) =>
      new Load({
        topic,
        partition,
        idempotent: true,
        acks: -1,
        encode: (names, numbers) => history.encode(names, numbers),
      }, history)
    );
  }

  async run(): Promise<void> {
    using connection = await this.#connect();
    await createTopic(connection, topic, { partitionCount, settings: topicSettings });
    for (let kill = 0; kill < kills; kill++) {
      await this.#load(async () => {
        // The kill comes in the first compaction or, after one, in the next.
        if (this.#random.below(2) > 0) await this.#untilCompacted();
        await pause(this.#random.below(200));
        await this.#broker.kill9();
      });
      const restartedMs = Date.now();
      await this.#broker.start();
      this.#assertSettled(restartedMs);
      await this.#check(`after kill ${kill + 1}`);
    }
    // And it goes on as if nothing had been.
    await this.#load(() => this.#untilCompacted());
    await this.#check("at the end");
    for (const history of this.#histories) {
      assert.ok(history.acknowledgedCount > 500 * kills, `only ${history.acknowledgedCount} records`);
    }
    await stopAndCheck(this.#broker);
    this.#broker.configure({ settings: { ...settings, "log.cleaner.enable": "false" } });
    await this.#broker.start();
    assert.deepEqual(this.#unfinished(), [], "files of a compaction that a stop has cut short");
    await this.#check("after a stop");
  }

  #connect(): Promise<Connection> {
    return Connection.connect({ address: this.#broker.kafka, clientId: "keyed" });
  }

  /** Lets all loads run until `end` is done; then until they have stopped. */
  async #load(end: () => Promise<void>): Promise<void> {
    const connections = await Promise.all(this.#loads.map(() => this.#connect()));
    try {
      const stop = new AbortController();
      const running = Promise.all(
        this.#loads.map((load, index) => load.run(connections[index]!, stop.signal)),
      );
      running.catch(() => {}); // it is awaited below, after what `end` does
      await end();
      stop.abort();
      await running;
    } finally {
      for (const connection of connections) connection.close();
    }
  }

  async #untilCompacted(): Promise<void> {
    const count = () => logLines(this.#broker, / is compacted up to offset /).length;
    const before = count();
    await until("a compaction", () => count() > before);
  }

  async #check(when: string): Promise<void> {
    using connection = await this.#connect();
    for (const [partition, history] of this.#histories.entries()) {
      history.check(await readRecords(connection, topic, partition), `${topic}-${partition} ${when}`);
    }
  }

  /** What the compaction that was killed had under way is done or gone; a new one may have begun since. */
  #assertSettled(restartedMs: number): void {
    const old = this.#unfinished().filter(({ changedMs }) => changedMs < restartedMs);
    assert.deepEqual(old, [], "files of the compaction that was killed");
  }

  #unfinished(): { readonly path: string; readonly changedMs: number }[] {
    const found = [];
    for (let partition = 0; partition < partitionCount; partition++) {
      const directory = `${this.#broker.dataDirectory}/${topic}-${partition}`;
      for (const { name } of Deno.readDirSync(directory)) {
        if (parseSegmentFileInState(name) === undefined) continue;
        const path = `${directory}/${name}`;
        const changedMs = statOf(path)?.mtime?.getTime();
        if (changedMs !== undefined) found.push({ path, changedMs });
      }
    }
    return found;
  }
}

/** Undefined: it was removed meanwhile. */
function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

Deno.test({
  name:
    `kill -9 in the middle of compactions, ${kills} times, keeps the newest acknowledged record of each key`,
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const seed = testSeed();
    await using broker = await startMilena({ settings });
    await explained(broker, async () => {
      try {
        await new CompactionKills(broker, new SeededRandom(seed)).run();
      } catch (error) {
        throw new Error(`MILENA_TEST_SEED=${seed} has this run again: ${String(error)}`, { cause: error });
      }
    });
  },
});
