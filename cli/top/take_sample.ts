/**
 * Asks a cluster for a sample. What one broker or one kind of question can't answer is a gap in it; only a cluster that
 * does not answer at all makes it fail.
 * @module
 */
import { formatAddress } from "../../client/address.ts";
import { isAnswer } from "../../client/admin/by_leader.ts";
import { groupLags } from "../../client/admin/group_lags.ts";
import { describeGroups, listGroups } from "../../client/admin/groups.ts";
import { describeLogDirs } from "../../client/admin/log_dirs.ts";
import { type OffsetRange, offsetRanges } from "../../client/admin/offsets.ts";
import { listTopics, type TopicDescription } from "../../client/admin/topics.ts";
import type { Broker, Cluster } from "../../client/cluster.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { MetricsSource } from "./metrics_source.ts";
import type { Sample, SampledBroker, SampledGroup, SampledTopic } from "./sample.ts";

/** Sizes of replicas by topic and partition. */
type Sizes = ReadonlyMap<string, ReadonlyMap<number, number>>;

interface Disks {
  readonly broker: SampledBroker;
  readonly sizes: Sizes;
}

/** A part of the whole, and what was missing of it. */
interface Part<T> {
  readonly value: T;
  readonly gap?: string;
}

export async function takeSample(cluster: Cluster, metrics: MetricsSource): Promise<Sample> {
  const [{ clusterId, controllerId, brokers }, topics] = await Promise.all([
    cluster.describe(),
    listTopics(cluster),
  ]);
  const [ranges, disks, groups] = await Promise.all([
    timed(rangesOf(cluster, topics)),
    Promise.all(brokers.map((broker) => disksOf(cluster, broker))),
    groupsOf(cluster),
  ]);
  const sizes = new Map(disks.map(({ value: { broker, sizes } }) => [broker.id, sizes]));
  const gaps = [...disks, groups].flatMap(({ gap }) => gap ?? []);
  const leaderless = ranges.value.filter((range) => !isAnswer<OffsetRange>(range)).length;
  if (leaderless > 0) {
    gaps.push(`${leaderless} ${leaderless === 1 ? "partition gives" : "partitions give"} no offsets`);
  }
  const sampled = withRanges(topics, ranges.value, sizes);
  return {
    atMs: ranges.atMs,
    cluster: { id: clusterId, controller: controllerId < 0 ? undefined : controllerId },
    brokers: disks.map(({ value }) => value.broker),
    topics: sampled,
    groups: groups.value,
    metrics: await metrics.take({ topics: topics.map(({ name }) => name), host: brokers[0]?.host }),
    gaps: [...new Set(gaps)],
  };
}

type Ranges = Awaited<ReturnType<typeof offsetRanges>>;

function rangesOf(cluster: Cluster, topics: readonly TopicDescription[]): Promise<Ranges> {
  return offsetRanges(
    cluster,
    topics.flatMap(({ name, partitions }) => partitions.map(({ partition }) => ({ topic: name, partition }))),
  );
}

async function timed<T>(promise: Promise<T>): Promise<{ readonly value: T; readonly atMs: number }> {
  const value = await promise;
  return { value, atMs: performance.now() };
}

function withRanges(
  topics: readonly TopicDescription[],
  ranges: Ranges,
  sizes: ReadonlyMap<number, Sizes>,
): SampledTopic[] {
  let next = 0;
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((description) => {
      const { partition, leader } = description;
      const range = ranges[next++]!;
      const { start, end } = isAnswer<OffsetRange>(range) ? range : { start: undefined, end: undefined };
      const size = leader === undefined ? undefined : sizes.get(leader)?.get(name)?.get(partition);
      return { ...description, start, end, size };
    }),
  }));
}

async function disksOf(cluster: Cluster, broker: Broker): Promise<Part<Disks>> {
  const { id, rack } = broker;
  const known = { id, address: formatAddress(broker), rack: rack ?? undefined };
  try {
    const directories = await describeLogDirs(cluster, id);
    const good = directories.filter(({ errorCode }) => errorCode === ErrorCode.NONE);
    const sizes = new Map<string, Map<number, number>>();
    let size = 0;
    for (const { topic, partition, sizeInBytes } of good.flatMap(({ replicas }) => replicas)) {
      size += sizeInBytes;
      const ofTopic = sizes.get(topic) ?? new Map<number, number>();
      sizes.set(topic, ofTopic.set(partition, sizeInBytes));
    }
    const sum = (values: readonly (number | undefined)[]) =>
      values.reduce((sum, value) => sum === undefined || value === undefined ? undefined : sum + value, 0);
    const value = {
      broker: {
        ...known,
        size,
        freeBytes: sum(good.map(({ usableBytes }) => usableBytes)),
        totalBytes: sum(good.map(({ totalBytes }) => totalBytes)),
      },
      sizes,
    };
    const badPaths = directories.filter(({ errorCode }) => errorCode !== ErrorCode.NONE).map(({ path }) =>
      path
    );
    return badPaths.length === 0 ? { value } : { value, gap: `broker ${id} has lost ${badPaths.join(", ")}` };
  } catch (error) {
    const broker = { ...known, size: undefined, freeBytes: undefined, totalBytes: undefined };
    return { value: { broker, sizes: new Map() }, gap: sentenceOf(error) };
  }
}

async function groupsOf(cluster: Cluster): Promise<Part<SampledGroup[]>> {
  try {
    const listed = await listGroups(cluster);
    const [described, lags] = await Promise.all([
      describeGroups(cluster, listed),
      groupLags(cluster, listed.map(({ id }) => id)),
    ]);
    const value = described.map(({ id, state, members }) => {
      const partitions = lags.get(id) ?? [];
      return {
        id,
        state,
        members: members.length,
        topics: new Set(partitions.map(({ topic }) => topic)).size,
        lag: partitions.length === 0 ? undefined : partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0),
        committed: partitions.reduce((sum, { offset }) => sum + offset, 0),
      };
    });
    return { value };
  } catch (error) {
    return { value: [], gap: sentenceOf(error) };
  }
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
