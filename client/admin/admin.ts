/**
 * What administrators do with a cluster: its topics, their settings and records, its groups and their offsets, its brokers
 * and their disks, its access rules. Methods have Kafka's names.
 *
 * What must be true: what changes one thing throws if it did not, an error whose `retriable` says whether the same may
 * succeed later; what is about many partitions gives the outcome of each, in the order in which they were given; and what
 * changes something is sent once, since nobody knows whether a change whose answer was lost has been made.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { Cluster, ClusterDescription } from "../cluster.ts";
import { adminKeys } from "../config/admin_keys.ts";
import { clusterOf } from "../config/cluster_of.ts";
import type { ConfigInput } from "../config/config_key.ts";
import { readConfig } from "../config/read_config.ts";
import { ResponseError } from "../response_error.ts";
import { UnknownTopicError } from "../unknown_topic_error.ts";
import { type Acl, type AclFilter, createAcl, deleteAcls, describeAcls } from "./acls.ts";
import { type Answered, isAnswer, type PartitionAnswer, type TopicPartition } from "./by_leader.ts";
import {
  alterConfigs,
  type Config,
  type ConfigChange,
  type ConfigResource,
  describeConfigsOf,
  type DescribeConfigsOptions,
} from "./configs.ts";
import { groupLags, type PartitionLag } from "./group_lags.ts";
import { commitOffsets, type CommittedOffset, committedOffsets, deleteOffsets } from "./group_offsets.ts";
import { deleteGroup, describeGroup, type GroupDescription, type ListedGroup, listGroups } from "./groups.ts";
import { describeLogDirs, type LogDir } from "./log_dirs.ts";
import { EARLIEST, LATEST, offsetsAt } from "./offsets.ts";
import { type DeletedRecords, deleteRecords, type RecordsToDelete } from "./records.ts";
import { type PartitionStats, partitionStats } from "./topic_stats.ts";
import {
  addPartitions,
  type CreatedTopic,
  createTopic,
  deleteTopic,
  findTopics,
  listTopics,
  type TopicDescription,
  type TopicToCreate,
} from "./topics.ts";

export type AdminConfig = ConfigInput<typeof adminKeys>;

/** What came of a partition. */
export interface PartitionOutcome extends TopicPartition {
  /** undefined: it was done. */
  readonly error: ResponseError | undefined;
}

export interface ListedOffset extends PartitionOutcome {
  /** undefined: there is none, since all records are older than the time that was asked for, or for `error`. */
  readonly offset: number | undefined;
}

export interface DeletionOutcome extends PartitionOutcome {
  /** The first offset that is left; undefined: see `error`. */
  readonly start: number | undefined;
}

/** The first offset, that of the next record to be written, or the first at a time: milliseconds since 1970. */
export type OffsetSpec = "earliest" | "latest" | number;

export interface AlterOptions {
  /** Only say whether it could be done. Default false. */
  readonly validateOnly?: boolean;
}

export class Admin implements Disposable {
  readonly #cluster: Cluster;

  /** Connects when it is asked something. Throws a ConfigError. */
  constructor(config: AdminConfig) {
    const values = readConfig("an admin", adminKeys, config);
    this.#cluster = clusterOf(values, { patienceMs: values["default.api.timeout.ms"] });
  }

