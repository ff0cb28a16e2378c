/**
 * Rates and trends, from two samples and what was known before.
 *
 * What must be true: a rate that can't be known is undefined, and never 0: of a topic that has just been made, of a
 * partition that has no leader, of a log that was made anew and ends before where it ended.
 * @module
 */
import { type MetricsFigures, metricsFigures } from "./metrics_figures.ts";
import type { Sample, SampledBroker, SampledGroup, SampledPartition, SampledTopic } from "./sample.ts";

/** Rates are by second. */
export interface TopicFigures {
  readonly name: string;
  readonly partitions: number;
  readonly underReplicated: number;
  readonly recordsIn: number | undefined;
  readonly bytesIn: number | undefined;
  readonly records: number | undefined;
  readonly size: number | undefined;
  /** The last rates of records, oldest first. */
  readonly history: readonly number[];
}

export interface GroupFigures {
  readonly id: string;
  readonly state: string;
  readonly members: number;
  readonly topics: number;
  readonly lag: number | undefined;
  /** Records by second that the lag grows by. */
  readonly trend: number | undefined;
  /** Records by second that are committed. */
  readonly consumed: number | undefined;
  /** The last lags, oldest first. */
  readonly history: readonly number[];
}

export interface BrokerFigures extends SampledBroker {
  readonly isController: boolean;
  readonly leaders: number;
  readonly replicas: number;
  /** Into the partitions that it leads. */
  readonly recordsIn: number | undefined;
  readonly bytesIn: number | undefined;
}

export interface Figures {
  readonly sample: Sample;
  readonly partitions: number;
  readonly underReplicated: number;
  readonly recordsIn: number | undefined;
  readonly bytesIn: number | undefined;
  readonly history: readonly number[];
  readonly lag: number;
  readonly topics: readonly TopicFigures[];
  readonly groups: readonly GroupFigures[];
  readonly brokers: readonly BrokerFigures[];
  readonly metrics: MetricsFigures | undefined;
}

/** Of the past, as many values as the widest sparkline shows. */
const HISTORY = 60;

interface Rates {
  readonly recordsIn: number | undefined;
  readonly bytesIn: number | undefined;
}

export function figuresOf(sample: Sample, before?: Figures): Figures {
  const seconds = before === undefined ? 0 : (sample.atMs - before.sample.atMs) / 1000;
  const topicsBefore = new Map(before?.sample.topics.map((topic) => [topic.name, topic]));
  const figuresBefore = new Map(before?.topics.map((topic) => [topic.name, topic]));
  const groupsBefore = new Map(before?.groups.map((group) => [group.id, group]));
  const sampledBefore = new Map(before?.sample.groups.map((group) => [group.id, group]));
  const rates = new Map(sample.topics.map((topic) => [
    topic.name,
    partitionRates(topic, topicsBefore.get(topic.name), seconds),
  ]));
  const topics = sample.topics.map((topic) =>
    topicFigures(topic, rates.get(topic.name)!, figuresBefore.get(topic.name)?.history ?? [])
  );
  const groups = sample.groups.map((group) =>
    groupFigures(group, sampledBefore.get(group.id), groupsBefore.get(group.id)?.history ?? [], seconds)
  );
  const all = sumOfRates(topics);
  const partitions = sample.topics.flatMap((topic) => topic.partitions);
  return {
    sample,
    partitions: partitions.length,
    underReplicated: partitions.filter(isUnderReplicated).length,
    ...all,
    history: longer(before?.history ?? [], all.recordsIn),
    lag: groups.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
    topics,
    groups,
    brokers: sample.brokers.map((broker) => brokerFigures(broker, sample, rates)),
    metrics: sample.metrics === undefined
      ? undefined
      : metricsFigures(sample.metrics, before?.sample.metrics),
  };
}

