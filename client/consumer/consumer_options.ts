/**
 * How a consumer goes about it, and what a user's configuration comes to.
 * @module
 */
import type { ConfigInput, ConfigValues } from "../config/config_key.ts";
import type { consumerKeys } from "../config/consumer_keys.ts";
import { ConfigError } from "../config/read_config.ts";
import { didYouMean } from "../../protocol/nearest_name.ts";
import { bytes } from "../serializers/bytes.ts";
import type { Deserializer } from "../serializers/serializer.ts";
import type { Assignor } from "./assignors/assignor.ts";
import { cooperativeStickyAssignor } from "./assignors/cooperative_sticky_assignor.ts";
import { rangeAssignor } from "./assignors/range_assignor.ts";
import { roundRobinAssignor } from "./assignors/round_robin_assignor.ts";
import type { Deserializers } from "./consumer_record.ts";
import type { GroupMemberOptions } from "./group_member.ts";
import type { FetchOptions } from "./partition_reader.ts";
import type { OffsetReset } from "./starts.ts";

/** What a user may give. */
export type ConsumerConfig<K = Uint8Array | null, V = Uint8Array | null> =
  & Omit<ConfigInput<typeof consumerKeys>, "key.deserializer" | "value.deserializer">
  & {
    readonly "key.deserializer"?: Deserializer<K>;
    readonly "value.deserializer"?: Deserializer<V>;
  };

export interface ConsumerOptions<K, V> extends Omit<GroupMemberOptions, "groupId"> {
  /** Left out: there is nothing to commit to. */
  readonly groupId?: string | undefined;
  /** The protocol of KIP-848, in which the coordinator assigns. Default false: the classic one. */
  readonly isConsumerProtocol?: boolean;
  /** Who assigns there; null: as the group does anyway. */
  readonly serverAssignor?: string | null;
  /** Default: bytes as they are. */
  readonly deserializers?: Deserializers<K, V>;
  /** Default of each: as in Kafka's configuration. */
  readonly fetch?: Partial<FetchOptions>;
  /** Default true. */
  readonly checkCrcs?: boolean;
  /** Most bytes that one batch may unpack to. Default 128 MiB. */
  readonly maxUnpackedBytes?: number;
  /** Where to begin in a partition of which the group has committed nothing. Default "latest". */
  readonly autoOffsetReset?: OffsetReset;
  /** Whether it commits by itself, every so many milliseconds, on rebalances and when it is closed. */
  readonly autoCommitIntervalMs?: number | undefined;
  /** Default false: read_uncommitted. */
  readonly isReadCommitted?: boolean;
  /** Records of one poll. Default: as many as there are. */
  readonly maxPollRecords?: number;
  /** How long between two polls until it counts as stuck. Default: for ever. */
  readonly maxPollIntervalMs?: number;
  /** How often a pattern is held against the topics there are. Default 10,000 ms. */
  readonly patternRefreshMs?: number;
  /** Whether a pattern may match internal topics. Default false. */
  readonly areInternalIncluded?: boolean;
  /** Have the cluster create topics that are subscribed to, if it does that. Default false. */
  readonly mayCreateTopics?: boolean;
}

const ASSIGNORS: Readonly<Record<string, Assignor>> = {
  "range": rangeAssignor,
  "roundrobin": roundRobinAssignor,
  "cooperative-sticky": cooperativeStickyAssignor,
};
/** A batch of a MiB, as brokers take them, may unpack to this much whatever is kept. */
const LEAST_UNPACKED_BYTES = 16 * 1024 * 1024;
const MAX_REFRESH_MS = 10_000;

/** Of one batch. */
export const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;
export const USUAL_FETCH: FetchOptions = {
  queuedMaxBytes: 64 * 1024 * 1024,
  fetchMaxBytes: 50 * 1024 * 1024,
  partitionMaxBytes: 1024 * 1024,
  minBytes: 1,
  maxWaitMs: 500,
  isOnDemand: false,
  retryMs: 100,
  retryMaxMs: 1000,
};

/** Keys and values are bytes, if nobody says otherwise. */
export function asTheyAre<K, V>(): Deserializers<K, V> {
  return { key: bytes, value: bytes } as unknown as Deserializers<K, V>;
}

/** Throws a ConfigError for values that don't go together. */
export function consumerOptions<K, V>(config: ConfigValues<typeof consumerKeys>): ConsumerOptions<K, V> {
  const heartbeatIntervalMs = config["heartbeat.interval.ms"];
  const sessionTimeoutMs = config["session.timeout.ms"];
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    throw new ConfigError(
      `"heartbeat.interval.ms" of a consumer is ${heartbeatIntervalMs}, but must be less than "session.timeout.ms", ` +
        `which is ${sessionTimeoutMs}`,
    );
  }
  const isConsumerProtocol = config["group.protocol"] === "consumer";
  const serverAssignor = config["group.remote.assignor"];
  if (serverAssignor !== null && !isConsumerProtocol) {
    throw new ConfigError(
      '"group.remote.assignor" of a consumer is for "group.protocol" consumer: with classic its members assign, by ' +
        '"partition.assignment.strategy"',
    );
  }
  const refreshMs = Math.max(100, Math.min(MAX_REFRESH_MS, config["metadata.max.age.ms"]));
  return {
    groupId: config["group.id"] ?? undefined,
    instanceId: config["group.instance.id"],
    isConsumerProtocol,
    serverAssignor,
    assignors: assignorsOf(config["partition.assignment.strategy"]),
    sessionTimeoutMs,
    heartbeatIntervalMs,
    rebalanceTimeoutMs: config["max.poll.interval.ms"],
    metadataRefreshMs: refreshMs,
    patternRefreshMs: refreshMs,
    deserializers: { key: config["key.deserializer"], value: config["value.deserializer"] },
    fetch: {
      queuedMaxBytes: config["queued.max.bytes"],
      fetchMaxBytes: config["fetch.max.bytes"],
      partitionMaxBytes: config["max.partition.fetch.bytes"],
      minBytes: config["fetch.min.bytes"],
      maxWaitMs: config["fetch.max.wait.ms"],
      retryMs: config["retry.backoff.ms"],
      retryMaxMs: config["retry.backoff.max.ms"],
      isOnDemand: false,
    },
    checkCrcs: config["check.crcs"],
    maxUnpackedBytes: Math.max(LEAST_UNPACKED_BYTES, config["queued.max.bytes"]),
    autoOffsetReset: config["auto.offset.reset"],
    ...config["enable.auto.commit"] ? { autoCommitIntervalMs: config["auto.commit.interval.ms"] } : {},
    isReadCommitted: config["isolation.level"] === "read_committed",
    maxPollRecords: config["max.poll.records"],
    maxPollIntervalMs: config["max.poll.interval.ms"],
    areInternalIncluded: !config["exclude.internal.topics"],
    mayCreateTopics: config["allow.auto.create.topics"],
  };
}

function assignorsOf(names: readonly string[]): readonly [Assignor, ...Assignor[]] {
  const assignors = names.map((name) => {
    const assignor = ASSIGNORS[name];
    if (assignor !== undefined) return assignor;
    const known = Object.keys(ASSIGNORS);
    throw new ConfigError(
      `"partition.assignment.strategy" of a consumer has "${name}", but knows ${known.join(", ")}` +
        didYouMean(name, known),
    );
  });
  const [first, ...others] = assignors;
  if (first === undefined) {
    throw new ConfigError(
      '"partition.assignment.strategy" of a consumer is empty, but must have an assignor',
    );
  }
  return [first, ...others];
}
