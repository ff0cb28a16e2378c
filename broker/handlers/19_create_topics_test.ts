import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { CreateTopicsRequest } from "../../protocol/messages/19_create_topics.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { createTopic, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { ConfigSource } from "../configs/config_layers.ts";
import { topicSettings } from "../topic_settings.ts";
import { createTopicsHandler } from "./19_create_topics.ts";

const versions = servedVersions(createTopicsHandler);

type Creatable = InputOf<typeof CreateTopicsRequest>["topics"][number];

function topic(name: string, fields: Partial<Creatable> = {}): Creatable {
  return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [], ...fields };
}

function* create(client: TestClient, version: number, topics: readonly Creatable[], validateOnly = false) {
  const answer = yield* client.ask(api.CreateTopics, version, { topics: [...topics], validateOnly });
  assert.equal(answer.throttleTimeMs, 0);
  return answer.topics;
}

Deno.test("CreateTopics makes topics and tells what they are, as far as the version can", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const ids = new Set<string>();
    for (const version of versions) {
      const name = `v${version}`;
      const [made] = yield* create(client, version, [topic(name, { numPartitions: 3 })]);
      const found = broker.server.broker.topics.topic(name)!;
      assert.equal(found.partitions.length, 3);
      ids.add(found.id);
      const { configs, ...rest } = made!;
      assert.deepEqual(rest, {
        name,
        topicId: version >= 7 ? found.id : ZERO_UUID,
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        topicConfigErrorCode: 0,
        numPartitions: version >= 5 ? 3 : -1,
        replicationFactor: version >= 5 ? 1 : -1,
      });
      assert.equal(configs!.length, version >= 5 ? Object.keys(topicSettings).length : 0);
      // It is served from now on.
      const answer = yield* produce(client, name, randomBatch(broker), { partition: 2 });
      assert.equal(answer.errorCode, ErrorCode.NONE);
    }
    assert.equal(ids.size, versions.length);
  });
});

Deno.test("CreateTopics tells every setting of the new topic and where it comes from, from version 5 on", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions.filter((version) => version >= 5)) {
      const configs = [{ name: "max.message.bytes", value: "12345" }];
      const [made] = yield* create(client, version, [topic(`v${version}`, { configs })]);
      const told = new Map(
        made!.configs!.map(({ name, value, configSource }) => [name, [value, configSource]]),
      );
      assert.deepEqual([...told.keys()].sort(), Object.keys(topicSettings).sort());
      assert.deepEqual(told.get("max.message.bytes"), ["12345", ConfigSource.TOPIC]);
      assert.deepEqual(told.get("retention.ms"), ["7200000", ConfigSource.STATIC_BROKER]);
      assert.deepEqual(told.get("cleanup.policy"), ["delete", ConfigSource.DEFAULT]);
    }
  }, { settings: { "log.retention.hours": "2" } });
});

Deno.test("CreateTopics takes num.partitions and replication factor 1 for -1", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const [made] = yield* create(client, version, [
        topic(`v${version}`, { numPartitions: -1, replicationFactor: -1 }),
      ]);
      assert.equal(made!.errorCode, ErrorCode.NONE);
      assert.equal(broker.server.broker.topics.topic(`v${version}`)!.partitions.length, 4);
    }
  }, { settings: { "num.partitions": "4" } });
});

Deno.test("CreateTopics takes assignments that name this broker, the number of partitions from them", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const [made] = yield* create(client, version, [
        topic(`v${version}`, {
          numPartitions: -1,
          replicationFactor: -1,
          assignments: [{ partitionIndex: 1, brokerIds: [1] }, { partitionIndex: 0, brokerIds: [1] }],
        }),
      ]);
      assert.equal(made!.errorCode, ErrorCode.NONE, made!.errorMessage ?? "");
      assert.equal(broker.server.broker.topics.topic(`v${version}`)!.partitions.length, 2);
    }
  });
});

const ours = (partitionIndex: number) => ({ partitionIndex, brokerIds: [1] });
const byAssignment = { numPartitions: -1, replicationFactor: -1 };

