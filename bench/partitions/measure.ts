/**
 * One run: one broker on a new data directory with so many partitions, from its first start to its end.
 * @module
 */
import { type BrokerCommand, BrokerProcess } from "../peers/broker_process.ts";
import { CLEAN_SHUTDOWN } from "../../storage/file_names.ts";
import type { Launcher } from "../peers/launchers.ts";
import { appendTo, percentile, rounds } from "./appends.ts";
import { footprintOf } from "./footprint.ts";
import { TopicSet } from "../peers/topic_set.ts";

/** What is measured, in the order in which it is. */
export const measures = [
  "new directory: first answer, ms",
  "topics made and served, ms",
  "at rest: RSS, MB",
  "at rest: file handles",
  "at rest: mappings",
  "at rest: disk, MB",
  "at rest: CPU, ms per s",
  "first append: p50, ms",
  "first append: p99, ms",
  "appends: p50, ms",
  "appends: p99, ms",
  "appends: broker CPU, µs each",
  "in use: RSS, MB",
  "in use: file handles",
  "in use: mappings",
  "in use: disk, MB",
  "clean stop, ms",
  "clean stop: it was clean (1: yes)",
  "after clean stop: first answer, ms",
  "after clean stop: all served, ms",
  "after clean stop: CPU until then, s",
  "after clean stop: RSS, MB",
  "after clean stop: file handles",
  "after clean stop: mappings",
  "after kill -9: first answer, ms",
  "after kill -9: all served, ms",
  "after kill -9: CPU until then, s",
] as const;
export type Measure = typeof measures[number];

export interface PartitionsRun {
  readonly broker: string;
  readonly partitions: number;
  /** As far as it came. */
  readonly figures: Readonly<Partial<Record<Measure, number>>>;
  /** Why it came no further; undefined: it came to its end. */
  readonly problem: string | undefined;
}

export interface MeasureOptions {
  /** Appends that are timed once every partition has had its first. */
  readonly appends: number;
  /** How long a broker is left alone before it is looked at, milliseconds. */
  readonly restMs: number;
  /** Where a broker is put that is to be ended if this process is. */
  readonly keep?: AsyncDisposableStack;
}

const MEGABYTE = 1e6;
/** Appends to another topic before any counts: just-in-time compilers have seen them. */
const WARM_UP_APPENDS = 3000;
const START_WITHIN_MS = 600_000;
const STOP_WITHIN_MS = 300_000;

/** Never throws: what a broker can't do is told in the run. */
export async function measure(
  launcher: Launcher,
  partitions: number,
  options: MeasureOptions,
): Promise<PartitionsRun> {
  const run = new Run(options);
  let problem: string | undefined;
  try {
    await run.measure(launcher, partitions);
  } catch (error) {
    problem = (error as Error).message;
  }
  return { broker: launcher.name, partitions, figures: run.figures, problem };
}

class Run {
  readonly figures: Partial<Record<Measure, number>> = {};
  readonly #options: MeasureOptions;

  constructor(options: MeasureOptions) {
    this.#options = options;
  }

  async measure(launcher: Launcher, partitions: number): Promise<void> {
    const limits = { startWithinMs: START_WITHIN_MS, stopWithinMs: STOP_WITHIN_MS };
    const command: BrokerCommand = { ...await launcher.prepare(), ...limits };
    const topics = new TopicSet("partitions", partitions);
    // The first to be made is the last to be disposed of, and takes the data with it.
    await using first = await this.#start(command);
    this.figures["new directory: first answer, ms"] = first.startMs;
    await this.#create(first, topics);
    await this.#atRest(first);
    await this.#append(first, topics);
    await this.#inUse(first);
    const begin = performance.now();
    await first.terminate();
    this.figures["clean stop, ms"] = performance.now() - begin;
    this.figures["clean stop: it was clean (1: yes)"] = Number(await wasClosedCleanly(first.logDirectory));

    await using second = await this.#start(command);
    await this.#served(second, "after clean stop", topics);
    const { residentBytes, openFiles, mappings } = await footprintOf(second.pid, second.logDirectory);
    this.figures["after clean stop: RSS, MB"] = residentBytes / MEGABYTE;
    this.figures["after clean stop: file handles"] = openFiles;
    this.figures["after clean stop: mappings"] = mappings;
    await this.#appendOnceMore(second, topics);
    await second.kill9();

    await using third = await this.#start(command);
    await this.#served(third, "after kill -9", topics);
  }