function topicFigures(
  { name, partitions }: SampledTopic,
  rates: ReadonlyMap<number, Rates>,
  history: readonly number[],
): TopicFigures {
  const sums = sumOfRates([...rates.values()]);
  return {
    name,
    partitions: partitions.length,
    underReplicated: partitions.filter(isUnderReplicated).length,
    ...sums,
    records: sumOf(partitions.map(recordsIn)),
    size: sumOf(partitions.map(({ size }) => size)),
    history: longer(history, sums.recordsIn),
  };
}

/** By partition. */
function partitionRates(
  topic: SampledTopic,
  before: SampledTopic | undefined,
  seconds: number,
): ReadonlyMap<number, Rates> {
  const earlier = new Map(before?.partitions.map((partition) => [partition.partition, partition]));
  return new Map(topic.partitions.map((now) => [
    now.partition,
    seconds <= 0
      ? { recordsIn: undefined, bytesIn: undefined }
      : ratesOf(now, earlier.get(now.partition), seconds),
  ]));
}

function ratesOf(now: SampledPartition, before: SampledPartition | undefined, seconds: number): Rates {
  const records = difference(now.end, before?.end);
  if (records === undefined || records < 0) return { recordsIn: undefined, bytesIn: undefined };
  const grown = difference(now.size, before?.size);
  // Retention takes away while records come: then the mean size of those that were there has to do.
  const bytes = grown !== undefined && grown < 0 ? records * meanSize(before!) : grown;
  return { recordsIn: records / seconds, bytesIn: bytes === undefined ? undefined : bytes / seconds };
}

function meanSize(partition: SampledPartition): number {
  const records = recordsIn(partition) ?? 0;
  return records > 0 ? partition.size! / records : 0;
}

function groupFigures(
  group: SampledGroup,
  before: SampledGroup | undefined,
  history: readonly number[],
  seconds: number,
): GroupFigures {
  const perSecond = (now: number | undefined, then: number | undefined) => {
    const change = difference(now, then);
    return change === undefined || seconds <= 0 ? undefined : change / seconds;
  };
  const { id, state, members, topics, lag } = group;
  const consumed = perSecond(group.committed, before?.committed);
  return {
    id,
    state,
    members,
    topics,
    lag,
    trend: perSecond(lag, before?.lag),
    // Less than nothing: it was set back.
    consumed: consumed !== undefined && consumed < 0 ? undefined : consumed,
    history: longer(history, lag),
  };
}

function brokerFigures(
  broker: SampledBroker,
  { topics, cluster }: Sample,
  rates: ReadonlyMap<string, ReadonlyMap<number, Rates>>,
): BrokerFigures {
  const led: Rates[] = [];
  let replicas = 0;
  for (const { name, partitions } of topics) {
    for (const partition of partitions) {
      if (partition.replicas.includes(broker.id)) replicas++;
      if (partition.leader === broker.id) led.push(rates.get(name)!.get(partition.partition)!);
    }
  }
  const isController = cluster.controller === broker.id;
  return { ...broker, isController, leaders: led.length, replicas, ...sumOfRates(led) };
}

function isUnderReplicated({ replicas, inSync }: SampledPartition): boolean {
  return inSync.length < replicas.length;
}

function recordsIn({ start, end }: SampledPartition): number | undefined {
  return difference(end, start);
}

function sumOfRates(rates: readonly Rates[]): Rates {
  return {
    recordsIn: sumOf(rates.map(({ recordsIn }) => recordsIn)),
    bytesIn: sumOf(rates.map(({ bytesIn }) => bytesIn)),
  };
}

/** Of those that are known; undefined if none is. */
function sumOf(values: readonly (number | undefined)[]): number | undefined {
  let sum: number | undefined;
  for (const value of values) if (value !== undefined) sum = (sum ?? 0) + value;
  return sum;
}

function difference(now: number | undefined, before: number | undefined): number | undefined {
  return now === undefined || before === undefined ? undefined : now - before;
}

function longer(history: readonly number[], value: number | undefined): readonly number[] {
  return value === undefined ? history : [...history, value].slice(-HISTORY);
}