const refusals: readonly { readonly what: string; readonly error: number; readonly asked: Creatable }[] = [
  {
    what: "the name of the controllers' log",
    error: ErrorCode.INVALID_REQUEST,
    asked: topic("__cluster_metadata"),
  },
  {
    what: "a wrong replication factor rather than a wrong number of partitions, as Kafka does",
    error: ErrorCode.INVALID_REPLICATION_FACTOR,
    asked: topic("new", { replicationFactor: 0, numPartitions: 0 }),
  },
  {
    what: "a wrong number of partitions rather than too many copies, as Kafka does",
    error: ErrorCode.INVALID_PARTITIONS,
    asked: topic("new", { replicationFactor: 3, numPartitions: 0 }),
  },
  {
    what: "a wrong setting rather than too many copies, as Kafka does",
    error: ErrorCode.INVALID_CONFIG,
    asked: topic("new", { replicationFactor: 3, configs: [{ name: "no.such", value: "1" }] }),
  },
  { what: "a name that there is", error: ErrorCode.TOPIC_ALREADY_EXISTS, asked: topic("a.b") },
  { what: "a name like one that there is", error: ErrorCode.INVALID_TOPIC_EXCEPTION, asked: topic("a_b") },
  ...["", ".", "..", "a b", "a/b", "a\0b", "ä", "x".repeat(250)].map((name) => ({
    what: `the name ${JSON.stringify(name.slice(0, 10))}`,
    error: ErrorCode.INVALID_TOPIC_EXCEPTION,
    asked: topic(name),
  })),
  ...[0, -2, -2147483648].map((numPartitions) => ({
    what: `${numPartitions} partitions`,
    error: ErrorCode.INVALID_PARTITIONS,
    asked: topic("new", { numPartitions }),
  })),
  ...[0, 2, 3, -2, 32_767].map((replicationFactor) => ({
    what: `replication factor ${replicationFactor}`,
    error: ErrorCode.INVALID_REPLICATION_FACTOR,
    asked: topic("new", { replicationFactor }),
  })),
  {
    what: "an assignment to another broker",
    error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    asked: topic("new", { ...byAssignment, assignments: [{ partitionIndex: 0, brokerIds: [2] }] }),
  },
  {
    what: "an assignment to two brokers",
    error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    asked: topic("new", { ...byAssignment, assignments: [{ partitionIndex: 0, brokerIds: [1, 2] }] }),
  },
  {
    what: "an assignment to no broker",
    error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    asked: topic("new", { ...byAssignment, assignments: [{ partitionIndex: 0, brokerIds: [] }] }),
  },
  {
    what: "an assignment that leaves out a partition",
    error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    asked: topic("new", { ...byAssignment, assignments: [ours(0), ours(2)] }),
  },
  {
    what: "an assignment that names a partition twice",
    error: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    asked: topic("new", { ...byAssignment, assignments: [ours(0), ours(0)] }),
  },
  {
    what: "an assignment and a number of partitions",
    error: ErrorCode.INVALID_REQUEST,
    asked: topic("new", { assignments: [ours(0)], replicationFactor: -1 }),
  },
  {
    what: "an assignment and a replication factor",
    error: ErrorCode.INVALID_REQUEST,
    asked: topic("new", { assignments: [ours(0)], numPartitions: -1 }),
  },
  {
    what: "a setting that there is not",
    error: ErrorCode.INVALID_CONFIG,
    asked: topic("new", { configs: [{ name: "retention.hours", value: "1" }] }),
  },
  {
    what: "a setting's value that is none",
    error: ErrorCode.INVALID_CONFIG,
    asked: topic("new", { configs: [{ name: "retention.ms", value: "soon" }] }),
  },
  {
    what: "a setting without a value",
    error: ErrorCode.INVALID_CONFIG,
    asked: topic("new", { configs: [{ name: "retention.ms", value: null }] }),
  },
  {
    what: "more partitions than milena.max.partitions leaves",
    error: ErrorCode.POLICY_VIOLATION,
    asked: topic("new", { numPartitions: 10 }),
  },
  {
    what: "more partitions than there can be",
    error: ErrorCode.POLICY_VIOLATION,
    asked: topic("new", { numPartitions: 0x7fffffff }),
  },
];

for (const { what, error, asked } of refusals) {
  Deno.test(`CreateTopics refuses ${what}, also when it only validates, and makes the others`, () => {
    runBroker(function* (broker) {
      const client = broker.connect();
      const { topics } = broker.server.broker;
      yield* createTopic(client, "a.b");
      for (const version of versions) {
        for (const validateOnly of [true, false]) {
          const answers = yield* create(client, version, [asked, topic("other")], validateOnly);
          const [refused, other] = answers;
          assert.equal(refused!.errorCode, error, refused!.errorMessage ?? "");
          assert.ok(refused!.errorMessage);
          assert.equal(refused!.name, asked.name);
          assert.equal(refused!.topicId, ZERO_UUID);
          assert.equal(other!.errorCode, ErrorCode.NONE);
        }
        assert.equal(topics.partitionCount, 2);
        topics.deleteTopic("other");
      }
      assert.deepEqual(broker.disk.names("/data").filter((name) => name.startsWith("new")), []);
    }, { settings: { "milena.max.partitions": "10" } });
  });
}

Deno.test("CreateTopics with replication.factor.clamp=true takes more copies, and other brokers, for this one", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const foreign = (partitionIndex: number) => ({ partitionIndex, brokerIds: [1, 2, 3] });
    const { topics } = yield* client.ask(api.CreateTopics, 7, {
      topics: [
        topic("three", { replicationFactor: 3 }),
        topic("assigned", { ...byAssignment, assignments: [foreign(0), foreign(1)] }),
        topic("none", { replicationFactor: 0 }),
        topic("empty", { ...byAssignment, assignments: [{ partitionIndex: 0, brokerIds: [] }] }),
      ],
    });
    const told = topics.map(({ name, errorCode, replicationFactor }) => [name, errorCode, replicationFactor]);
    assert.deepEqual(told, [
      ["three", ErrorCode.NONE, 1],
      ["assigned", ErrorCode.NONE, 1],
      ["none", ErrorCode.INVALID_REPLICATION_FACTOR, -1],
      ["empty", ErrorCode.INVALID_REPLICA_ASSIGNMENT, -1],
    ]);
    const { topics: [found] } = yield* client.ask(api.Metadata, 9, { topics: [{ name: "assigned" }] });
    assert.deepEqual(found!.partitions.map(({ replicaNodes }) => replicaNodes), [[1], [1]]);
  }, { settings: { "replication.factor.clamp": "true" } });
});

