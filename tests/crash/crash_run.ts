/**
 * A broker that is killed again and again while real clients produce to it, idempotently, and never stop. In each
 * round it comes up in another mode, on the same port and data. What it has acknowledged is read after every few kills
 * and at the end, and held against what the clients were told; then it is stopped in order, its directory checked, and
 * everything read once more.
 * @module
 */
import assert from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { openNativeDisk } from "../../ffi/native_disk.ts";
import { checkDataDirectory } from "../../storage/check.ts";
import { partitionFiles } from "../support/log_files.ts";
import { type MilenaOptions, type MilenaProcess, startMilena } from "../support/milena_process.ts";
import { SeededRandom } from "../support/random.ts";
import { clientKinds, ClientProducer } from "./client_producer.ts";
import { History, type HistoryFigures } from "./history.ts";
import { checkLog, type Readable, readAgain, readNew } from "./log_reader.ts";

const topic = "crash";
const partitionCount = 4;
const killsPerCheck = 5;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How a broker can be run; a round takes one or the other. */
export const modes: readonly { readonly name: string; readonly options: MilenaOptions }[] = [
  { name: "default", options: {} },
  { name: "sync", options: { sync: true } },
  { name: "mmap", options: { settings: { "log.write.mode": "mmap" } } },
  { name: "small segments", options: { settings: { "log.segment.bytes": "1048576" } } },
  { name: "index of every batch", options: { settings: { "log.index.interval.bytes": "0" } } },
  {
    name: "small segments, mapped",
    options: { settings: { "log.segment.bytes": "1048576", "log.write.mode": "mmap" } },
  },
];

export interface CrashRunOptions {
  readonly kills: number;
  readonly seed: number;
  /** The broker is frozen for so long in the middle of the load at the end; 0: not at all. */
  readonly freezeMs: number;
  readonly say?: (line: string) => void;
}

export interface CrashFigures extends HistoryFigures {
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly kills: number;
  readonly seconds: number;
  readonly checks: number;
  readonly segments: number;
  readonly logBytes: number;
  /** By client. */
  readonly acknowledgedBy: Readonly<Record<string, number>>;
  /** Rounds between two kills in which the client was told of nothing: it had not come back yet. */
  readonly roundsWithoutAck: Readonly<Record<string, number>>;
}

/** Throws if anything acknowledged is lost, doubled or out of place, or if a client gave up. */
export async function crashRun(options: CrashRunOptions): Promise<CrashFigures> {
  await using broker = await startMilena();
  try {
    return await new CrashRun(broker, options).run();
  } catch (error) {
    const said = broker.stderr.slice(-3000);
    throw new Error(`seed ${options.seed}: ${String(error)}\nthe broker said:\n${said}`, { cause: error });
  }
}

class CrashRun {
  readonly #broker: MilenaProcess;
  readonly #options: CrashRunOptions;
  readonly #random: SeededRandom;
  readonly #history = new History();
  readonly #readable: Readable;
  readonly #idleRounds: Record<string, number> = {};
  #kills = 0;
  #checks = 0;

  constructor(broker: MilenaProcess, options: CrashRunOptions) {
    this.#broker = broker;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
    this.#readable = { address: broker.kafka, topic, partitionCount };
  }

