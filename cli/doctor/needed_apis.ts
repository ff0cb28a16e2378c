/**
 * What this client asks brokers for, by what it is good for, against the versions that a broker offers.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { VersionRange } from "./network.ts";

type ApiName = keyof typeof api;

interface Use {
  readonly use: string;
  /** Without it there is little left. */
  readonly isBasic: boolean;
  readonly apis: readonly ApiName[];
}

const uses: readonly Use[] = [
  { use: "producing", isBasic: true, apis: ["Metadata", "Produce", "InitProducerId"] },
  { use: "consuming", isBasic: true, apis: ["Fetch", "ListOffsets"] },
  {
    use: "consumer groups",
    isBasic: true,
    apis: [
      "FindCoordinator",
      "JoinGroup",
      "SyncGroup",
      "Heartbeat",
      "LeaveGroup",
      "OffsetCommit",
      "OffsetFetch",
    ],
  },
  {
    use: "groups of the new protocol (group.protocol=consumer)",
    isBasic: false,
    apis: ["ConsumerGroupHeartbeat", "ConsumerGroupDescribe"],
  },
  {
    use: "transactions",
    isBasic: false,
    apis: ["AddPartitionsToTxn", "AddOffsetsToTxn", "TxnOffsetCommit", "EndTxn"],
  },
  {
    use: "making and changing of topics",
    isBasic: false,
    apis: [
      "CreateTopics",
      "DeleteTopics",
      "CreatePartitions",
      "DeleteRecords",
      "DescribeConfigs",
      "IncrementalAlterConfigs",
    ],
  },
  { use: "sizes of logs", isBasic: false, apis: ["DescribeLogDirs"] },
  { use: "listing of groups", isBasic: false, apis: ["ListGroups", "DescribeGroups", "DeleteGroups"] },
];

export interface MissingUse extends Use {
  /** Those that the broker does not offer in a version that is known here. */
  readonly apis: readonly ApiName[];
}

export function missingUses(versions: ReadonlyMap<number, VersionRange>): MissingUse[] {
  return uses
    .map((use) => ({ ...use, apis: use.apis.filter((name) => !isOffered(name, versions)) }))
    .filter(({ apis }) => apis.length > 0);
}

function isOffered(name: ApiName, versions: ReadonlyMap<number, VersionRange>): boolean {
  const { key, request } = api[name];
  const theirs = versions.get(key);
  return theirs !== undefined && theirs.min <= request.versions.max && theirs.max >= request.versions.min;
}