  async #start(command: BrokerCommand): Promise<BrokerProcess> {
    const broker = await BrokerProcess.start(command);
    this.#options.keep?.use(broker);
    return broker;
  }

  async #create(broker: BrokerProcess, topics: TopicSet): Promise<void> {
    using connection = await broker.connect();
    const begin = performance.now();
    await topics.create(connection);
    this.figures["topics made and served, ms"] = performance.now() - begin;
  }

  async #atRest(broker: BrokerProcess): Promise<void> {
    await rest(this.#options.restMs);
    const before = cpuSeconds(broker);
    await rest(this.#options.restMs);
    this.figures["at rest: CPU, ms per s"] = (cpuSeconds(broker) - before) / this.#options.restMs * 1e6;
    const { residentBytes, openFiles, mappings, diskBytes } = await footprintOf(
      broker.pid,
      broker.logDirectory,
    );
    this.figures["at rest: RSS, MB"] = residentBytes / MEGABYTE;
    this.figures["at rest: file handles"] = openFiles;
    this.figures["at rest: mappings"] = mappings;
    this.figures["at rest: disk, MB"] = diskBytes / MEGABYTE;
  }

  async #append(broker: BrokerProcess, topics: TopicSet): Promise<void> {
    using connection = await broker.connect();
    const { appends } = this.#options;
    const warmUp = new TopicSet("warm-up", 1);
    await warmUp.create(connection);
    await appendTo(connection, rounds(warmUp.places(), Math.min(WARM_UP_APPENDS, appends)));
    const places = topics.places();
    const first = await appendTo(connection, places);
    this.figures["first append: p50, ms"] = percentile(first, 0.5);
    this.figures["first append: p99, ms"] = percentile(first, 0.99);
    const before = cpuSeconds(broker);
    const next = await appendTo(connection, rounds(places, appends));
    this.figures["appends: broker CPU, µs each"] = (cpuSeconds(broker) - before) / appends * 1e6;
    this.figures["appends: p50, ms"] = percentile(next, 0.5);
    this.figures["appends: p99, ms"] = percentile(next, 0.99);
  }

  async #inUse(broker: BrokerProcess): Promise<void> {
    await rest(this.#options.restMs);
    const { residentBytes, openFiles, mappings, diskBytes } = await footprintOf(
      broker.pid,
      broker.logDirectory,
    );
    this.figures["in use: RSS, MB"] = residentBytes / MEGABYTE;
    this.figures["in use: file handles"] = openFiles;
    this.figures["in use: mappings"] = mappings;
    this.figures["in use: disk, MB"] = diskBytes / MEGABYTE;
  }

  async #served(
    broker: BrokerProcess,
    when: "after clean stop" | "after kill -9",
    topics: TopicSet,
  ): Promise<void> {
    const begin = performance.now();
    using connection = await broker.connect();
    await topics.untilServed(connection);
    this.figures[`${when}: first answer, ms`] = broker.startMs;
    this.figures[`${when}: all served, ms`] = broker.startMs + performance.now() - begin;
    this.figures[`${when}: CPU until then, s`] = cpuSeconds(broker);
  }

  async #appendOnceMore(broker: BrokerProcess, topics: TopicSet): Promise<void> {
    using connection = await broker.connect();
    await appendTo(connection, topics.places());
  }
}

function cpuSeconds(broker: BrokerProcess): number {
  const { userSeconds, systemSeconds } = broker.figures();
  return userSeconds + systemSeconds;
}

/** Both brokers leave the same mark. */
function wasClosedCleanly(directory: string): Promise<boolean> {
  return Deno.stat(`${directory}/${CLEAN_SHUTDOWN}`).then(() => true, () => false);
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
