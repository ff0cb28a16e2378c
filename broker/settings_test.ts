import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { defaultLogConfig } from "../storage/log_config.ts";
import { defaultStoreConfig } from "../storage/store_config.ts";
import type { BrokerConfig } from "./config.ts";
import { type GivenSetting, settingsFromEnvironment, settingsFromFile } from "./setting_sources.ts";
import { brokerConfig, Settings, SettingsError } from "./settings.ts";

function flag(name: string, value: string, flag = "--set"): GivenSetting {
  return { name, value, source: { kind: "flag", flag } };
}

function flags(values: Record<string, string>): GivenSetting[] {
  return Object.entries(values).map(([name, value]) => flag(name, value));
}

function file(text: string): GivenSetting[] {
  return settingsFromFile("server.properties", text);
}

function config(values: Record<string, string>): BrokerConfig {
  return brokerConfig(new Settings(flags(values)));
}

function problems(make: () => unknown): readonly string[] {
  let found: readonly string[] = [];
  throws(make, (error) => {
    ok(error instanceof SettingsError, String(error));
    found = error.problems;
    return true;
  });
  return found;
}

Deno.test("brokerConfig without any settings is a broker on this machine with finite limits", () => {
  deepEqual(config({}), {
    nodeId: 1,
    clusterId: undefined,
    listeners: [{ host: "127.0.0.1", port: 9092 }],
    advertised: undefined,
    socketBuffers: { receiveBufferBytes: 102_400, sendBufferBytes: 102_400 },
    http: { host: "127.0.0.1", port: 8080 },
    httpLingerMs: 0,
    httpServer: {
      headBytes: 16_384,
      headMs: 10_000,
      bodyMs: 20_000,
      idleMs: 60_000,
      writeMs: 30_000,
      connections: 10_000,
      connectionsPerAddress: 5000,
      requestsInFlight: 4096,
      allowedOrigins: [],
    },
    dataDirectory: "./data",
    autoCreateTopics: true,
    deleteTopics: true,
    defaultPartitions: 1,
    clampsReplicationFactor: false,
    describedPartitions: 2000,
    limits: {
      requestBytes: 104_857_600,
      requestBytesInFlight: 268_435_456,
      connections: 20_000,
      connectionsPerAddress: 10_000,
      connectionIdleMs: 600_000,
      requestReadMs: 30_000,
      requestsInFlightPerConnection: 64,
      fetchBytes: 57_671_680,
      fetchSessions: 1000,
      partitions: 20_000,
      groupOffsetMetrics: 20_000,
    },
    logDefaults: defaultLogConfig,
    store: defaultStoreConfig,
    groups: {
      minSessionTimeoutMs: 6000,
      maxSessionTimeoutMs: 1_800_000,
      initialRebalanceDelayMs: 3000,
      maxSize: 2_147_483_647,
      servesConsumerProtocol: true,
      consumer: {
        sessionTimeoutMs: 45_000,
        minSessionTimeoutMs: 45_000,
        maxSessionTimeoutMs: 60_000,
        heartbeatIntervalMs: 5000,
        minHeartbeatIntervalMs: 5000,
        maxHeartbeatIntervalMs: 15_000,
        maxSize: 2_147_483_647,
        assignmentIntervalMs: 1000,
        assignors: ["uniform", "range"],
        migrationPolicy: "bidirectional",
      },
      offsets: {
        retentionMs: 604_800_000,
        retentionCheckIntervalMs: 600_000,
        metadataMaxBytes: 4096,
        topicPartitions: 50,
        topicSegmentBytes: 104_857_600,
      },
    },
    transactions: {
      idExpirationMs: 604_800_000,
      maxTimeoutMs: 900_000,
      abortTimedOutIntervalMs: 10_000,
      removeExpiredIntervalMs: 3_600_000,
      verifiesPartitions: true,
      topicPartitions: 50,
      topicSegmentBytes: 104_857_600,
    },
    properties: {},
  });
});

Deno.test("Settings takes flags before environment before file before default", () => {
  const settings = new Settings([
    flag("num.partitions", "4"),
    ...settingsFromEnvironment({ KAFKA_NUM_PARTITIONS: "3", KAFKA_FETCH_MAX_BYTES: "3000" }),
    ...file("num.partitions=2\nfetch.max.bytes=2000\nmax.connections=2"),
  ]);
  equal(settings.get("num.partitions"), 4);
  equal(settings.get("fetch.max.bytes"), 3000);
  equal(settings.get("max.connections"), 2);
  equal(settings.get("message.max.bytes"), 1_048_588);
  deepEqual(settings.source("num.partitions"), { kind: "flag", flag: "--set" });
  deepEqual(settings.source("fetch.max.bytes"), { kind: "environment", variable: "KAFKA_FETCH_MAX_BYTES" });
  deepEqual(settings.source("max.connections"), { kind: "file", path: "server.properties", line: 3 });
  deepEqual(settings.source("message.max.bytes"), { kind: "default" });
  deepEqual(settings.properties(), {
    "num.partitions": "4",
    "fetch.max.bytes": "3000",
    "max.connections": "2",
  });
});