  /** All topics, by name, internal ones too. */
  listTopics(): Promise<TopicDescription[]> {
    return listTopics(this.#cluster);
  }

  /** In the order of `names`. Throws an UnknownTopicError if one of them is none. */
  async describeTopics(names: readonly string[]): Promise<TopicDescription[]> {
    const found = await findTopics(this.#cluster, names);
    return names.map((name) => {
      const topic = found.get(name);
      if (topic === undefined) throw new UnknownTopicError(name, `describe topic ${name}`);
      return topic;
    });
  }

  /** Sizes and offsets of all partitions of topics, by topic. */
  partitionStats(topics: readonly TopicDescription[]): Promise<Map<string, PartitionStats[]>> {
    return partitionStats(this.#cluster, topics);
  }

  /** Returns when brokers show it. */
  createTopic(topic: TopicToCreate): Promise<CreatedTopic> {
    return createTopic(this.#cluster, topic);
  }

  /** Returns when brokers don't show it any more. */
  deleteTopic(name: string): Promise<void> {
    return deleteTopic(this.#cluster, name);
  }

  /** Adds partitions to a topic until it has `count`. */
  createPartitions(topic: string, count: number, options?: AlterOptions): Promise<void> {
    return addPartitions(this.#cluster, topic, count, options);
  }

  /** By name. */
  describeConfigs(resource: ConfigResource, options?: DescribeConfigsOptions): Promise<Config[]> {
    return describeConfigsOf(this.#cluster, resource, options);
  }

  /** All or none of the changes; settings that are not named stay as they are. */
  alterConfigs(
    resource: ConfigResource,
    changes: readonly ConfigChange[],
    options?: AlterOptions,
  ): Promise<void> {
    return alterConfigs(this.#cluster, resource, changes, options);
  }

  /** All groups of consumers, by id. */
  listGroups(): Promise<ListedGroup[]> {
    return listGroups(this.#cluster);
  }

  /** In the order of `groups`. Throws a ResponseError, GROUP_ID_NOT_FOUND if one of them is none. */
  describeGroups(groups: readonly string[]): Promise<GroupDescription[]> {
    return Promise.all(groups.map((group) => describeGroup(this.#cluster, group)));
  }

  /** Forgets a group without members, and what it committed. */
  deleteGroup(group: string): Promise<void> {
    return deleteGroup(this.#cluster, group);
  }

  /** All that a group has committed, by topic and partition; nothing for a group that is none. */
  listGroupOffsets(group: string): Promise<CommittedOffset[]> {
    return committedOffsets(this.#cluster, group);
  }

  /** How far a group is behind in each partition that it has committed. */
  async listGroupLags(group: string): Promise<PartitionLag[]> {
    return (await groupLags(this.#cluster, [group])).get(group)!;
  }

  /** Commits in place of a group without members, which is made if there is none. */
  async alterGroupOffsets(group: string, offsets: readonly CommittedOffset[]): Promise<PartitionOutcome[]> {
    const answers = await commitOffsets(this.#cluster, group, offsets);
    return answers.map((answer) => outcomeOf(answer, `commit for group ${group} in`));
  }

  /** Forgets what a group has committed in partitions of topics that it is not subscribed to. */
  async deleteGroupOffsets(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<PartitionOutcome[]> {
    const answers = await deleteOffsets(this.#cluster, group, partitions);
    return answers.map((answer) => outcomeOf(answer, `forget the offset of group ${group} in`));
  }

  /** Where partitions begin, end, or stood at a time. */
  async listOffsets(
    partitions: readonly TopicPartition[],
    at: OffsetSpec,
    options: { readonly isolationLevel?: "read_uncommitted" | "read_committed" } = {},
  ): Promise<ListedOffset[]> {
    const timestamp = at === "earliest" ? EARLIEST : at === "latest" ? LATEST : at;
    const found = await offsetsAt(this.#cluster, timestamp, partitions, {
      isReadCommitted: options.isolationLevel === "read_committed",
    });
    return found.map((one) => ({
      ...outcomeOf(one, "list an offset of"),
      offset: one.errorCode === ErrorCode.NONE && one.offset >= 0 ? one.offset : undefined,
    }));
  }

  /** Deletes what lies before an offset; ALL_RECORDS: all that is acknowledged. */
  async deleteRecords(wanted: readonly RecordsToDelete[]): Promise<DeletionOutcome[]> {
    const answers: Answered<DeletedRecords>[] = await deleteRecords(this.#cluster, wanted);
    return answers.map((answer) => ({
      ...outcomeOf(answer, "delete records of"),
      start: isAnswer(answer) ? answer.start : undefined,
    }));
  }

  /** The cluster's id, its controller and its brokers. */
  describeCluster(): Promise<ClusterDescription> {
    return this.#cluster.describe();
  }

  /** The data directories of a broker, and what lies in them. */
  describeLogDirs(brokerId: number): Promise<LogDir[]> {
    return describeLogDirs(this.#cluster, brokerId);
  }

  /** The access rules that fit. */
  describeAcls(filter: AclFilter = {}): Promise<Acl[]> {
    return describeAcls(this.#cluster, filter);
  }

  createAcl(acl: Acl): Promise<void> {
    return createAcl(this.#cluster, acl);
  }

  /** Removes the rules that fit, and tells which they were. */
  deleteAcls(filter: AclFilter): Promise<Acl[]> {
    return deleteAcls(this.#cluster, filter);
  }

  /** Ends all that is on its way. */
  close(): void {
    this.#cluster.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function outcomeOf({ topic, partition, errorCode }: PartitionAnswer, what: string): PartitionOutcome {
  const error = errorCode === ErrorCode.NONE
    ? undefined
    : new ResponseError(errorCode, `${what} ${topic}-${partition}`);
  return { topic, partition, error };
}
