/**
 * A topic's settings: one row each, with Kafka's name, type, default and range, and the broker's setting that stands in
 * where a topic has none of its own (its synonym: `segment.bytes` ← `log.segment.bytes`).
 *
 * What must be true: a topic's row and its synonym have the same default, so that it makes no difference which of
 * them is asked. A test holds that, and holds the rows against Kafka's.
 * @module
 */
import type { LogConfig } from "../storage/log_config.ts";
import type { BrokerConfig } from "./config.ts";
import { didYouMean } from "../protocol/nearest_name.ts";
import {
  anything,
  atLeast,
  between,
  boolean,
  choice,
  defaultValue,
  double,
  either,
  int,
  list,
  long,
  LONG_MAX,
  settingProblem,
  type SettingValue,
  type ValueOf,
} from "./setting.ts";
import type { BrokerSettingName } from "./setting_definitions.ts";

const later = { effect: "later" } as const;
const none = { effect: "none" } as const;

export const topicSettings = {
  "cleanup.policy": list(
    "delete",
    ["compact", "delete"],
    "What happens to old records: delete them by age and size, or keep the latest of each key, or both.",
  ),
  "compression.type": choice(
    "producer",
    ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
    "The compression batches are stored with; producer: what each came with. Another makes the broker pack batches again " +
      "that came with a different one, in its one loop: high levels slow every client down.",
  ),
  "compression.gzip.level": int(-1, either(-1, between(1, 9)), "Effort of gzip; -1 is its usual one."),
  "compression.lz4.level": int(9, between(1, 17), "Effort of lz4: ours has one, whatever this says.", none),
  "compression.zstd.level": int(3, between(-131_072, 22), "Effort of zstd; -1 is done as -2."),
  "delete.retention.ms": long(
    86_400_000,
    atLeast(0),
    "How long a compacted topic keeps the marks of deleted keys.",
  ),
  "file.delete.delay.ms": long(60_000, atLeast(0), "How long a deleted segment's files stay."),
  "flush.messages": long(
    LONG_MAX,
    atLeast(1),
    "Unflushed records that force a flush (fdatasync). 1: nothing is acknowledged before it is on disk.",
  ),
  "flush.ms": long(
    1000,
    atLeast(0),
    "Longest time that written records stay unflushed: what a power cut can take. Kafka by itself never flushes.",
    { kafkaDefault: LONG_MAX },
  ),
  "follower.replication.throttled.replicas": list("", undefined, "Copies that are fetched slowly.", none),
  "index.interval.bytes": int(4096, atLeast(0), "Bytes of log between two entries of an index."),
  "leader.replication.throttled.replicas": list("", undefined, "Copies that are served slowly.", none),
  "local.retention.bytes": long(
    -2,
    atLeast(-2),
    "As retention.bytes for what is also in remote storage; -2: as retention.bytes.",
    later,
  ),
  "local.retention.ms": long(
    -2,
    atLeast(-2),
    "As retention.ms for what is also in remote storage; -2: as retention.ms.",
    later,
  ),
  "max.compaction.lag.ms": long(
    LONG_MAX,
    atLeast(1),
    "After how long a record must have been looked at by the compaction.",
  ),
  "max.message.bytes": int(
    1_048_588,
    atLeast(0),
    "Largest record batch, as it is sent (compressed), its header included.",
  ),
  "message.timestamp.after.max.ms": long(
    3_600_000,
    atLeast(0),
    "A record whose time lies further ahead than this is refused.",
  ),
  "message.timestamp.before.max.ms": long(
    LONG_MAX,
    atLeast(0),
    "A record whose time lies further back than this is refused.",
  ),
  "message.timestamp.type": choice(
    "CreateTime",
    ["CreateTime", "LogAppendTime"],
    "Whether records keep the producer's time or get the broker's.",
  ),
  "min.cleanable.dirty.ratio": double(
    0.5,
    between(0, 1),
    "Share of a log that must be new before it is compacted again.",
  ),
  "min.compaction.lag.ms": long(
    0,
    atLeast(0),
    "How long a record stays out of the compaction's reach.",
  ),
  "min.insync.replicas": int(
    1,
    atLeast(1),
    "Copies that must be current for acks=all: the one broker is all there are, whatever this says.",
    none,
  ),
  "preallocate": boolean(
    false,
    "Room for a whole segment is reserved when it is begun, so that a full disk shows then.",
  ),
  "remote.log.copy.disable": boolean(false, "Nothing more goes to remote storage.", later),
  "remote.log.delete.on.disable": boolean(
    false,
    "What is in remote storage is deleted when that ends.",
    later,
  ),
  "remote.storage.enable": boolean(false, "Old segments go to remote storage.", later),
  "retention.bytes": long(
    -1,
    anything,
    "Size beyond which a partition's oldest segments may be deleted; -1: no limit.",
  ),
  "retention.ms": long(
    604_800_000,
    atLeast(-1),
    "Age at which records may be deleted; -1: never.",
  ),
  "segment.bytes": int(1_073_741_824, atLeast(1_048_576), "Size at which a new segment file is begun."),
  "segment.index.bytes": int(
    10_485_760,
    atLeast(4),
    "Most bytes of one index file; a full one begins a new segment.",
  ),
  "segment.jitter.ms": long(0, atLeast(0), "Most by which segment.ms is shortened at random."),
  "segment.ms": long(604_800_000, atLeast(1), "Age at which a new segment file is begun."),
  "unclean.leader.election.enable": boolean(
    false,
    "A copy that lags may become leader: there are no other copies.",
    none,
  ),
};

