/**
 * What is to be known of a request before it is sent: whether it may be sent twice, and which connection suits it.
 * @module
 */
import { api } from "../protocol/apis.ts";

/** Requests that change nothing: asking again does no harm. */
const READING: ReadonlySet<number> = new Set([
  api.ApiVersions,
  api.ConsumerGroupDescribe,
  api.DescribeAcls,
  api.DescribeClientQuotas,
  api.DescribeCluster,
  api.DescribeConfigs,
  api.DescribeGroups,
  api.DescribeLogDirs,
  api.DescribeProducers,
  api.DescribeTopicPartitions,
  api.DescribeTransactions,
  api.Fetch,
  api.FindCoordinator,
  api.ListConfigResources,
  api.ListGroups,
  api.ListOffsets,
  api.ListPartitionReassignments,
  api.ListTransactions,
  api.Metadata,
  api.OffsetFetch,
  api.OffsetForLeaderEpoch,
].map(({ key }) => key));

/** Requests whose answer may be long in coming though nothing is wrong. */
const WAITING: ReadonlySet<number> = new Set([api.Fetch.key, api.JoinGroup.key, api.SyncGroup.key]);

export function onlyReads({ key }: { readonly key: number }): boolean {
  return READING.has(key);
}

export function mayWait({ key }: { readonly key: number }): boolean {
  return WAITING.has(key);
}

export function writesRecords({ key }: { readonly key: number }): boolean {
  return key === api.Produce.key;
}
