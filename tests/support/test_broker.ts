/**
 * The real broker, in this process and on this thread, over sockets, disk and clock in memory. A test is a script: a
 * generator that runs on each time the broker has nothing to do, and gives way with `yield`. Nothing happens by itself:
 * time passes when the script says so, and so, if the script wishes, do the outcomes of the I/O Worker.
 *
 *     runBroker(function* (broker) {
 *       const client = broker.connect();
 *       const { topics } = yield* client.ask(api.Metadata, 12, { topics: null });
 *     });
 *
 * When the script has ended the broker is stopped, and must have closed and let go of everything.
 * @module
 */
import assert from "node:assert/strict";
import type { BrokerConfig } from "../../broker/config.ts";
import { type LaneName, laneNames } from "../../broker/io/lanes.ts";
import { Metrics } from "../../broker/metrics/metrics.ts";
import { MetricsReader } from "../../broker/metrics/metrics_reader.ts";
import { Server } from "../../broker/server.ts";
import { brokerConfig, Settings } from "../../broker/settings.ts";
import { MemoryDisk, MemoryDiskError } from "./memory_disk.ts";
import { MemoryListener, MemoryPoller } from "./memory_transport.ts";
import { SeededRandom, testSeed } from "./random.ts";
import { DATA, TestBackground, TestClock } from "./storage_fixture.ts";
import { TestClient } from "./test_client.ts";

/** A broker that has not stopped after so many turns goes round in circles. */
const MAX_TURNS_AFTER_SCRIPT = 10_000;
const MAX_SLEEPLESS_TURNS = 1000;
/** Records in tests have any time at all: nothing is to go because of its age, unless a test says so. */
const AGELESS = { "log.retention.hours": "-1", "log.roll.hours": "2147483647" };

/** Runs until it has nothing to wait for but the broker. */
export type Script<T = void> = Generator<void, T>;

export interface TestBrokerOptions {
  /** By Kafka's names. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What an earlier broker left. */
  readonly disk?: MemoryDisk;
  readonly clock?: TestClock;
  readonly listeners?: readonly MemoryListener[];
  /** Of all that is random in the broker. Default: that of the tests' run. */
  readonly seed?: number;
  /** Called before the broker opens its disk. */
  readonly prepare?: (disk: MemoryDisk) => void;
}

/** The I/O Workers: do their jobs by themselves, or, on lanes that are held, when they are told to. */
export class TestIoWorker extends TestBackground {
  #held: readonly LaneName[] = [];
  #released = 0;

  /** From now on nothing is done on `lanes` but what is released. */
  hold(lanes: readonly LaneName[] = laneNames): void {
    this.#held = lanes;
  }

  /** Does the next `count` jobs on lanes that are held, with the outcome that the disk has for them. */
  release(count = 1): void {
    this.#released += count;
  }

  /** From now on everything is done as it comes. */
  letGo(): void {
    this.#held = [];
    this.#released = 0;
  }