Deno.test("Settings does not look at values that are outranked", () => {
  const settings = new Settings([flag("num.partitions", "4"), ...file("num.partitions=many")]);
  equal(settings.get("num.partitions"), 4);
});

Deno.test("Settings refuses an unknown name on the command line and names the nearest", () => {
  deepEqual(problems(() => new Settings([flag("num.partitons", "4")])), [
    "num.partitons is no setting; did you mean num.partitions? (--set)",
  ]);
});

Deno.test("Settings warns of an unknown name in a file or the environment", () => {
  const settings = new Settings([
    ...settingsFromEnvironment({ KAFKA_NUM_PARTITONS: "4", KAFKA_CFG_LISTENERS: "x" }),
    ...file("retention.ms=5\nsome.plugin=1\n"),
  ]);
  deepEqual(settings.warnings, [
    "cfg.listeners is no setting: KAFKA_CFG_ is another image's way, here names begin with KAFKA_ alone (KAFKA_CFG_LISTENERS)",
    "num.partitons is no setting; did you mean num.partitions? (KAFKA_NUM_PARTITONS)",
    "retention.ms is a setting of topics; the broker's, for all topics, is log.retention.ms (server.properties line 1)",
    "some.plugin is no setting (server.properties line 2)",
  ]);
});

Deno.test("Settings takes Kafka's own server.properties without a word", () => {
  const settings = new Settings(file(`
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs=/tmp/kraft-combined-logs
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
`));
  deepEqual(settings.warnings, []);
  const { listeners, advertised, dataDirectory } = brokerConfig(settings);
  deepEqual(listeners, [{ host: "", port: 9092 }]);
  deepEqual(advertised, [{ host: "localhost", port: 9092 }]);
  equal(dataDirectory, "/tmp/kraft-combined-logs");
});

Deno.test("Settings says what has no effect, unless it is the default anyway", () => {
  const settings = new Settings(
    file("offsets.retention.minutes=24\nlog.cleanup.policy=delete\nsasl.enabled.mechanisms=PLAIN\n"),
  );
  deepEqual(settings.warnings, [
    "sasl.enabled.mechanisms has no effect: this version serves neither TLS nor logins nor access rights (server.properties line 3)",
    "offsets.retention.minutes has no effect in this version (server.properties line 1)",
  ]);
});

Deno.test("Settings has a friendly word for settings of ZooKeeper's days", () => {
  deepEqual(new Settings(file("zookeeper.connect=localhost:2181\nadvertised.host.name=me\n")).warnings, [
    "zookeeper.connect has no effect: there is no ZooKeeper here, as in Kafka since 4.0; the setting can go (server.properties line 1)",
    "advertised.host.name has no effect: it is a setting of early Kafka versions; write advertised.listeners=PLAINTEXT://HOST:PORT instead (server.properties line 2)",
  ]);
});

Deno.test("Settings takes the last of two values in a file and says so", () => {
  const settings = new Settings(file("num.partitions=2\nnum.partitions=3\n"));
  equal(settings.get("num.partitions"), 3);
  deepEqual(settings.warnings, [
    "num.partitions is given twice (server.properties line 1 and server.properties line 2): the latter counts",
  ]);
});

Deno.test("Settings refuses two flags that disagree", () => {
  deepEqual(
    problems(() =>
      new Settings([flag("listeners", "PLAINTEXT://:1", "--listen"), flag("listeners", "PLAINTEXT://:2")])
    ),
    ['listeners is given twice, as "PLAINTEXT://:1" and as "PLAINTEXT://:2" (--listen and --set)'],
  );
  equal(new Settings([flag("log.dirs", "x", "--data-dir"), flag("log.dirs", "x")]).warnings.length, 0);
});

Deno.test("Settings tells of every bad value at once, with its source", () => {
  deepEqual(
    problems(() => new Settings([flag("num.partitions", "0"), ...file("message.max.bytes=1MB")])),
    [
      'num.partitions is "0", but must be at least 1 (--set)',
      'message.max.bytes is "1MB", but must be a whole number (int): write 1048576 (server.properties line 1)',
    ],
  );
});

Deno.test("brokerConfig checks settings against each other with both numbers", () => {
  deepEqual(
    problems(() => brokerConfig(new Settings(file("message.max.bytes=200000000\n")))),
    [
      "message.max.bytes is 200000000 (server.properties line 1), but must be at most socket.request.max.bytes, which is 104857600 (default): a batch comes in a request, which must be allowed to be as large",
    ],
  );
  deepEqual(
    problems(() => config({ "queued.max.request.bytes": "1000" })),
    [
      "socket.request.max.bytes is 104857600 (default), but must be at most queued.max.request.bytes, which is 1000 (--set): a single request must fit into what all may take together",
    ],
  );
});

