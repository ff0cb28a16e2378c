/**
 * Fetching from many partitions: one request for each leader, all at the same time.
 *
 * What must be true: as soon as one leader has something, the others are not waited for; and nothing is kept between
 * two calls, neither here nor at the brokers (no fetch sessions).
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { type Cluster, NO_LEADER } from "../cluster.ts";
import { UnknownTopicError } from "../unknown_topic_error.ts";
import { isNotLeading, mayPass } from "../unsettled.ts";
import { AbortedTransactions } from "./aborted_transactions.ts";
import type { FetchedBatches } from "./fetched_records.ts";
import { byTopic, PartitionMap, type TopicPartition } from "./topic_partitions.ts";

export interface FetchPosition extends TopicPartition {
  readonly offset: number;
  /** Default: those of the whole fetch. */
  readonly maxBytes?: number;
}

export interface FetchPartitionsOptions {
  /** How long to wait while there is nothing. */
  readonly waitMs: number;
  /** Default 1. */
  readonly minBytes?: number;
  /** Of each leader's answer; one batch always comes whole. */
  readonly maxBytes: number;
  readonly isReadCommitted: boolean;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

export interface FetchedPartition extends FetchPosition, FetchedBatches {
  /** 0, or why there is nothing. NETWORK_EXCEPTION: its leader could not be reached. */
  readonly errorCode: number;
  readonly highWatermark: number;
}

/** From version 13 on topics go by id. */
export const MAX_FETCH_VERSION = 12;
/** An answer may take this much longer than it was to wait. */
export const FETCH_MARGIN_MS = 10_000;

/** What there is at each of `positions`; those that were not asked in the end are left out. */
export async function fetchPartitions(
  cluster: Cluster,
  positions: readonly FetchPosition[],
  options: FetchPartitionsOptions,
): Promise<FetchedPartition[]> {
  const { byLeader, failed } = await leadersOf(cluster, positions);
  if (options.signal?.aborted) return [];
  const once = (waitMs: number, signal: AbortSignal | undefined) =>
    [...byLeader].map(([leader, ofLeader]) => fetchOf(cluster, leader, ofLeader, options, waitMs, signal));
  // Where there is one leader it can wait by itself. A fetch that is given up costs its connection.
  if (byLeader.size <= 1) {
    const fetched = await Promise.all(once(failed.length > 0 ? 0 : options.waitMs, options.signal));
    return [...failed, ...fetched.flat()];
  }
  const atOnce = [...failed, ...(await Promise.all(once(0, options.signal))).flat()];
  if (options.waitMs <= 0 || atOnce.some(isSomething) || options.signal?.aborted) return atOnce;
  return await firstOf((signal) => once(options.waitMs, signal), options.signal);
}

/** Whether there is something to look at. */
export function isSomething({ errorCode, records }: FetchedPartition): boolean {
  return errorCode !== ErrorCode.NONE || (records !== null && records.length > 0);
}

async function firstOf(
  begin: (signal: AbortSignal) => Promise<FetchedPartition[]>[],
  outer: AbortSignal | undefined,
): Promise<FetchedPartition[]> {
  const enough = new AbortController();
  const signal = outer === undefined ? enough.signal : AbortSignal.any([outer, enough.signal]);
  const all = await Promise.all(
    begin(signal).map(async (fetching) => {
      const fetched = await fetching;
      if (fetched.some(isSomething)) enough.abort();
      return fetched;
    }),
  );
  return all.flat();
}

async function leadersOf(
  cluster: Cluster,
  positions: readonly FetchPosition[],
): Promise<{ byLeader: Map<number, FetchPosition[]>; failed: FetchedPartition[] }> {
  const byLeader = new Map<number, FetchPosition[]>();
  const failed: FetchedPartition[] = [];
  for (const position of positions) {
    const leader = await leaderOf(cluster, position);
    if ("errorCode" in leader) failed.push(failure(position, leader.errorCode));
    else if (byLeader.has(leader.id)) byLeader.get(leader.id)!.push(position);
    else byLeader.set(leader.id, [position]);
  }
  return { byLeader, failed };
}

async function leaderOf(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
): Promise<{ readonly id: number } | { readonly errorCode: number }> {
  const remembered = cluster.rememberedLeader(topic, partition);
  if (remembered !== undefined) return { id: remembered };
  try {
    const id = (await cluster.leadersOf(topic))[partition];
    if (id === undefined) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
    if (id !== NO_LEADER) return { id };
    cluster.forget(topic);
    return { errorCode: ErrorCode.LEADER_NOT_AVAILABLE };
  } catch (error) {
    if (error instanceof UnknownTopicError) return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
    if (!mayPass(error, true)) throw error;
    return { errorCode: ErrorCode.NETWORK_EXCEPTION };
  }
}

async function fetchOf(
  cluster: Cluster,
  leader: number,
  positions: readonly FetchPosition[],
  options: FetchPartitionsOptions,
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<FetchedPartition[]> {
  const asked = new PartitionMap<FetchPosition>();
  for (const position of positions) asked.set(position, position);
  try {
    const answer = await cluster.lendBroker(leader, (connection) =>
      connection.request(api.Fetch, {
        maxWaitMs: waitMs,
        minBytes: options.minBytes ?? 1,
        maxBytes: options.maxBytes,
        isolationLevel: options.isReadCommitted ? 1 : 0,
        topics: byTopic(positions, ({ partition, offset, maxBytes }) => ({
          partition,
          fetchOffset: offset,
          partitionMaxBytes: maxBytes ?? options.maxBytes,
        })).map(({ name: topic, partitions }) => ({ topic, partitions })),
      }, { maxVersion: MAX_FETCH_VERSION, timeoutMs: waitMs + FETCH_MARGIN_MS }), signal);
    return answer.responses.flatMap(({ topic, partitions }) =>
      partitions.flatMap((found): FetchedPartition[] => {
        const position = asked.get({ topic, partition: found.partitionIndex });
        if (position === undefined) return [];
        const errorCode = answer.errorCode || found.errorCode;
        if (isNotLeading(errorCode, true)) cluster.forget(topic);
        return [{
          ...position,
          errorCode,
          highWatermark: found.highWatermark,
          records: found.records,
          aborted: options.isReadCommitted
            ? new AbortedTransactions(found.abortedTransactions ?? [])
            : undefined,
        }];
      })
    );
  } catch (error) {
    if (signal?.aborted) return [];
    if (!mayPass(error, true)) throw error;
    for (const { topic } of positions) cluster.forget(topic);
    return positions.map((position) => failure(position, ErrorCode.NETWORK_EXCEPTION));
  }
}

function failure(position: FetchPosition, errorCode: number): FetchedPartition {
  return { ...position, errorCode, highWatermark: -1, records: null, aborted: undefined };
}
