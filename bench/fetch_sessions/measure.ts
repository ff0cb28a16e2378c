/**
 * What fetches of many partitions cost the broker: processor time for each, of its whole process.
 * @module
 */
import { type BrokerProcess } from "../peers/broker_process.ts";
import { batchOf, produce } from "../peers/produce.ts";
import { TopicSet } from "../peers/topic_set.ts";
import { SessionReader } from "./session_reader.ts";

/** What is measured, in the order in which it is. */
export const measures = [
  "session, nothing there, answered at once",
  "session, nothing there, waited 1 ms for",
  "session, woken by an append to one partition, and the append",
  "the append alone",
  "no session, nothing there, answered at once",
] as const;
export type Measure = typeof measures[number];

export interface SessionsRun {
  readonly broker: string;
  /** Microseconds of the broker's processor time for each request. */
  readonly cpuMicros: Readonly<Record<Measure, number>>;
}

export interface MeasureOptions {
  readonly partitions: number;
  /** Requests of each kind that are counted. As many go before, which are not. */
  readonly requests: number;
}

/** So long waits a fetch that is to be woken. */
const LONG_MS = 10_000;

export async function measureSessions(
  broker: BrokerProcess,
  { partitions, requests }: MeasureOptions,
): Promise<SessionsRun> {
  // A run has topics of its own, so that both brokers find the like however often they run.
  const topics = new TopicSet(`sessions-${crypto.randomUUID().slice(0, 8)}`, partitions);
  using readers = await broker.connect();
  using writers = await broker.connect();
  await topics.create(readers);
  const places = topics.places();
  const reader = await SessionReader.open(readers, places);
  await reader.fetch(0);
  const records = batchOf(1);
  let turn = 0;
  const append = () => produce(writers, places[turn++ % places.length]!, records, 1);
  const steps: Readonly<Record<Measure, () => Promise<unknown>>> = {
    "session, nothing there, answered at once": () => reader.fetch(0),
    "session, nothing there, waited 1 ms for": () => reader.fetch(1),
    "session, woken by an append to one partition, and the append": async () => {
      const fetched = reader.fetch(LONG_MS);
      await append();
      // Kafka answers now and then before the record counts as readable, and gives it to the next fetch.
      let found = await fetched;
      while (found === 0) found = await reader.fetch(LONG_MS);
    },
    "the append alone": append,
    "no session, nothing there, answered at once": () => reader.fetchInFull(0),
  };
  const cpuMicros: Partial<Record<Measure, number>> = {};
  for (const measure of measures) {
    const step = steps[measure];
    for (let count = 0; count < requests; count++) await step();
    const before = cpuSeconds(broker);
    for (let count = 0; count < requests; count++) await step();
    cpuMicros[measure] = (cpuSeconds(broker) - before) / requests * 1e6;
    // What was appended alone is read, so that the next finds nothing.
    while (await reader.fetchInFull(0) > 0);
  }
  return { broker: broker.name, cpuMicros: cpuMicros as Record<Measure, number> };
}

/** What a fetch costs that an append has woken, the append left out. */
export function wokenFetchMicros({ cpuMicros }: SessionsRun): number {
  return cpuMicros["session, woken by an append to one partition, and the append"] -
    cpuMicros["the append alone"];
}

function cpuSeconds(broker: BrokerProcess): number {
  const { userSeconds, systemSeconds } = broker.figures();
  return userSeconds + systemSeconds;
}
