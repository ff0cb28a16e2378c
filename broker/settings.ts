/**
 * From Kafka's names to a {@link BrokerConfig}: settings are gathered from flags, environment and file, checked one by
 * one and against each other, and every value can be explained with its source.
 *
 * What must be true: a start never goes ahead on a setting that was misunderstood. A value that can't be read or does
 * not fit another stops it with a sentence; an unknown name stops it on the command line, where it is a slip of the
 * finger, and is a warning in a file or environment, which may have been written for another version.
 * @module
 */
import { defaultLogConfig } from "../storage/log_config.ts";
import type { StoreConfig } from "../storage/store_config.ts";
import type { BrokerConfig, GroupConfig, HttpConfig, TransactionConfig } from "./config.ts";
import { formatHostPort, overlap, parseHostPort, resolveListeners } from "./listeners.ts";
import { didYouMean } from "../protocol/nearest_name.ts";
import {
  defaultValue,
  type Setting,
  settingProblem,
  type SettingValue,
  splitList,
  type ValueOf,
} from "./setting.ts";
import { type BrokerSettingName, brokerSettings, isBrokerSetting } from "./setting_definitions.ts";
import { settingFamily } from "./setting_families.ts";
import { describeSource, type GivenSetting, type SettingSource } from "./setting_sources.ts";
import {
  isTopicSetting,
  toLogConfig,
  type TopicSettingName,
  topicSettings,
  topicSettingSynonyms,
  type TopicValues,
} from "./topic_settings.ts";

/** Settings that can't be used; each problem is a sentence for the person who wrote them. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
  /** `isMistyped`: a flag of the command line is among what is wrong. */
  constructor(readonly problems: readonly string[], readonly isMistyped = false) {
    super(problems.join("\n"));
  }
}

/** A setting with all there is to say about it. */
export interface ExplainedSetting {
  readonly name: string;
  /** As in a properties file; null: none. */
  readonly value: string | null;
  readonly source: SettingSource;
  readonly definition: Setting;
}

export class Settings {
  /** Sentences about what was given and does not do what one may think. */
  readonly warnings: readonly string[];
  readonly #given: ReadonlyMap<BrokerSettingName, GivenSetting>;

