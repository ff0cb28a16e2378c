/**
 * Kafka's settings that have no row of their own: of parts that this broker is not made of, or does not have yet, and
 * of Kafka versions gone by. An existing `server.properties` or compose file names dozens of them and must work here;
 * what its owner should know of them is said in a sentence.
 * @module
 */

export interface SettingFamily {
  /** What to tell whoever sets one; undefined: it has nothing to steer here, and nobody would miss it. */
  readonly note: string | undefined;
}

const security = "this version serves neither TLS nor logins nor access rights";
const remote = "this version has no tiered storage";
const quotas = "this version has no quotas";
const javaClass = "it names a Java class, which this broker can't load";
const share = "this version serves no share groups";
const streams = "this version serves no streams groups";
const zookeeper = "there is no ZooKeeper here, as in Kafka since 4.0; the setting can go";
const listeners = "it is a setting of early Kafka versions; write listeners=PLAINTEXT://HOST:PORT instead";
const advertised =
  "it is a setting of early Kafka versions; write advertised.listeners=PLAINTEXT://HOST:PORT instead";
const gone = "Kafka has had no such setting since 4.0; it can go";

/** By beginning of the name, or the whole name. The longest that fits counts. */
const families: Readonly<Record<string, string | undefined>> = {
  // Settings of a quorum of controllers, of replication, of Java's threads and metrics
  "add.partitions.to.txn.": undefined,
  "alter.log.dirs.replication.": undefined,
  "auto.leader.rebalance.enable": undefined,
  "broker.heartbeat.interval.ms": undefined,
  "broker.session.timeout.ms": undefined,
  "confluent.": undefined,
  "controlled.shutdown.": undefined,
  "controller.": undefined,
  "delete.records.purgatory.": undefined,
  "early.start.listeners": undefined,
  "fetch.purgatory.": undefined,
  "group.coordinator.": undefined,
  "initial.broker.registration.timeout.ms": undefined,
  "internal.": undefined,
  "kafka.metrics.": undefined,
  "leader.imbalance.": undefined,
  "log.initial.task.delay.ms": undefined,
  "metadata.": undefined,
  "metric.reporters": undefined,
  "metrics.": undefined,
  "num.replica.": undefined,
  "producer.id.expiration.check.interval.ms": undefined,
  "producer.purgatory.": undefined,
  "replica.": undefined,
  "replication.quota.": undefined,
  "server.max.startup.time.ms": undefined,
  "share.coordinator.": undefined,
  "share.fetch.purgatory.": undefined,
  "socket.connection.setup.": undefined,
  "transaction.state.log.load.buffer.size": undefined,
  "unclean.leader.election.interval.ms": undefined,
  "unstable.": undefined,

  // Parts of Kafka that are not here yet
  "allow.everyone.if.no.acl.found": security,
  "authorizer.": security,
  "connections.max.reauth.ms": security,
  "delegation.token.": security,
  "listener.name.": security,
  "principal.builder.class": security,
  "sasl.": security,
  "security.": security,
  "security.inter.broker.protocol": undefined,
  "ssl.": security,
  "super.users": security,
  "client.quota.": quotas,
  "quota.": quotas,
  "follower.fetch.last.tiered.offset.enable": remote,
  "remote.": remote,
  "rlmm.config.": remote,
  "rsm.config.": remote,
  "group.share.": share,
  "group.streams.": streams,
  "group.consumer.": undefined,
  "alter.config.policy.": javaClass,
  "config.providers": javaClass,
  "create.topic.policy.": javaClass,
  "cordoned.log.dirs": "this broker keeps one data directory",
  "telemetry.": "this version takes no telemetry from clients",

  // Kafka's past
  "advertised.host.name": advertised,
  "advertised.port": advertised,
  "host.name": listeners,
  "port": listeners,
  "zookeeper.": zookeeper,
  "broker.id.generation.enable": gone,
  "control.plane.listener.name": gone,
  "inter.broker.protocol.version": gone,
  "log.cleaner.min.cleanable.dirty.ratio": gone,
  "log.message.downconversion.enable": gone,
  "log.message.format.version": gone,
  "log.message.timestamp.difference.max.ms":
    "Kafka 4.0 replaced it by log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms",
  "offsets.commit.required.acks": gone,
  "password.encoder.": gone,
  "reserved.broker.max.id": gone,
};

/** What is known of a setting without a row of its own; undefined: nothing, it is no setting of Kafka's. */
export function settingFamily(name: string): SettingFamily | undefined {
  let found: string | undefined;
  for (const family of Object.keys(families)) {
    const fits = family.endsWith(".") ? name.startsWith(family) : name === family;
    if (fits && family.length > (found?.length ?? 0)) found = family;
  }
  return found === undefined ? undefined : { note: families[found] };
}
