/**
 * Which of the broker's settings may be changed while it runs: those that may be in Kafka (its DynamicBrokerConfig), as far as
 * they have a row here, but for listeners and what has no effect in this version.
 * @module
 */
import type { Setting } from "../setting.ts";
import { type BrokerSettingName, brokerSettings, isBrokerSetting } from "../setting_definitions.ts";

const names: ReadonlySet<BrokerSettingName> = new Set<BrokerSettingName>([
  "background.threads",
  "compression.gzip.level",
  "compression.lz4.level",
  "compression.type",
  "compression.zstd.level",
  "log.cleaner.backoff.ms",
  "log.cleaner.dedupe.buffer.size",
  "log.cleaner.delete.retention.ms",
  "log.cleaner.io.buffer.load.factor",
  "log.cleaner.io.buffer.size",
  "log.cleaner.io.max.bytes.per.second",
  "log.cleaner.max.compaction.lag.ms",
  "log.cleaner.min.cleanable.ratio",
  "log.cleaner.min.compaction.lag.ms",
  "log.cleaner.threads",
  "log.cleanup.policy",
  "log.flush.interval.messages",
  "log.flush.interval.ms",
  "log.index.interval.bytes",
  "log.index.size.max.bytes",
  "log.local.retention.bytes",
  "log.local.retention.ms",
  "log.message.timestamp.after.max.ms",
  "log.message.timestamp.before.max.ms",
  "log.message.timestamp.type",
  "log.preallocate",
  "log.retention.bytes",
  "log.retention.ms",
  "log.roll.jitter.ms",
  "log.roll.ms",
  "log.segment.bytes",
  "log.segment.delete.delay.ms",
  "max.connection.creation.rate",
  "max.connections",
  "max.connections.per.ip",
  "max.connections.per.ip.overrides",
  "message.max.bytes",
  "min.insync.replicas",
  "num.io.threads",
  "num.network.threads",
  "num.recovery.threads.per.data.dir",
  "producer.id.expiration.ms",
  "transaction.partition.verification.enable",
  "unclean.leader.election.enable",
]);

export function isDynamicSetting(name: string): name is BrokerSettingName {
  if (!isBrokerSetting(name) || !names.has(name)) return false;
  const { effect }: Setting = brokerSettings[name];
  return effect !== "later";
}