  async run(): Promise<CrashFigures> {
    const begin = performance.now();
    await createTopic(this.#broker);
    await using stack = new AsyncDisposableStack();
    const producers = clientKinds.map((kind) =>
      stack.use(
        new ClientProducer(kind, { bootstrap: this.#broker.bootstrap, topic, partitionCount }, this.#history),
      )
    );
    await this.#untilAcknowledged(producers);
    while (this.#kills < this.#options.kills) await this.#round(producers);
    if (this.#options.freezeMs > 0) await this.#freeze(producers);
    await this.#check(producers);
    await Promise.all(producers.map((producer) => producer.stop()));
    await this.#check([]);
    this.#history.checkPhantoms();
    const { segments, logBytes } = await this.#checkStopped(producers.length);
    const names = producers.map(({ name }) => name);
    return {
      lost: this.#history.countOf("lost write", "unseen"),
      duplicated: this.#history.countOf("duplicate"),
      reordered: this.#history.countOf("reordered", "nonmonotonic send"),
      ...this.#history.figures,
      kills: this.#kills,
      seconds: (performance.now() - begin) / 1000,
      checks: this.#checks,
      segments,
      logBytes,
      acknowledgedBy: Object.fromEntries(names.map((name) => [name, this.#history.acknowledgedBy(name)])),
      roundsWithoutAck: this.#idleRounds,
    };
  }

  async #round(producers: readonly ClientProducer[]): Promise<void> {
    const before = producers.map(({ name }) => this.#history.acknowledgedBy(name));
    // Mostly both clients are at work when the kill comes; sometimes they are still on their way back.
    if (this.#random.below(5) > 0) await this.#untilAcknowledged(producers);
    await pause(this.#random.below(150));
    // What a reader has seen before the kill must be there after it, acknowledged or not.
    if (this.#random.below(3) === 0) await readNew(this.#readable, this.#history);
    await this.#kill();
    producers.forEach(({ name }, at) => {
      if (this.#history.acknowledgedBy(name) > before[at]!) return;
      this.#idleRounds[name] = (this.#idleRounds[name] ?? 0) + 1;
    });
    const mode = modes[this.#kills % modes.length]!;
    this.#broker.configure(mode.options);
    // Some are killed while they come up: in the middle of recovery, if that takes so long.
    if (this.#random.below(8) === 0) {
      const starting = this.#broker.start().catch(() => {});
      await pause(this.#random.below(400));
      await this.#kill();
      await starting;
    }
    await this.#broker.start();
    if (this.#kills % killsPerCheck === 0) await this.#check(producers);
    if (this.#kills % 20 === 0) {
      const { acknowledged, unknown } = this.#history.figures;
      this.#options.say?.(`${this.#kills} kills, ${acknowledged} records acknowledged, ${unknown} failed`);
    }
  }

  async #kill(): Promise<void> {
    await this.#broker.kill9();
    this.#kills++;
  }

  /** Longer than the clients wait for an answer: they send again what the broker has received and not read. */
  async #freeze(producers: readonly ClientProducer[]): Promise<void> {
    this.#options.say?.(`frozen for ${this.#options.freezeMs} ms`);
    this.#broker.signal("SIGSTOP");
    await pause(this.#options.freezeMs);
    this.#broker.signal("SIGCONT");
    await this.#untilAcknowledged(producers);
    await this.#check(producers);
  }

  /** Until each client has been told of more than now. */
  async #untilAcknowledged(producers: readonly ClientProducer[]): Promise<void> {
    const before = producers.map(({ name }) => this.#history.acknowledgedBy(name));
    for (let attempt = 0;; attempt++) {
      const waiting = producers.filter(({ name }, at) => this.#history.acknowledgedBy(name) <= before[at]!);
      if (waiting.length === 0) return;
      if (attempt > 3000) {
        // A log that has lost something puts producers out of step: that would be the better news.
        await checkLog(this.#readable, this.#history);
        throw new Error(
          `no acknowledgement came to ${waiting.map(({ name }) => name).join(", ")} within 30 s`,
        );
      }
      await pause(10);
    }
  }

  async #check(producers: readonly ClientProducer[]): Promise<void> {
    await checkLog(this.#readable, this.#history);
    this.#checks++;
    for (const { name, hasEnded, complaints } of producers) {
      // They try again without end: whatever failed was refused in a way that it should not have been.
      assert.deepEqual([...complaints], [], `${name}: records failed`);
      assert.equal(hasEnded, false, `${name} ended by itself`);
    }
  }

  /** After a stop in order the directory has no flaw, and a new broker shows the same records from the first to the last. */
  async #checkStopped(producerCount: number): Promise<{ segments: number; logBytes: number }> {
    const { dataDirectory } = this.#broker;
    await this.#broker.terminate();
    const { problems, logBytes } = checkDataDirectory(openNativeDisk(), dataDirectory);
    assert.deepEqual(problems, [], "after a clean stop the checker finds nothing wrong");
    const files = partitionFiles(dataDirectory).filter((path) => path.endsWith(".log"));
    const identities = new Set(files.flatMap((path) => [...producersOf(Deno.readFileSync(path))]));
    // A client that the broker has put out of step begins anew with another id, and goes on as if nothing had been.
    assert.equal(identities.size, producerCount, `producer ids and epochs: ${[...identities].join(", ")}`);
    await this.#broker.start();
    await readAgain(this.#readable, this.#history);
    this.#history.assertSound();
    return { segments: files.length, logBytes };
  }
}

/** "id/epoch" of each batch in a log file. */
function* producersOf(log: Uint8Array): Generator<string> {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  for (let at = 0; at < log.length; at += 12 + view.getInt32(at + 8)) {
    yield `${view.getBigInt64(at + 43)}/${view.getInt16(at + 51)}`;
  }
}

async function createTopic(broker: MilenaProcess): Promise<void> {
  using connection = await Connection.connect({ address: broker.kafka, clientId: "crash" });
  const topics = [{
    name: topic,
    numPartitions: partitionCount,
    replicationFactor: 1,
    assignments: [],
    configs: [],
  }];
  const created = await connection.request(api.CreateTopics, { topics, timeoutMs: 5000 });
  assert.equal(created.topics[0]!.errorCode, 0);
}