export type TopicSettingName = keyof typeof topicSettings;

/** The values of some topic settings, by name. */
export type TopicValues = { readonly [Name in TopicSettingName]?: ValueOf<(typeof topicSettings)[Name]> };

export function isTopicSetting(name: string): name is TopicSettingName {
  return Object.hasOwn(topicSettings, name);
}

export interface Synonym {
  readonly name: BrokerSettingName;
  /** What its value is multiplied with to become the topic setting's. */
  readonly times: number;
}

const minute = 60_000;
const hour = 3_600_000;

/** The broker's settings that stand in for a topic's, the first that is given. Without an entry: there is none. */
export const topicSettingSynonyms: { readonly [Name in TopicSettingName]?: readonly Synonym[] } = {
  "cleanup.policy": [{ name: "log.cleanup.policy", times: 1 }],
  "compression.type": [{ name: "compression.type", times: 1 }],
  "compression.gzip.level": [{ name: "compression.gzip.level", times: 1 }],
  "compression.lz4.level": [{ name: "compression.lz4.level", times: 1 }],
  "compression.zstd.level": [{ name: "compression.zstd.level", times: 1 }],
  "delete.retention.ms": [{ name: "log.cleaner.delete.retention.ms", times: 1 }],
  "file.delete.delay.ms": [{ name: "log.segment.delete.delay.ms", times: 1 }],
  "flush.messages": [{ name: "log.flush.interval.messages", times: 1 }],
  "flush.ms": [{ name: "log.flush.interval.ms", times: 1 }],
  "index.interval.bytes": [{ name: "log.index.interval.bytes", times: 1 }],
  "local.retention.bytes": [{ name: "log.local.retention.bytes", times: 1 }],
  "local.retention.ms": [{ name: "log.local.retention.ms", times: 1 }],
  "max.compaction.lag.ms": [{ name: "log.cleaner.max.compaction.lag.ms", times: 1 }],
  "max.message.bytes": [{ name: "message.max.bytes", times: 1 }],
  "message.timestamp.after.max.ms": [{ name: "log.message.timestamp.after.max.ms", times: 1 }],
  "message.timestamp.before.max.ms": [{ name: "log.message.timestamp.before.max.ms", times: 1 }],
  "message.timestamp.type": [{ name: "log.message.timestamp.type", times: 1 }],
  "min.cleanable.dirty.ratio": [{ name: "log.cleaner.min.cleanable.ratio", times: 1 }],
  "min.compaction.lag.ms": [{ name: "log.cleaner.min.compaction.lag.ms", times: 1 }],
  "min.insync.replicas": [{ name: "min.insync.replicas", times: 1 }],
  "preallocate": [{ name: "log.preallocate", times: 1 }],
  "retention.bytes": [{ name: "log.retention.bytes", times: 1 }],
  "retention.ms": [
    { name: "log.retention.ms", times: 1 },
    { name: "log.retention.minutes", times: minute },
    { name: "log.retention.hours", times: hour },
  ],
  "segment.bytes": [{ name: "log.segment.bytes", times: 1 }],
  "segment.index.bytes": [{ name: "log.index.size.max.bytes", times: 1 }],
  "segment.jitter.ms": [
    { name: "log.roll.jitter.ms", times: 1 },
    { name: "log.roll.jitter.hours", times: hour },
  ],
  "segment.ms": [{ name: "log.roll.ms", times: 1 }, { name: "log.roll.hours", times: hour }],
  "unclean.leader.election.enable": [{ name: "unclean.leader.election.enable", times: 1 }],
};

/** The topic setting for which a broker setting stands in. */
export function topicSettingOf(brokerSetting: string): TopicSettingName | undefined {
  const names = Object.keys(topicSettingSynonyms) as TopicSettingName[];
  return names.find((name) => topicSettingSynonyms[name]!.some((synonym) => synonym.name === brokerSetting));
}

/** The broker's part in a topic's settings. */
type BrokerDefaults = Pick<BrokerConfig, "logDefaults">;

/**
 * The log settings of a topic: `entries` where it has its own, the broker's for the rest. What can't be accepted comes
 * back as one text that names each bad entry, what was found and what is wanted, fit for an INVALID_CONFIG answer.
 */
export function parseTopicConfig(
  entries: Iterable<readonly [name: string, value: string]>,
  broker: BrokerDefaults,
): { readonly config: LogConfig } | { readonly problem: string } {
  const given = [...entries];
  const problems = given.flatMap(([name, value]) => entryProblem(name, value) ?? []);
  const values = parsedValues(given);
  if (problems.length === 0) problems.push(...relationProblems(values));
  if (problems.length > 0) return { problem: problems.join("; ") };
  return { config: toLogConfig(values, broker.logDefaults) };
}

