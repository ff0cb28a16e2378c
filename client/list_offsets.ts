/**
 * The offsets of many partitions at once: one ListOffsets request for each leader, all at the same time, and again for
 * those partitions whose leader turns out to be another.
 * @module
 */
import { api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import type { Cluster } from "./cluster.ts";
import { groupBy } from "./group_by.ts";
import { retrying } from "./retrying.ts";
import { type Leaders, NO_LEADER } from "./topic_directory.ts";
import { UnknownTopicError } from "./unknown_topic_error.ts";
import { isNotLeading, mayPass } from "./unsettled.ts";

/** Timestamps by topic and partition: -1 is the end, -2 the start. */
export type WantedOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>;

export interface FoundOffset {
  /** 0, or why there is no offset; NETWORK_EXCEPTION: the leader could not be reached. */
  readonly errorCode: number;
  /** -1: all records are older. */
  readonly offset: number;
  /** Of the record at that offset, if it was looked for by a timestamp; else -1. */
  readonly timestamp: number;
}

export interface ListOffsetsOptions {
  /** Only what is committed: the end is that of the last record that no open transaction is before. */
  readonly isReadCommitted?: boolean;
  readonly timeoutMs?: number;
}

/** Above this version there are timeouts of remote storage, which we don't ask. */
const MAX_LIST_OFFSETS_VERSION = 9;

interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly timestamp: number;
}

type Found = Map<string, Map<number, FoundOffset>>;

export async function listOffsets(
  cluster: Cluster,
  wanted: WantedOffsets,
  options: ListOffsetsOptions & { readonly signal: AbortSignal },
): Promise<Found> {
  const found: Found = new Map([...wanted.keys()].map((topic) => [topic, new Map()]));
  let left = [...wanted].flatMap(([topic, partitions]) =>
    Array.from(partitions, ([partition, timestamp]): Partition => ({ topic, partition, timestamp }))
  );
  await retrying(async () => {
    left = await askLeaders(cluster, left, options, found);
    for (const { topic } of left) cluster.forget(topic);
  }, {
    withinMs: Math.min(options.timeoutMs ?? Infinity, cluster.patienceMs),
    mayChange: (outcome) => "answer" in outcome && left.length > 0,
    signal: options.signal,
  });
  return found;
}

/** Asks each leader for its part of `partitions`; returns those that may be had elsewhere, or later. */
async function askLeaders(
  cluster: Cluster,
  partitions: readonly Partition[],
  options: ListOffsetsOptions,
  found: Found,
): Promise<Partition[]> {
  const leaders = await leadersOf(cluster, partitions);
  const byLeader = new Map<number, Partition[]>();
  const again: Partition[] = [];
  partitions.forEach((one, i) => {
    const leader = leaders[i];
    const fail = (errorCode: number) => found.get(one.topic)!.set(one.partition, failed(errorCode));
    if (leader === undefined) {
      fail(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    } else if (leader === NO_LEADER) {
      fail(ErrorCode.LEADER_NOT_AVAILABLE);
      again.push(one);
    } else if (byLeader.has(leader)) {
      byLeader.get(leader)!.push(one);
    } else {
      byLeader.set(leader, [one]);
    }
  });
  await Promise.all([...byLeader].map(async ([leader, ofLeader]) => {
    const answer = await askLeader(cluster, leader, ofLeader, options);
    for (const one of ofLeader) {
      const offset = answer.get(`${one.topic}:${one.partition}`) ?? failed(ErrorCode.UNKNOWN_SERVER_ERROR);
      found.get(one.topic)!.set(one.partition, offset);
      if (isNotLeading(offset.errorCode, true) || offset.errorCode === ErrorCode.NETWORK_EXCEPTION) {
        again.push(one);
      }
    }
  }));
  return again;
}

/** The leader of each of `partitions`; undefined: there is no such partition. */
async function leadersOf(
  cluster: Cluster,
  partitions: readonly Partition[],
): Promise<(number | undefined)[]> {
  // Looked at once: while others are asked for, what is remembered may become too old, or be forgotten.
  const remembered = partitions.map(({ topic, partition }) => cluster.rememberedLeader(topic, partition));
  const unknown = new Set(partitions.filter((_, i) => remembered[i] === undefined).map(({ topic }) => topic));
  const asked = new Map<string, Leaders>();
  await Promise.all([...unknown].map(async (topic) => {
    try {
      asked.set(topic, await cluster.leadersOf(topic));
    } catch (error) {
      if (!(error instanceof UnknownTopicError)) throw error;
    }
  }));
  return partitions.map(({ topic, partition }, i) => asked.get(topic)?.[partition] ?? remembered[i]);
}

async function askLeader(
  cluster: Cluster,
  leader: number,
  partitions: readonly Partition[],
  { isReadCommitted, timeoutMs }: ListOffsetsOptions,
): Promise<Map<string, FoundOffset>> {
  const topics = groupBy(partitions, ({ topic }) => topic);
  try {
    const answer = await cluster.askBroker(leader, api.ListOffsets, {
      replicaId: -1,
      isolationLevel: isReadCommitted === true ? 1 : 0,
      topics: Array.from(topics, ([name, ofTopic]) => ({
        name,
        partitions: ofTopic.map(({ partition, timestamp }) => ({ partitionIndex: partition, timestamp })),
      })),
    }, { maxVersion: MAX_LIST_OFFSETS_VERSION, ...timeoutMs === undefined ? {} : { timeoutMs } });
    return new Map(
      answer.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode, offset, timestamp }) =>
          [`${name}:${partitionIndex}`, { errorCode, offset, timestamp }] as const
        )
      ),
    );
  } catch (error) {
    if (!mayPass(error, true)) throw error;
    const away = failed(ErrorCode.NETWORK_EXCEPTION);
    return new Map(partitions.map(({ topic, partition }) => [`${topic}:${partition}`, away]));
  }
}

function failed(errorCode: number): FoundOffset {
  return { errorCode, offset: -1, timestamp: -1 };
}