Deno.test("brokerConfig takes negative limits as none", () => {
  const { limits } = config({ "queued.max.request.bytes": "-1", "connections.max.idle.ms": "-1" });
  equal(limits.requestBytesInFlight, Infinity);
  equal(limits.connectionIdleMs, Infinity);
});

Deno.test("brokerConfig has broker.id where node.id is not given", () => {
  equal(config({ "broker.id": "7" }).nodeId, 7);
  equal(config({ "broker.id": "7", "node.id": "8" }).nodeId, 8);
  equal(config({ "broker.id": "-1" }).nodeId, 1);
});

Deno.test("brokerConfig takes origins for CORS and nothing that looks like one", () => {
  const origins = "https://a.example, http://localhost:3000";
  deepEqual(config({ "http.cors.allowed.origins": origins }).httpServer.allowedOrigins, origins.split(", "));
  deepEqual(config({ "http.cors.allowed.origins": "*" }).httpServer.allowedOrigins, ["*"]);
  for (const origin of ["a.example", "https://a.example/", "https://a.example/path", "null"]) {
    match(problems(() => config({ "http.cors.allowed.origins": origin }))[0]!, /an origin is like/);
  }
});

Deno.test("brokerConfig serves no HTTP where http.listen is empty", () => {
  equal(config({ "http.listen": "" }).http, undefined);
  deepEqual(problems(() => config({ "http.listen": "8080" })), [
    'http.listen is "8080", but must be HOST:PORT, such as 127.0.0.1:8080, or empty for no HTTP',
  ]);
});

Deno.test("brokerConfig refuses one port for Kafka and HTTP, but not two free ones", () => {
  deepEqual(problems(() => config({ "listeners": "PLAINTEXT://:8080" })), [
    "listeners and http.listen both have port 8080 (:8080 and 127.0.0.1:8080): give them different ones",
  ]);
  equal(config({ "listeners": "PLAINTEXT://:0", "http.listen": ":0" }).http?.port, 0);
});

Deno.test("brokerConfig wants exactly one data directory", () => {
  deepEqual(problems(() => config({ "log.dirs": "/a,/b" })), [
    'log.dirs is "/a,/b", but must be exactly one directory: this broker keeps all logs in one',
  ]);
  equal(config({ "log.dir": "/old" }).dataDirectory, "/old");
  equal(config({ "log.dir": "/old", "log.dirs": "/new" }).dataDirectory, "/new");
});

Deno.test("brokerConfig refuses to be only a controller", () => {
  deepEqual(problems(() => config({ "process.roles": "controller" })), [
    "process.roles is without broker, but a broker is all this is: leave it out",
  ]);
});

Deno.test("brokerConfig hands the broker's settings on to logs", () => {
  const { logDefaults } = config({
    "log.segment.bytes": "2000000",
    "message.max.bytes": "1000",
    "log.flush.interval.messages": "1",
    "log.flush.interval.ms": "9223372036854775807",
    "log.message.timestamp.type": "LogAppendTime",
    "producer.id.expiration.ms": "5",
  });
  deepEqual(logDefaults, {
    ...defaultLogConfig,
    segmentBytes: 2_000_000,
    maxMessageBytes: 1000,
    flushMessages: 1,
    flushMs: Infinity,
    timestampType: "LogAppendTime",
    producerIdExpirationMs: 5,
  });
});

Deno.test("Settings finds a topic's defaults in the finest unit that is given", () => {
  const retention = (values: Record<string, string>) =>
    new Settings(flags(values)).topicDefaults()["retention.ms"];
  equal(retention({}), 604_800_000);
  equal(retention({ "log.retention.hours": "1" }), 3_600_000);
  equal(retention({ "log.retention.hours": "1", "log.retention.minutes": "2" }), 120_000);
  equal(retention({ "log.retention.minutes": "2", "log.retention.ms": "3" }), 3);
  equal(retention({ "log.retention.hours": "-1" }), -1);
});

Deno.test("Settings explains every setting with its value and source", () => {
  const explained = new Settings([flag("num.partitions", "4")]).explain();
  const find = (name: string) => explained.find((setting) => setting.name === name)!;
  equal(find("num.partitions").value, "4");
  deepEqual(find("num.partitions").source, { kind: "flag", flag: "--set" });
  equal(find("listeners").value, "PLAINTEXT://127.0.0.1:9092");
  equal(find("listeners").definition.kafkaDefault, "PLAINTEXT://:9092");
  deepEqual(find("listeners").source, { kind: "default" });
});