/**
 * The log settings of a topic that is there already. What this version does not understand has no effect: a setting that
 * a newer version wrote must not keep a topic from being read.
 */
export function topicLogConfig(
  entries: Iterable<readonly [name: string, value: string]>,
  broker: BrokerDefaults,
): LogConfig {
  return toLogConfig(parsedValues(entries), broker.logDefaults);
}

/** `defaults`, with the settings that are in `values`. */
export function toLogConfig(values: TopicValues, defaults: LogConfig): LogConfig {
  const policy = values["cleanup.policy"];
  return {
    segmentBytes: values["segment.bytes"] ?? defaults.segmentBytes,
    segmentMs: unlessMax(values["segment.ms"] ?? defaults.segmentMs),
    segmentJitterMs: values["segment.jitter.ms"] ?? defaults.segmentJitterMs,
    indexIntervalBytes: values["index.interval.bytes"] ?? defaults.indexIntervalBytes,
    segmentIndexBytes: values["segment.index.bytes"] ?? defaults.segmentIndexBytes,
    preallocate: values["preallocate"] ?? defaults.preallocate,
    maxMessageBytes: values["max.message.bytes"] ?? defaults.maxMessageBytes,
    flushMessages: unlessMax(values["flush.messages"] ?? defaults.flushMessages),
    flushMs: unlessMax(values["flush.ms"] ?? defaults.flushMs),
    timestampType: values["message.timestamp.type"] ?? defaults.timestampType,
    timestampBeforeMaxMs: unlessMax(
      values["message.timestamp.before.max.ms"] ?? defaults.timestampBeforeMaxMs,
    ),
    timestampAfterMaxMs: unlessMax(values["message.timestamp.after.max.ms"] ?? defaults.timestampAfterMaxMs),
    compressionType: values["compression.type"] ?? defaults.compressionType,
    compressionLevels: {
      gzip: values["compression.gzip.level"] ?? defaults.compressionLevels.gzip,
      lz4: values["compression.lz4.level"] ?? defaults.compressionLevels.lz4,
      zstd: values["compression.zstd.level"] ?? defaults.compressionLevels.zstd,
    },
    deletesOld: policy?.includes("delete") ?? defaults.deletesOld,
    compacts: policy?.includes("compact") ?? defaults.compacts,
    retentionMs: unlessNegative(unlessMax(values["retention.ms"] ?? defaults.retentionMs)),
    retentionBytes: unlessNegative(values["retention.bytes"] ?? defaults.retentionBytes),
    fileDeleteDelayMs: values["file.delete.delay.ms"] ?? defaults.fileDeleteDelayMs,
    deleteRetentionMs: unlessMax(values["delete.retention.ms"] ?? defaults.deleteRetentionMs),
    minCompactionLagMs: unlessMax(values["min.compaction.lag.ms"] ?? defaults.minCompactionLagMs),
    maxCompactionLagMs: unlessMax(values["max.compaction.lag.ms"] ?? defaults.maxCompactionLagMs),
    minCleanableDirtyRatio: values["min.cleanable.dirty.ratio"] ?? defaults.minCleanableDirtyRatio,
    producerIdExpirationMs: defaults.producerIdExpirationMs,
  };
}

/** The values of those entries that are what they should be. */
function parsedValues(entries: Iterable<readonly [string, string]>): TopicValues {
  const values: Record<string, SettingValue> = {};
  for (const [name, text] of entries) {
    const parsed = isTopicSetting(name) ? topicSettings[name].parse(text) : { problem: "" };
    if (!("problem" in parsed)) values[name] = parsed.value;
  }
  return values as TopicValues;
}

/** Kafka's largest long means "never". */
function unlessMax(value: number): number {
  return value >= Number(LONG_MAX) ? Infinity : value;
}

function unlessNegative(value: number): number {
  return value < 0 ? Infinity : value;
}

function entryProblem(name: string, value: string): string | undefined {
  if (isTopicSetting(name)) return settingProblem(name, topicSettings[name], value);
  const topicName = topicSettingOf(name);
  if (topicName !== undefined) return `${name} is a setting of the broker; a topic's is ${topicName}`;
  return `${name} is no setting of a topic${didYouMean(name, Object.keys(topicSettings))}`;
}

function relationProblems(values: TopicValues): string[] {
  const problems: string[] = [];
  const shortest = values["min.compaction.lag.ms"] ?? defaultValue(topicSettings["min.compaction.lag.ms"]);
  const longest = values["max.compaction.lag.ms"] ?? defaultValue(topicSettings["max.compaction.lag.ms"]);
  if (shortest > longest) {
    problems.push(
      `min.compaction.lag.ms is ${shortest}, but must be at most max.compaction.lag.ms, which is ${longest}`,
    );
  }
  if (values["remote.storage.enable"] === true) {
    problems.push("remote.storage.enable is true, but must be false: this version has no tiered storage");
  }
  return problems;
}