  /** `given` in order of rank: the source that comes first counts. Throws {@link SettingsError}. */
  constructor(given: readonly GivenSetting[]) {
    const notices: Notices = { warnings: [], problems: [] };
    const known = given.filter((setting) => isBrokerSetting(setting.name) || noticeUnknown(setting, notices));
    this.#given = pick(known, notices);
    for (const setting of this.#given.values()) check(setting, notices);
    if (notices.problems.length > 0) {
      const isMistyped = notices.problems.some(({ source }) => source.kind === "flag");
      throw new SettingsError(notices.problems.map(({ text }) => text), isMistyped);
    }
    this.warnings = notices.warnings;
  }

  /** The value that counts: as given, or the default. */
  get<Name extends BrokerSettingName>(name: Name): ValueOf<(typeof brokerSettings)[Name]> {
    const definition: Setting = brokerSettings[name];
    const given = this.#given.get(name);
    const parsed = given === undefined ? { value: defaultValue(definition) } : definition.parse(given.value);
    if ("problem" in parsed) throw new TypeError(`${name} ${parsed.problem}`);
    return parsed.value as ValueOf<(typeof brokerSettings)[Name]>;
  }

  isGiven(name: BrokerSettingName): boolean {
    return this.#given.has(name);
  }

  source(name: BrokerSettingName): SettingSource {
    return this.#given.get(name)?.source ?? { kind: "default" };
  }

  /** What was given, by name: the settings that are not left to their defaults. */
  properties(): Record<string, string> {
    return Object.fromEntries([...this.#given.values()].map(({ name, value }) => [name, value.trim()]));
  }

  /** Every setting, in the order of the table. */
  explain(): ExplainedSetting[] {
    return (Object.keys(brokerSettings) as BrokerSettingName[]).map((name) => ({
      name,
      value: this.#given.get(name)?.value.trim() ?? brokerSettings[name].default,
      source: this.source(name),
      definition: brokerSettings[name],
    }));
  }

  /** What a topic has that says nothing of its own: each topic setting by the first of its synonyms that is given. */
  topicDefaults(): TopicValues {
    const values: Record<string, SettingValue> = {};
    for (const name of Object.keys(topicSettings) as TopicSettingName[]) {
      const synonym = topicSettingSynonyms[name]?.find((synonym) => this.isGiven(synonym.name));
      const value = synonym === undefined
        ? defaultValue(topicSettings[name] as Setting)
        : this.get(synonym.name);
      // Negative hours or minutes are "never", which has one number in milliseconds.
      values[name] = typeof value !== "number" || synonym === undefined || synonym.times === 1
        ? value
        : value < 0
        ? -1
        : value * synonym.times;
    }
    return values as TopicValues;
  }
}

/** The broker's configuration. Throws {@link SettingsError} if the settings don't fit together. */
export function brokerConfig(settings: Settings): BrokerConfig {
  const { listeners, advertised, problems: listenerProblems } = resolveListeners({
    "listeners": settings.get("listeners"),
    "advertised.listeners": settings.get("advertised.listeners"),
    "listener.security.protocol.map": splitList(settings.get("listener.security.protocol.map")),
    "controller.listener.names": settings.get("controller.listener.names"),
  });
  const httpText = settings.get("http.listen");
  const http = parseHostPort(httpText);
  const dataDirectories = settings.get("log.dirs") ?? settings.get("log.dir");
  const problems = [...listenerProblems, ...relationProblems(settings)];
  if (httpText !== "" && http === undefined) {
    problems.push(
      `http.listen is "${httpText}", but must be HOST:PORT, such as 127.0.0.1:8080, or empty for no HTTP`,
    );
  }
  for (const origin of settings.get("http.cors.allowed.origins")) {
    if (origin === "" || origin === "*" || isOrigin(origin)) continue;
    problems.push(
      `http.cors.allowed.origins has "${origin}", but an origin is like https://console.example.com or http://localhost:3000: ` +
        "scheme, host, port, and nothing behind",
    );
  }
  const sharing = http && http.port !== 0 && listeners.find((listener) => overlap(listener, http));
  if (sharing) {
    problems.push(
      `listeners and http.listen both have port ${sharing.port} (${formatHostPort(sharing)} and ${
        formatHostPort(http)
      }): give them different ones`,
    );
  }
  if (dataDirectories.length !== 1 || dataDirectories[0] === "") {
    problems.push(
      `log.dirs is "${
        dataDirectories.join(",")
      }", but must be exactly one directory: this broker keeps all logs in one`,
    );
  }
  if (!settings.get("process.roles").includes("broker")) {
    problems.push("process.roles is without broker, but a broker is all this is: leave it out");
  }
  if (problems.length > 0) throw new SettingsError(problems);
  const nodeId = !settings.isGiven("node.id") && settings.get("broker.id") >= 0
    ? settings.get("broker.id")
    : settings.get("node.id");
  return {
    nodeId,
    clusterId: settings.get("cluster.id") || undefined,
    listeners: listeners.map(({ host, port }) => ({ host, port })),
    advertised: advertised?.map(({ host, port }) => ({ host, port })),
    socketBuffers: {
      receiveBufferBytes: unlessUnset(settings.get("socket.receive.buffer.bytes")),
      sendBufferBytes: unlessUnset(settings.get("socket.send.buffer.bytes")),
    },
    http,
    httpLingerMs: settings.get("http.linger.ms"),
    httpServer: httpConfig(settings),
    dataDirectory: dataDirectories[0]!,
    autoCreateTopics: settings.get("auto.create.topics.enable"),
    deleteTopics: settings.get("delete.topic.enable"),
    defaultPartitions: settings.get("num.partitions"),
    clampsReplicationFactor: settings.get("replication.factor.clamp"),
    describedPartitions: settings.get("max.request.partition.size.limit"),
    limits: {
      requestBytes: settings.get("socket.request.max.bytes"),
      requestBytesInFlight: unlessNegative(settings.get("queued.max.request.bytes")),
      connections: settings.get("max.connections"),
      connectionsPerAddress: settings.get("max.connections.per.ip"),
      connectionIdleMs: unlessNegative(settings.get("connections.max.idle.ms")),
      requestReadMs: settings.get("milena.request.read.timeout.ms"),
      requestsInFlightPerConnection: settings.get("milena.connection.max.requests.in.flight"),
      fetchBytes: settings.get("fetch.max.bytes"),
      fetchSessions: settings.get("max.incremental.fetch.session.cache.slots"),
      partitions: settings.get("milena.max.partitions"),
      groupOffsetMetrics: settings.get("milena.metrics.max.group.offsets"),
    },
    logDefaults: toLogConfig(settings.topicDefaults(), {
      ...defaultLogConfig,
      producerIdExpirationMs: settings.get("producer.id.expiration.ms"),
    }),
    store: storeConfig(settings),
    groups: groupConfig(settings),
    transactions: transactionConfig(settings),
    properties: settings.properties(),
  };
}

/**
 * `start`, with settings that were given while the broker runs, as far as they have a part in it then. Throws
 * {@link SettingsError} if they don't fit together, or to those of the start.
 */
export function reconfigured(start: BrokerConfig, dynamic: ReadonlyMap<string, string>): BrokerConfig {
  if (dynamic.size === 0) return start;
  const given = (entries: Iterable<readonly [string, string]>, kind: "dynamic" | "start"): GivenSetting[] =>
    Array.from(entries, ([name, value]) => ({ name, value, source: { kind } }));
  const next = brokerConfig(
    new Settings([...given(dynamic, "dynamic"), ...given(Object.entries(start.properties), "start")]),
  );
  const { connections, connectionsPerAddress } = next.limits;
  const { cleanerBackoffMs, cleanerBufferBytes, cleanerBytesPerSecond } = next.store;
  const { verifiesPartitions } = next.transactions;
  return {
    ...start,
    limits: { ...start.limits, connections, connectionsPerAddress },
    logDefaults: next.logDefaults,
    store: { ...start.store, cleanerBackoffMs, cleanerBufferBytes, cleanerBytesPerSecond },
    transactions: { ...start.transactions, verifiesPartitions },
  };
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

function httpConfig(settings: Settings): HttpConfig {
  return {
    headBytes: settings.get("http.max.head.bytes"),
    headMs: settings.get("http.head.timeout.ms"),
    bodyMs: settings.get("http.body.timeout.ms"),
    idleMs: settings.get("http.idle.timeout.ms"),
    writeMs: settings.get("http.write.timeout.ms"),
    connections: settings.get("http.max.connections"),
    connectionsPerAddress: settings.get("http.max.connections.per.ip"),
    requestsInFlight: settings.get("http.max.requests.in.flight"),
    allowedOrigins: settings.get("http.cors.allowed.origins").filter((origin) => origin !== ""),
  };
}

function storeConfig(settings: Settings): StoreConfig {
  return {
    writeMode: settings.get("log.write.mode"),
    retentionCheckIntervalMs: settings.get("log.retention.check.interval.ms"),
    checkpointIntervalMs: Math.min(
      settings.get("log.flush.offset.checkpoint.interval.ms"),
      settings.get("log.flush.start.offset.checkpoint.interval.ms"),
    ),
    cleanerEnabled: settings.get("log.cleaner.enable"),
    cleanerBackoffMs: settings.get("log.cleaner.backoff.ms"),
    cleanerBufferBytes: settings.get("log.cleaner.dedupe.buffer.size"),
    cleanerBytesPerSecond: unlimited(settings.get("log.cleaner.io.max.bytes.per.second")),
    maxOpenSegments: settings.get("milena.max.open.segments"),
    minFreeBytes: settings.get("milena.disk.min.free.bytes"),
    ballastBytes: settings.get("milena.disk.ballast.bytes"),
  };
}

function groupConfig(settings: Settings): GroupConfig {
  return {
    minSessionTimeoutMs: settings.get("group.min.session.timeout.ms"),
    maxSessionTimeoutMs: settings.get("group.max.session.timeout.ms"),
    initialRebalanceDelayMs: settings.get("group.initial.rebalance.delay.ms"),
    maxSize: settings.get("group.max.size"),
    servesConsumerProtocol: settings.get("group.coordinator.rebalance.protocols").includes("consumer"),
    consumer: {
      sessionTimeoutMs: settings.get("group.consumer.session.timeout.ms"),
      minSessionTimeoutMs: settings.get("group.consumer.min.session.timeout.ms"),
      maxSessionTimeoutMs: settings.get("group.consumer.max.session.timeout.ms"),
      heartbeatIntervalMs: settings.get("group.consumer.heartbeat.interval.ms"),
      minHeartbeatIntervalMs: settings.get("group.consumer.min.heartbeat.interval.ms"),
      maxHeartbeatIntervalMs: settings.get("group.consumer.max.heartbeat.interval.ms"),
      maxSize: settings.get("group.consumer.max.size"),
      assignmentIntervalMs: settings.get("group.consumer.assignment.interval.ms"),
      assignors: settings.get("group.consumer.assignors"),
      migrationPolicy: settings.get("group.consumer.migration.policy"),
    },
    offsets: {
      retentionMs: settings.get("offsets.retention.minutes") * 60_000,
      retentionCheckIntervalMs: settings.get("offsets.retention.check.interval.ms"),
      metadataMaxBytes: settings.get("offset.metadata.max.bytes"),
      topicPartitions: settings.get("offsets.topic.num.partitions"),
      topicSegmentBytes: settings.get("offsets.topic.segment.bytes"),
    },
  };
}

function transactionConfig(settings: Settings): TransactionConfig {
  return {
    idExpirationMs: settings.get("transactional.id.expiration.ms"),
    maxTimeoutMs: settings.get("transaction.max.timeout.ms"),
    abortTimedOutIntervalMs: settings.get("transaction.abort.timed.out.transaction.cleanup.interval.ms"),
    removeExpiredIntervalMs: settings.get("transaction.remove.expired.transaction.cleanup.interval.ms"),
    verifiesPartitions: settings.get("transaction.partition.verification.enable"),
    topicPartitions: settings.get("transaction.state.log.num.partitions"),
    topicSegmentBytes: settings.get("transaction.state.log.segment.bytes"),
  };
}

interface Relation {
  readonly lesser: BrokerSettingName;
  readonly greater: BrokerSettingName;
  readonly because: string;
}

/** What must not be greater than what. A negative `greater` is "no limit". */
const relations: readonly Relation[] = [
  {
    lesser: "message.max.bytes",
    greater: "socket.request.max.bytes",
    because: "a batch comes in a request, which must be allowed to be as large",
  },
  {
    lesser: "socket.request.max.bytes",
    greater: "queued.max.request.bytes",
    because: "a single request must fit into what all may take together",
  },
  {
    lesser: "group.min.session.timeout.ms",
    greater: "group.max.session.timeout.ms",
    because: "no session could be asked for",
  },
  {
    lesser: "group.consumer.min.session.timeout.ms",
    greater: "group.consumer.max.session.timeout.ms",
    because: "no session would be allowed",
  },
  {
    lesser: "group.consumer.min.heartbeat.interval.ms",
    greater: "group.consumer.max.heartbeat.interval.ms",
    because: "no interval would be allowed",
  },
  {
    lesser: "log.cleaner.min.compaction.lag.ms",
    greater: "log.cleaner.max.compaction.lag.ms",
    because: "a record would have to be looked at while it must not be",
  },
];

function relationProblems(settings: Settings): string[] {
  return relations.flatMap(({ lesser, greater, because }) => {
    const less = Number(settings.get(lesser));
    const more = Number(settings.get(greater));
    if (more < 0 || less <= more) return [];
    const from = (name: BrokerSettingName) => describeSource(settings.source(name));
    return `${lesser} is ${less} (${from(lesser)}), but must be at most ${greater}, which is ${more} (${
      from(greater)
    }): ${because}`;
  });
}

interface Notices {
  readonly warnings: string[];
  readonly problems: { readonly text: string; readonly source: SettingSource }[];
}

/** One value for each name: of the source that comes first, and there the last one, as in Java's properties. */
function pick(given: readonly GivenSetting[], notices: Notices): Map<BrokerSettingName, GivenSetting> {
  const picked = new Map<BrokerSettingName, GivenSetting>();
  for (const setting of given) {
    const name = setting.name as BrokerSettingName;
    const before = picked.get(name);
    if (before !== undefined && before.source.kind !== setting.source.kind) continue;
    if (before !== undefined && before.value !== setting.value) {
      const places = `${describeSource(before.source)} and ${describeSource(setting.source)}`;
      if (setting.source.kind === "flag") {
        const text = `${name} is given twice, as "${before.value}" and as "${setting.value}" (${places})`;
        notices.problems.push({ text, source: setting.source });
      } else {
        notices.warnings.push(`${name} is given twice (${places}): the latter counts`);
      }
    }
    picked.set(name, setting);
  }
  return picked;
}

function check({ name, value, source }: GivenSetting, { problems, warnings }: Notices): void {
  const definition: Setting = brokerSettings[name as BrokerSettingName];
  const problem = settingProblem(name, definition, value);
  if (problem !== undefined) {
    problems.push({ text: `${problem} (${describeSource(source)})`, source });
  } else if (definition.effect === "later" && !isDefault(definition, value)) {
    warnings.push(`${name} has no effect in this version (${describeSource(source)})`);
  }
}

function isDefault(definition: Setting, text: string): boolean {
  const parsed = definition.parse(text);
  return "value" in parsed && JSON.stringify(parsed.value) === JSON.stringify(defaultValue(definition));
}

/** Says of a name that has no row what there is to say. Returns false, for there is no value to be had. */
function noticeUnknown({ name, source }: GivenSetting, { warnings, problems }: Notices): false {
  const family = settingFamily(name);
  const from = `(${describeSource(source)})`;
  if (family !== undefined) {
    if (family.note !== undefined) warnings.push(`${name} has no effect: ${family.note} ${from}`);
  } else if (source.kind === "flag") {
    problems.push({ text: `${unknownName(name)} ${from}`, source });
  } else {
    warnings.push(`${unknownName(name)} ${from}`);
  }
  return false;
}

function unknownName(name: string): string {
  if (isTopicSetting(name)) {
    const synonym = topicSettingSynonyms[name]?.[0]?.name;
    const instead = synonym === undefined ? "" : `; the broker's, for all topics, is ${synonym}`;
    return `${name} is a setting of topics${instead}`;
  }
  if (name.startsWith("cfg.")) {
    return `${name} is no setting: KAFKA_CFG_ is another image's way, here names begin with KAFKA_ alone`;
  }
  return `${name} is no setting${didYouMean(name, Object.keys(brokerSettings))}`;
}

/** -1 leaves it to the system. */
function unlessUnset(bytes: number): number | undefined {
  return bytes === -1 ? undefined : bytes;
}

/** Java's largest double is "no limit". */
function unlimited(rate: number): number {
  return rate >= Number.MAX_VALUE ? Infinity : rate;
}

function unlessNegative(limit: number): number {
  return limit < 0 ? Infinity : limit;
}