  get hasOutcomes(): boolean {
    return this.count(this.#released > 0 ? laneNames : this.#free) > 0;
  }

  /** Called by the broker, once a turn. */
  deliver(): void {
    while (this.hasOutcomes) {
      if (this.count(this.#free) > 0) this.runOne(this.#free);
      else {
        this.#released--;
        this.runOne(this.#held);
      }
    }
  }

  get #free(): LaneName[] {
    return laneNames.filter((lane) => !this.#held.includes(lane));
  }
}

export class TestBroker {
  readonly seed: number;
  readonly random: SeededRandom;
  readonly clock: TestClock;
  readonly disk: MemoryDisk;
  readonly ioWorker: TestIoWorker;
  readonly listener: MemoryListener;
  readonly metrics = new Metrics();
  /** The figures as another thread sees them. */
  readonly metricsReader = new MetricsReader(this.metrics.memory);
  readonly config: BrokerConfig;
  readonly server: Server;
  /** Lines told to people, as "level: message". */
  readonly lines: string[] = [];
  /** Paths of files that were brought to stable storage, in order. */
  readonly syncedPaths: string[] = [];
  /** Paths of files that the reactor has read from the disk, and not from the page cache. */
  readonly reactorWaitedFor: string[] = [];
  /** Which files the disk fails to bring to stable storage. */
  failsToSync: (path: string) => boolean = () => false;
  readonly #poller: MemoryPoller;
  readonly #script: Iterator<void>;
  #stop = false;
  #isScriptDone = false;
  #turnsAfterScript = 0;
  #sleepMs = -1;
  #sleepless = 0;

  constructor(script: (broker: TestBroker) => Script, options: TestBrokerOptions = {}) {
    this.seed = options.seed ?? testSeed();
    this.random = new SeededRandom(this.seed);
    this.clock = options.clock ?? new TestClock();
    this.disk = options.disk ?? new MemoryDisk();
    options.prepare?.(this.disk);
    this.ioWorker = new TestIoWorker(this.disk);
    this.disk.onColdRead = (path) => {
      if (!this.ioWorker.isAtWork) this.reactorWaitedFor.push(path);
    };
    this.disk.onCall = (call, path) => {
      if (call !== "syncData") return;
      this.syncedPaths.push(path);
      if (this.failsToSync(path)) throw new MemoryDiskError("fdatasync", path, "EIO");
    };
    const listeners = options.listeners ?? [new MemoryListener()];
    this.listener = listeners[0]!;
    this.config = brokerConfig(
      new Settings(
        Object.entries({ ...AGELESS, "log.dirs": DATA, ...options.settings }).map(([name, value]) => ({
          name,
          value,
          source: { kind: "default" },
        })),
      ),
    );
    this.#poller = new MemoryPoller((timeoutMs) => this.#onIdle(timeoutMs));
    this.server = new Server(this.config, listeners, {
      disk: this.disk,
      background: this.ioWorker,
      poller: this.#poller,
      clock: this.clock,
      random: this.random,
      log: (level, message) => this.lines.push(`${level}: ${message}`),
      metrics: this.metrics,
      onMetricRows: (changes) => this.metricsReader.learn(changes),
      shouldStop: () => this.#stop,
      onRecoveryProgress: () => {},
    });
    this.#script = script(this);
  }

  run(): this {
    this.server.run();
    this.ioWorker.run();
    // What the script has to say of a broker that has stopped.
    if (this.#stop) { while (!this.#isScriptDone) this.#isScriptDone = this.#script.next().done === true; }
    assert.equal(this.#poller.watchedCount, 0, "something is still watched after the end");
    assert.deepEqual(this.disk.openPaths, [], "files are still open after the end");
    assert.ok(this.#isScriptDone, "the broker stopped before the test was at its end");
    return this;
  }

  connect(listener: MemoryListener = this.listener, host?: string): TestClient {
    return new TestClient(listener.connect(host), (name) => this.server.broker.topics.topic(name)?.id);
  }

  /** Asks the broker to stop; the script goes on while it drains. */
  stop(): void {
    this.#stop = true;
  }

  /** How long the broker would sleep now if nothing came; -1: for ever. */
  get sleepMs(): number {
    return this.#sleepMs;
  }

  /** Lets `ms` milliseconds pass, waking the broker whenever it wants to be woken. */
  *pass(ms: number): Script {
    const untilMs = this.clock.monotonicMs + ms;
    for (;;) {
      const leftMs = untilMs - this.clock.monotonicMs;
      if (this.#sleepMs < 0 || this.#sleepMs >= leftMs) {
        this.clock.advance(leftMs);
        return yield;
      }
      this.clock.advance(Math.max(this.#sleepMs, 1));
      yield;
    }
  }

  /** How often log files were brought to stable storage since the last call. */
  countLogSyncs(): number {
    return this.syncedPaths.splice(0).filter((path) => path.endsWith(".log")).length;
  }

  /** Lines told to people since the last call. */
  newLines(): string[] {
    return this.lines.splice(0);
  }

  /** The partition's log, to look into. */
  log(topic: string, partition = 0) {
    const log = this.server.broker.topics.topic(topic)?.partitions[partition];
    assert.ok(log, `there is no ${topic}-${partition}`);
    return log;
  }

  #onIdle(timeoutMs: number): void {
    this.#sleepMs = timeoutMs;
    // The I/O Worker's eventfd ends the sleep, or there is none.
    if (this.ioWorker.hasOutcomes || timeoutMs === 0) {
      assert.ok(++this.#sleepless < MAX_SLEEPLESS_TURNS, "the broker goes round without a sleep");
      return;
    }
    this.#sleepless = 0;
    if (!this.#isScriptDone) {
      if (this.#script.next().done) this.#isScriptDone = this.#stop = true;
      return;
    }
    assert.ok(++this.#turnsAfterScript < MAX_TURNS_AFTER_SCRIPT, "the broker does not come to an end");
    this.ioWorker.letGo();
    assert.notEqual(timeoutMs, -1, "the broker sleeps for ever, though it is to stop");
    this.clock.advance(Math.max(timeoutMs, 1));
  }
}

/** Runs `script` against a new broker to its end; gives the broker back for a look at what it left. */
export function runBroker(
  script: (broker: TestBroker) => Script,
  options: TestBrokerOptions = {},
): TestBroker {
  const broker = new TestBroker(script, options);
  try {
    return broker.run();
  } catch (error) {
    console.error(`seed ${broker.seed}; the broker's log:\n${broker.lines.join("\n")}`);
    throw error;
  }
}