Deno.test("CreateTopics makes the topics of coordinators too, as Kafka does", () => {
  runBroker(function* (broker) {
    const { topics } = yield* broker.connect().ask(api.CreateTopics, 7, {
      topics: [topic("__consumer_offsets")],
    });
    assert.equal(topics[0]!.errorCode, ErrorCode.NONE);
  });
});

Deno.test("CreateTopics that only validates makes nothing and tells what would be", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const [answer] = yield* create(client, version, [topic("topic", { numPartitions: 5 })], true);
      assert.equal(answer!.errorCode, ErrorCode.NONE);
      assert.equal(answer!.topicId, ZERO_UUID);
      if (version >= 5) assert.equal(answer!.numPartitions, 5);
      assert.equal(broker.server.broker.topics.partitionCount, 0);
    }
    assert.deepEqual(broker.disk.names("/data").filter((name) => name.startsWith("topic-")), []);
  });
});

Deno.test("CreateTopics refuses a name that comes twice, once for all its times, and makes the others", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const answers = yield* create(client, version, [
        topic("twice"),
        topic(`v${version}`),
        topic("twice", { numPartitions: 2 }),
      ]);
      assert.deepEqual(
        answers.map(({ name, errorCode }) => [name, errorCode]).sort(),
        [["twice", ErrorCode.INVALID_REQUEST], [`v${version}`, ErrorCode.NONE]],
      );
    }
    assert.equal(broker.server.broker.topics.topic("twice"), undefined);
  });
});

Deno.test("CreateTopics counts partitions over all topics of a request against milena.max.partitions", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const answers = yield* create(client, 7, [1, 2, 3].map((n) => topic(`t${n}`, { numPartitions: 4 })));
    assert.deepEqual(
      answers.map(({ errorCode }) => errorCode),
      [ErrorCode.NONE, ErrorCode.NONE, ErrorCode.POLICY_VIOLATION],
    );
  }, { settings: { "milena.max.partitions": "8" } });
});

Deno.test("CreateTopics answers when the topic would survive a power cut", () => {
  let cut!: ReturnType<typeof runBroker>["disk"];
  runBroker(function* (broker) {
    const client = broker.connect();
    const configs = [{ name: "max.message.bytes", value: "500" }];
    yield* create(client, 7, [topic("topic", { numPartitions: 2, configs })]);
    cut = broker.disk.afterPowerCut();
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    const answer = yield* produce(client, "topic", randomBatch(broker, { valueBytes: 600 }), {
      partition: 1,
    });
    assert.equal(answer.errorCode, ErrorCode.MESSAGE_TOO_LARGE);
  }, { disk: cut });
});

const changes = new Set([
  "open",
  "writeAt",
  "truncate",
  "syncData",
  "makeDirectory",
  "syncDirectory",
  "rename",
]);

for (const code of ["ENOSPC", "EIO", "EMFILE"]) {
  Deno.test(`CreateTopics on a disk that answers ${code} answers KAFKA_STORAGE_ERROR and leaves no topic`, () => {
    let callsOfAll = Infinity;
    // Each call that making a topic takes, failing in turn.
    for (let failing = 1; failing <= callsOfAll; failing++) {
      let errorCode: number | undefined;
      let failed = "";
      const { disk } = runBroker(function* (broker) {
        const client = broker.connect();
        const { onCall } = broker.disk;
        let calls = 0;
        broker.disk.onCall = (call, path) => {
          onCall(call, path);
          if (!changes.has(call) || ++calls !== failing) return;
          failed = call;
          throw new MemoryDiskError(call, path, code);
        };
        const [answer] = yield* create(client, 7, [topic("topic", { numPartitions: 2 })]);
        broker.disk.onCall = onCall;
        errorCode = answer!.errorCode;
        if (errorCode === ErrorCode.NONE) {
          if (calls < failing) callsOfAll = failing - 1;
        } else {
          assert.equal(errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
          assert.equal(broker.server.broker.topics.topic("topic"), undefined);
        }
        assert.deepEqual(broker.newLines().filter((line) => line.includes("defect")), []);
      });
      // After a failed fdatasync nobody knows what is on the disk; after anything else it does not come to life later.
      if (failed === "syncData") continue;
      runBroker(function* (broker) {
        const { topics } = yield* broker.connect().ask(api.Metadata, 12, { topics: null });
        assert.equal(topics.length, errorCode === ErrorCode.NONE ? 1 : 0, `failed call ${failing}`);
      }, { disk });
    }
    assert.ok(callsOfAll > 5 && callsOfAll < 100);
  });
}
