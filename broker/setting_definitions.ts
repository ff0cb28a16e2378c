/**
 * The broker's settings: one row each, by Kafka's name, with Kafka's type, default and range. Where the default here
 * is another, `kafkaDefault` has Kafka's. The `milena.` and `http.` ones and `cluster.id` are this broker's own;
 * `bootstrap.servers` is one of Kafka's clients, which `milena gateway` is.
 *
 * Rows marked `later` are read and checked, and have no effect in this version: whoever sets one is told so. Rows
 * marked `none` steer parts that this broker is not made of, and are accepted in silence. Kafka's further settings
 * are known by family in `setting_families.ts`.
 * @module
 */
import {
  anything,
  atLeast,
  between,
  boolean,
  choice,
  double,
  DOUBLE_MAX,
  either,
  int,
  INT_MAX,
  list,
  long,
  LONG_MAX,
  short,
  text,
} from "./setting.ts";

const later = { effect: "later" } as const;
const none = { effect: "none" } as const;

export const brokerSettings = {
  // Who this broker is and where it listens

  "node.id": int(1, atLeast(0), "The number by which clients know this broker.", { kafkaDefault: null }),
  "broker.id": int(-1, anything, "The older name of node.id; counts where that is not given."),
  "cluster.id": text(
    null,
    "The cluster's id for a new data directory; an existing one keeps its own. Without it a random one is made.",
  ),
  "broker.rack": text(null, "Which rack or zone this broker stands in, for clients that read nearby.", later),
  "process.roles": list(
    "broker,controller",
    ["broker", "controller"],
    "This one process is always both.",
    { effect: "none", kafkaDefault: null },
  ),
  "listeners": list(
    "PLAINTEXT://127.0.0.1:9092",
    undefined,
    "Where Kafka clients connect: NAME://HOST:PORT, with commas between several. No host: every address of the machine. Port 0: any free one. Those that controller.listener.names names are left out.",
    { kafkaDefault: "PLAINTEXT://:9092" },
  ),
  "advertised.listeners": list(
    null,
    undefined,
    "The addresses that clients are told to connect to, by listener name. Without it each client is told the address it came to, which suits all but remapped ports and proxies.",
  ),
  "listener.security.protocol.map": text(
    "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
    "Which protocol a listener of a given name speaks: NAME:PROTOCOL. This version serves PLAINTEXT.",
  ),
  "controller.listener.names": list(
    "CONTROLLER",
    undefined,
    "Listeners for controllers, which this broker has no need of: their entries in listeners are skipped.",
    { kafkaDefault: null },
  ),
  "inter.broker.listener.name": text(
    null,
    "The listener brokers use among themselves: there is one broker.",
    none,
  ),
  "http.listen": text(
    "127.0.0.1:8080",
    "Where the HTTP interface listens: HOST:PORT; empty for no HTTP. Not a setting of Kafka.",
  ),
  "http.linger.ms": int(
    0,
    between(0, 1000),
    "How long records that come over HTTP wait for others to be written with, unless a batch is full. At 0 " +
      "whatever has come while the last ones were on their way goes together. Not a setting of Kafka.",
  ),

  "bootstrap.servers": list(
    null,
    undefined,
    "Of milena gateway, and a setting of Kafka's clients: HOST:PORT of some brokers of the cluster that it stands in front of, with commas between them.",
  ),

  // HTTP, none of it Kafka's

  "http.max.head.bytes": int(
    16_384,
    between(1024, 1_048_576),
    "Largest head of an HTTP request: request line and header fields.",
  ),
  "http.head.timeout.ms": int(
    10_000,
    atLeast(1),
    "The head of an HTTP request must be complete so long after its first byte, or its connection is closed.",
  ),
  "http.body.timeout.ms": int(
    20_000,
    atLeast(1),
    "The body of an HTTP request must be complete so long after its head, and a second later for each 64 KiB that have come.",
  ),
  "http.idle.timeout.ms": int(
    60_000,
    atLeast(1),
    "An HTTP connection without a request for so long is closed.",
  ),
  "http.write.timeout.ms": int(
    30_000,
    atLeast(1),
    "An HTTP client that takes nothing of its answer for so long is cut off. Live streams wait for their readers.",
  ),
  "http.max.connections": int(10_000, atLeast(1), "Most HTTP connections at once."),
  "http.max.connections.per.ip": int(5000, atLeast(1), "Most HTTP connections at once from one address."),
  "http.max.requests.in.flight": int(
    4096,
    atLeast(1),
    "Most HTTP requests, waiting reads and live streams among them, that are being answered at once; more get a 429.",
  ),
  "http.cors.allowed.origins": list(
    "",
    undefined,
    "Origins, such as https://console.example.com, whose pages may read and change what there is here, with commas between several; * for any. Empty: none.",
  ),

  // Limits: every one is finite unless somebody decides otherwise

  "socket.request.max.bytes": int(
    104_857_600,
    atLeast(1),
    "Largest request; the connection that announces a larger one is closed.",
  ),
  "queued.max.request.bytes": long(
    268_435_456,
    either(-1, atLeast(1)),
    "Most bytes of requests being received or handled at once, over all connections; beyond it no more is read until some are answered. -1: no limit.",
    { kafkaDefault: "-1" },
  ),
  "queued.max.requests": int(500, atLeast(1), "Length of a queue that this broker does not have.", none),
  "max.connections": int(20_000, atLeast(0), "Most connections at once.", { kafkaDefault: String(INT_MAX) }),
  "max.connections.per.ip": int(10_000, atLeast(0), "Most connections at once from one address.", {
    kafkaDefault: String(INT_MAX),
  }),
  "max.connections.per.ip.overrides": text("", "Other limits for single addresses: HOST:COUNT.", later),
  "max.connection.creation.rate": int(INT_MAX, atLeast(0), "Most new connections a second.", later),
  "connections.max.idle.ms": long(
    600_000,
    anything,
    "A connection without a request for so long is closed. Negative: never.",
  ),
  "milena.request.read.timeout.ms": int(
    30_000,
    atLeast(1),
    "A request whose first byte has come must be complete within this time, or its connection is closed.",
  ),
  "milena.connection.max.requests.in.flight": int(
    64,
    atLeast(1),
    "Requests of one connection that may wait for their answers at once; more are not read until some are answered.",
  ),
  "milena.max.partitions": int(
    20_000,
    atLeast(1),
    "Most partitions in all topics together; creating more is refused.",
  ),
  "milena.metrics.max.group.offsets": int(
    20_000,
    atLeast(0),
    "Committed offsets that /metrics tells of, and groups; milena_metrics_left_out says how many more there are.",
  ),
  "fetch.max.bytes": int(
    57_671_680,
    atLeast(1024),
    "Most bytes of records in one fetch response, whatever the client asks; one batch is always given.",
  ),
  "max.incremental.fetch.session.cache.slots": int(
    1000,
    atLeast(0),
    "Most fetch sessions (KIP-227) that are kept; clients for which there is none ask in full each time.",
  ),
  "max.request.partition.size.limit": int(
    2000,
    atLeast(1),
    "Most partitions that one DescribeTopicPartitions answer tells of.",
  ),
  "connection.failed.authentication.delay.ms": int(
    100,
    atLeast(0),
    "How long a refused login is kept waiting.",
    later,
  ),
  "socket.send.buffer.bytes": int(
    102_400,
    either(-1, atLeast(1)),
    "SO_SNDBUF of each Kafka connection; -1: left to the system. Small is fast: what the client reads is still in the cache.",
  ),
  "socket.receive.buffer.bytes": int(
    102_400,
    either(-1, atLeast(1)),
    "SO_RCVBUF of each Kafka connection; -1: left to the system.",
  ),
  "socket.listen.backlog.size": int(50, atLeast(1), "Connections that may wait to be accepted.", none),
  "num.network.threads": int(3, atLeast(1), "Network threads: here one reactor does their work.", none),
  "num.io.threads": int(8, atLeast(1), "Request threads: here one reactor does their work.", none),
  "background.threads": int(
    10,
    atLeast(1),
    "Threads for chores: here one thread for each of five kinds of disk work, begun when there is some.",
    none,
  ),
  "request.timeout.ms": int(30_000, anything, "Patience of requests between brokers: there is one.", none),

  // Topics

  "auto.create.topics.enable": boolean(
    true,
    "A topic that a client asks for and that is not there is created.",
  ),
  "delete.topic.enable": boolean(true, "Topics can be deleted."),
  "num.partitions": int(1, atLeast(1), "Partitions of a topic whose maker does not say how many."),
  "default.replication.factor": int(
    1,
    anything,
    "Copies of a topic whose maker does not say how many: on one broker always 1.",
    none,
  ),
  "replication.factor.clamp": boolean(
    false,
    "Whoever asks for more copies of a topic than there are brokers gets one, instead of an error: for what was made for three brokers and is tried on one. Not a setting of Kafka.",
  ),
  "min.insync.replicas": int(
    1,
    atLeast(1),
    "Copies that must be current for acks=all: the one broker is all there are, whatever this says.",
    none,
  ),
  "unclean.leader.election.enable": boolean(
    false,
    "A copy that lags may become leader: there are no other copies.",
    none,
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
  "message.max.bytes": int(
    1_048_588,
    atLeast(0),
    "Largest record batch, as it is sent (compressed), its header included. A topic's max.message.bytes goes before.",
  ),

  // Logs on disk

  "log.dirs": list(
    null,
    undefined,
    "The data directory. This broker keeps one, so exactly one is wanted here. Without it log.dir counts.",
  ),
  "log.dir": list("./data", undefined, "The data directory where log.dirs is not given.", {
    kafkaDefault: "/tmp/kafka-logs",
  }),
  "log.segment.bytes": int(1_073_741_824, atLeast(1_048_576), "Size at which a new segment file is begun."),
  "log.roll.ms": long(null, atLeast(1), "Age at which a new segment file is begun."),
  "log.roll.hours": int(168, atLeast(1), "As log.roll.ms, in hours, where that is not given."),
  "log.roll.jitter.ms": long(null, atLeast(0), "Most by which that age is shortened at random."),
  "log.roll.jitter.hours": int(
    0,
    atLeast(0),
    "As log.roll.jitter.ms, in hours, where that is not given.",
  ),
  "log.index.interval.bytes": int(4096, atLeast(0), "Bytes of log between two entries of an index."),
  "log.index.size.max.bytes": int(
    10_485_760,
    atLeast(4),
    "Most bytes of one index file; a full one begins a new segment.",
  ),
  "log.flush.interval.messages": long(
    LONG_MAX,
    atLeast(1),
    "Unflushed records that force a flush (fdatasync). 1, which --sync means: nothing is acknowledged before it is on disk.",
  ),
  "log.flush.interval.ms": long(
    1000,
    atLeast(0),
    "Longest time that written records stay unflushed: what a power cut can take. Kafka by itself never flushes.",
    { kafkaDefault: null },
  ),
  "log.flush.scheduler.interval.ms": long(
    LONG_MAX,
    anything,
    "How often Kafka looks for what is due to be flushed; here that needs no looking.",
    none,
  ),
  "log.flush.offset.checkpoint.interval.ms": int(
    60_000,
    atLeast(0),
    "How often the recovery point is noted.",
  ),
  "log.flush.start.offset.checkpoint.interval.ms": int(
    60_000,
    atLeast(0),
    "How often the start offset is noted.",
  ),
  "log.message.timestamp.type": choice(
    "CreateTime",
    ["CreateTime", "LogAppendTime"],
    "Whether records keep the producer's time or get the broker's.",
  ),
  "log.message.timestamp.before.max.ms": long(
    LONG_MAX,
    atLeast(0),
    "A record whose time lies further back than this is refused.",
  ),
  "log.message.timestamp.after.max.ms": long(
    3_600_000,
    atLeast(0),
    "A record whose time lies further ahead than this is refused.",
  ),
  "log.preallocate": boolean(
    false,
    "Room for a whole segment is reserved when it is begun, so that a full disk shows then.",
  ),
  "log.write.mode": choice(
    "pwrite",
    ["pwrite", "mmap"],
    "How batches get into the page cache: by a system call each, or by a copy into mapped pages, which takes more processor time in all. Not a setting of Kafka.",
  ),
  "milena.max.open.segments": int(
    20_000,
    atLeast(16),
    "Segments whose files are held open at once, or fewer where the process may open few files; of more the ones idle longest are closed.",
  ),
  "milena.disk.min.free.bytes": long(
    67_108_864,
    atLeast(0),
    "With less than this free on the disk, or less than a twentieth of a small one, producing is refused until there is room again.",
  ),
  "milena.disk.ballast.bytes": long(
    16_777_216,
    atLeast(0),
    "Size of a file that is given up when the disk is filled by others, so that deletions can go on. At most a hundredth of the disk.",
  ),
  "log.cleanup.policy": list(
    "delete",
    ["compact", "delete"],
    "What happens to old records: delete them by age and size, or keep the latest of each key.",
  ),
  "log.retention.ms": long(null, anything, "Age at which records may be deleted; -1: never."),
  "log.retention.minutes": int(
    null,
    anything,
    "As log.retention.ms, in minutes, where that is not given.",
  ),
  "log.retention.hours": int(
    168,
    anything,
    "As log.retention.ms, in hours, where the two finer ones are not given.",
  ),
  "log.retention.bytes": long(
    -1,
    anything,
    "Size beyond which a partition's oldest segments may be deleted; -1: no limit.",
  ),
  "log.retention.check.interval.ms": long(
    300_000,
    atLeast(1),
    "How often segments due for deletion are looked for.",
  ),
  "log.segment.delete.delay.ms": long(60_000, atLeast(0), "How long a deleted segment's files stay."),
  "log.local.retention.ms": long(
    -2,
    atLeast(-2),
    "As log.retention.ms for what is also in remote storage.",
    later,
  ),
  "log.local.retention.bytes": long(
    -2,
    atLeast(-2),
    "As log.retention.bytes for what is also in remote storage.",
    later,
  ),
  "log.cleaner.enable": boolean(true, "Topics with cleanup.policy=compact are compacted."),
  "log.cleaner.threads": int(1, atLeast(0), "Threads that compact.", later),
  "log.cleaner.backoff.ms": long(
    15_000,
    atLeast(0),
    "Pause of the compaction when it has nothing to do.",
  ),
  "log.cleaner.dedupe.buffer.size": long(
    134_217_728,
    // Kafka says so when it starts its cleaner.
    atLeast(1_048_576),
    "Memory for the keys of a compaction.",
  ),
  "log.cleaner.io.buffer.size": int(524_288, atLeast(0), "Buffers of the compaction.", later),
  "log.cleaner.io.buffer.load.factor": double(0.9, anything, "How full the table of keys may get.", later),
  "log.cleaner.io.max.bytes.per.second": double(
    DOUBLE_MAX,
    anything,
    "Most bytes a second that the compaction reads and writes.",
  ),
  "log.cleaner.delete.retention.ms": long(
    86_400_000,
    atLeast(0),
    "How long a compacted topic keeps the marks of deleted keys.",
  ),
  "log.cleaner.min.cleanable.ratio": double(
    0.5,
    between(0, 1),
    "Share of a log that must be new before it is compacted again.",
  ),
  "log.cleaner.min.compaction.lag.ms": long(
    0,
    atLeast(0),
    "How long a record stays out of the compaction's reach.",
  ),
  "log.cleaner.max.compaction.lag.ms": long(
    LONG_MAX,
    atLeast(1),
    "After how long a record must have been looked at by the compaction.",
  ),
  "log.dir.failure.timeout.ms": long(
    30_000,
    atLeast(1),
    "How long a failed directory may go unreported.",
    none,
  ),
  "num.recovery.threads.per.data.dir": int(
    2,
    atLeast(1),
    "Threads that check logs at the start: here one does.",
    none,
  ),

  // Producers and transactions

  "producer.id.expiration.ms": int(
    86_400_000,
    atLeast(1),
    "An idempotent producer that has been silent for so long is forgotten.",
  ),
  "transactional.id.expiration.ms": int(
    604_800_000,
    atLeast(1),
    "A transactional id without a transaction for so long is forgotten.",
  ),
  "transaction.max.timeout.ms": int(
    900_000,
    atLeast(1),
    "Longest transaction that a producer may ask for.",
  ),
  "transaction.state.log.num.partitions": int(
    50,
    atLeast(1),
    "Partitions of the topic that keeps transactions.",
  ),
  "transaction.state.log.replication.factor": short(
    3,
    atLeast(1),
    "Copies of that topic: there is one broker.",
    none,
  ),
  "transaction.state.log.min.isr": int(
    2,
    atLeast(1),
    "Copies of that topic that must be current: there is one broker.",
    none,
  ),
  "transaction.state.log.segment.bytes": int(104_857_600, atLeast(1), "Segment size of that topic."),
  "transaction.abort.timed.out.transaction.cleanup.interval.ms": int(
    10_000,
    atLeast(1),
    "How often transactions that have run out of time are aborted.",
  ),
  "transaction.remove.expired.transaction.cleanup.interval.ms": int(
    3_600_000,
    atLeast(1),
    "How often expired transactional ids are looked for.",
  ),
  "transaction.partition.verification.enable": boolean(
    true,
    "A transactional batch is refused unless its transaction knows the partition.",
  ),
  "transaction.two.phase.commit.enable": boolean(
    false,
    "Transactions may be steered by a coordinator outside.",
    later,
  ),

  // Consumer groups

  "group.min.session.timeout.ms": int(
    6000,
    anything,
    "Shortest session that a group member may ask for.",
  ),
  "group.max.session.timeout.ms": int(
    1_800_000,
    anything,
    "Longest session that a group member may ask for.",
  ),
  "group.initial.rebalance.delay.ms": int(
    3000,
    anything,
    "How long a new group waits for more members.",
  ),
  "group.max.size": int(INT_MAX, atLeast(1), "Most members of a classic group."),
  "group.coordinator.rebalance.protocols": list(
    "classic,consumer,streams",
    ["consumer", "classic", "share", "streams"],
    "Kinds of groups that are served.",
    later,
  ),
  "group.coordinator.threads": int(
    4,
    atLeast(1),
    "Threads of the group coordinator: here the reactor does their work.",
    none,
  ),
  "group.coordinator.background.threads": int(
    2,
    atLeast(1),
    "Background threads of the group coordinator.",
    none,
  ),
  "group.coordinator.append.linger.ms": int(
    -1,
    atLeast(-1),
    "How long the coordinator gathers writes.",
    none,
  ),
  "group.consumer.session.timeout.ms": int(
    45_000,
    atLeast(1),
    "Silence after which a member of a new-style group is out.",
  ),
  "group.consumer.min.session.timeout.ms": int(
    45_000,
    atLeast(1),
    "Lowest value of that for one group.",
  ),
  "group.consumer.max.session.timeout.ms": int(
    60_000,
    atLeast(1),
    "Highest value of that for one group.",
  ),
  "group.consumer.heartbeat.interval.ms": int(
    5000,
    atLeast(1),
    "How often members of new-style groups report.",
  ),
  "group.consumer.min.heartbeat.interval.ms": int(
    5000,
    atLeast(1),
    "Lowest value of that for one group.",
  ),
  "group.consumer.max.heartbeat.interval.ms": int(
    15_000,
    atLeast(1),
    "Highest value of that for one group.",
  ),
  "group.consumer.max.size": int(INT_MAX, atLeast(1), "Most members of a new-style group."),
  "group.consumer.assignors": list(
    "uniform,range",
    ["uniform", "range"],
    "Ways of sharing partitions out, the preferred one first.",
  ),
  "group.consumer.migration.policy": choice(
    "bidirectional",
    ["bidirectional", "upgrade", "downgrade", "disabled"],
    "Which groups may change between the classic and the new style.",
  ),
  "group.consumer.assignment.interval.ms": int(
    1000,
    atLeast(0),
    "How long an assignment of a new-style group lasts at least: members that come and go meanwhile share the next one.",
  ),
  "group.consumer.min.assignment.interval.ms": int(
    0,
    atLeast(0),
    "Lowest value of that for one group.",
    later,
  ),
  "group.consumer.max.assignment.interval.ms": int(
    15_000,
    atLeast(0),
    "Highest value of that for one group.",
    later,
  ),
  "offsets.retention.minutes": int(
    10_080,
    atLeast(1),
    "How long the offsets of a group without members are kept.",
    later,
  ),
  "offsets.retention.check.interval.ms": long(
    600_000,
    atLeast(1),
    "How often such offsets are looked for.",
    later,
  ),
  "offset.metadata.max.bytes": int(
    4096,
    anything,
    "Longest note that may go with a committed offset.",
  ),
  "offsets.commit.timeout.ms": int(
    5000,
    atLeast(1),
    "Patience for writing a commit to all copies: there is one.",
    none,
  ),
  "offsets.load.buffer.size": int(
    5_242_880,
    atLeast(1),
    "Buffer for reading committed offsets at the start.",
    none,
  ),
  "offsets.topic.num.partitions": int(
    50,
    atLeast(1),
    "Partitions of the topic that keeps committed offsets.",
  ),
  "offsets.topic.replication.factor": short(
    3,
    atLeast(1),
    "Copies of that topic: there is one broker.",
    none,
  ),
  "offsets.topic.segment.bytes": int(104_857_600, atLeast(1), "Segment size of that topic."),
  "offsets.topic.compression.codec": int(0, anything, "Compression of that topic.", none),
};

export type BrokerSettingName = keyof typeof brokerSettings;

export function isBrokerSetting(name: string): name is BrokerSettingName {
  return Object.hasOwn(brokerSettings, name);
}
