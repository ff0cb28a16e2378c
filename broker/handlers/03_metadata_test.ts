import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { ZERO_UUID } from "../../protocol/uuid.ts";
import { MemoryListener } from "../../tests/support/memory_transport.ts";
import { writeLeaderEpoch } from "../../tests/support/leader_epoch.ts";
import { createTopic, servedVersions } from "../../tests/support/requests.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { metadataHandler } from "./03_metadata.ts";

const versions = servedVersions(metadataHandler);
/** From this version on a client can say that it wants no topic made. */
const SAYS_CREATE = 4;

/** Asks for topics by name, without making them where the version can say so. */
function* metadata(client: TestClient, version: number, names: readonly string[] | null, create = false) {
  return yield* client.ask(api.Metadata, version, {
    topics: names?.map((name) => ({ name })) ?? null,
    ...(version >= SAYS_CREATE ? { allowAutoTopicCreation: create } : {}),
  });
}

const notByThemselves = { settings: { "auto.create.topics.enable": "false" } };

Deno.test("Metadata tells this broker, its cluster and a topic, with all that the version has", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic", { partitions: 2 });
    for (const version of versions) {
      const response = yield* metadata(client, version, ["topic"]);
      assert.deepEqual(response.brokers, [{ nodeId: 1, host: "127.0.0.1", port: 9092, rack: null }]);
      assert.equal(response.throttleTimeMs, 0);
      assert.equal(response.clusterId, version >= 2 ? broker.server.broker.clusterId : null);
      assert.equal(response.controllerId, version >= 1 ? 1 : -1);
      assert.deepEqual(response.topics, [{
        errorCode: ErrorCode.NONE,
        name: "topic",
        topicId: version >= 10 ? topicId : ZERO_UUID,
        isInternal: false,
        partitions: [0, 1].map((partitionIndex) => ({
          errorCode: ErrorCode.NONE,
          partitionIndex,
          leaderId: 1,
          leaderEpoch: version >= 7 ? 0 : -1,
          replicaNodes: [1],
          isrNodes: [1],
          offlineReplicas: [],
        })),
        topicAuthorizedOperations: -2147483648,
      }]);
    }
  }, notByThemselves);
});

Deno.test("Metadata v0 with an empty list tells all topics; later versions tell none, and all for null", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const name of ["a", "b", "__consumer_offsets", "__mine"]) yield* createTopic(client, name);
    for (const version of versions) {
      const empty = yield* metadata(client, version, []);
      const ofEmpty = empty.topics.map(({ name }) => name);
      assert.deepEqual(ofEmpty, version === 0 ? ["a", "b", "__consumer_offsets", "__mine"] : []);
      assert.equal(empty.brokers.length, 1);
      if (version === 0) continue;
      const all = yield* metadata(client, version, null);
      assert.deepEqual(all.topics.map(({ name, isInternal }) => [name, isInternal]), [
        ["a", false],
        ["b", false],
        ["__consumer_offsets", true],
        ["__mine", false],
      ]);
    }
  });
});

Deno.test("Metadata tells by its name alone that a topic is the broker's own, also if it is not there yet", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const { topics } = yield* metadata(client, version, ["__transaction_state", "__mine"]);
      assert.deepEqual(topics.map(({ errorCode, isInternal }) => [errorCode, isInternal]), [
        [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, version >= 1],
        [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, false],
      ]);
    }
  }, notByThemselves);
});

Deno.test("Metadata makes a topic only if the broker and the client want it", () => {
  for (const brokerWants of [true, false]) {
    runBroker(function* (broker) {
      const client = broker.connect();
      for (const version of versions) {
        for (const clientWants of version < SAYS_CREATE ? [true] : [true, false]) {
          const name = `v${version}-${clientWants}`;
          const { topics } = yield* metadata(client, version, [name], clientWants);
          assert.equal(topics.length, 1);
          assert.equal(topics[0]!.name, name);
          if (brokerWants && clientWants) {
            // As it then is: nobody needs a second round.
            assert.equal(topics[0]!.errorCode, ErrorCode.NONE);
            assert.equal(topics[0]!.partitions.length, 3);
            assert.equal(broker.log(name, 2).endOffset, 0);
          } else {
            assert.equal(topics[0]!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            assert.deepEqual(topics[0]!.partitions, []);
            assert.equal(broker.server.broker.topics.topic(name), undefined);
          }
        }
      }
    }, { settings: { "auto.create.topics.enable": `${brokerWants}`, "num.partitions": "3" } });
  }
});

Deno.test("Metadata makes no topic of a name that is not allowed, and says so", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "a.b");
    for (const version of versions) {
      // The last differs from a.b in "." and "_" only.
      for (const name of ["", ".", "..", "a b", "ä", "a/b", "x".repeat(250), "a_b"]) {
        const { topics } = yield* metadata(client, version, [name], true);
        assert.deepEqual(topics.map(({ errorCode, name }) => [errorCode, name]), [
          [ErrorCode.INVALID_TOPIC_EXCEPTION, name],
        ]);
      }
    }
    assert.equal(broker.server.broker.topics.partitionCount, 1);
  });
});

Deno.test("Metadata makes no topic beyond milena.max.partitions", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* metadata(client, 0, ["a"], true);
    yield* metadata(client, 0, ["b"], true);
    for (const version of versions) {
      const { topics } = yield* metadata(client, version, ["c"], true);
      assert.equal(topics[0]!.errorCode, ErrorCode.POLICY_VIOLATION);
    }
  }, { settings: { "milena.max.partitions": "2" } });
});

Deno.test("Metadata tells topic ids from version 10 on: not zero, each another, the same after a restart", () => {
  const ids = new Map<string, string>();
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    for (const name of ["a", "b", "c"]) {
      const { topics } = yield* metadata(client, 12, [name], true);
      ids.set(name, topics[0]!.topicId);
    }
  });
  assert.equal(new Set(ids.values()).size, 3);
  assert.ok(![...ids.values()].includes(ZERO_UUID));
  for (const found of [disk.afterKill(), disk.afterPowerCut()]) {
    runBroker(function* (broker) {
      const client = broker.connect();
      for (const version of [10, 11, 12]) {
        const { topics } = yield* metadata(client, version, null);
        assert.deepEqual(new Map(topics.map(({ name, topicId }) => [name, topicId])), ids);
      }
    }, { disk: found });
  }
});

Deno.test("Metadata v12 asks by topic id too, and tells UNKNOWN_TOPIC_ID for one that there is not", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic");
    const unknownId = "AAAAAAAAAAAAAAAAAAAAAQ";
    const { topics } = yield* client.ask(api.Metadata, 12, {
      topics: [{ name: null, topicId }, { name: null, topicId: unknownId }, { name: "topic" }],
      allowAutoTopicCreation: true,
    });
    assert.deepEqual(
      topics.map(({ errorCode, name, topicId }) => [errorCode, name, topicId]),
      [
        [ErrorCode.NONE, "topic", topicId],
        [ErrorCode.UNKNOWN_TOPIC_ID, null, unknownId],
        [ErrorCode.NONE, "topic", topicId],
      ],
    );
  });
});

Deno.test("Metadata v10 and v11 answer INVALID_REQUEST to a topic without a name, which they can't ask by id", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const topicId = yield* createTopic(client, "topic");
    for (const version of [10, 11]) {
      const unknownId = "AAAAAAAAAAAAAAAAAAAAAQ";
      const { topics } = yield* client.ask(api.Metadata, version, {
        topics: [topicId, unknownId].map((topicId) => ({ name: null, topicId })),
      });
      assert.deepEqual(
        topics.map(({ errorCode, name, topicId }) => [errorCode, name, topicId]),
        [[ErrorCode.INVALID_REQUEST, "", topicId], [ErrorCode.INVALID_REQUEST, "", unknownId]],
      );
    }
    assert.deepEqual(broker.newLines(), []);
  });
});

Deno.test("Metadata tells the leader epoch of a partition from version 7 on", () => {
  const { disk } = runBroker(function* (broker) {
    yield* createTopic(broker.connect(), "topic");
  });
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const { topics } = yield* metadata(client, version, ["topic"]);
      assert.equal(topics[0]!.partitions[0]!.leaderEpoch, version >= 7 ? 9 : -1);
    }
  }, { disk, prepare: (disk) => writeLeaderEpoch(disk, "topic-0", 9) });
});

Deno.test("Metadata tells each client the address that it came to", () => {
  const outside = new MemoryListener({ family: "ipv4", host: "192.0.2.7", port: 9095 });
  const six = new MemoryListener({ family: "ipv6", host: "2001:db8::1", port: 9096 });
  const listeners = [new MemoryListener(), outside, six];
  runBroker(function* (broker) {
    for (const listener of listeners) {
      const { brokers } = yield* metadata(broker.connect(listener), 5, []);
      assert.deepEqual(brokers[0], {
        nodeId: 1,
        host: listener.local.host,
        port: listener.local.port,
        rack: null,
      });
    }
  }, { listeners });
});

Deno.test("Metadata tells advertised.listeners by the listener that the client came to, and the real port for 0", () => {
  const outside = new MemoryListener({ family: "ipv4", host: "10.0.0.1", port: 9095 });
  runBroker(function* (broker) {
    const inner = yield* metadata(broker.connect(), 5, []);
    assert.deepEqual([inner.brokers[0]!.host, inner.brokers[0]!.port], ["inside.example", 9092]);
    const outer = yield* metadata(broker.connect(outside), 5, []);
    assert.deepEqual([outer.brokers[0]!.host, outer.brokers[0]!.port], ["outside.example", 443]);
  }, {
    listeners: [new MemoryListener(), outside],
    settings: {
      "listeners": "IN://0.0.0.0:0,OUT://0.0.0.0:9095",
      "advertised.listeners": "IN://inside.example:0,OUT://outside.example:443",
      "listener.security.protocol.map": "IN:PLAINTEXT,OUT:PLAINTEXT",
    },
  });
});

Deno.test("Metadata tells the gateway, on a Unix socket, the first listener", () => {
  const gateway = new MemoryListener({ family: "unix", host: "/data/milena.sock", port: 0 });
  runBroker(function* (broker) {
    broker.server.listen(gateway);
    yield;
    const { brokers } = yield* metadata(broker.connect(gateway), 12, []);
    assert.deepEqual([brokers[0]!.host, brokers[0]!.port], ["127.0.0.1", 9092]);
  });
});

Deno.test("Metadata for one topic twice, found and missing, tells both as often as they were asked", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "topic");
    for (const version of versions) {
      const { topics } = yield* metadata(client, version, ["topic", "none", "topic", "none"]);
      assert.deepEqual(topics.map(({ name, errorCode }) => [name, errorCode]), [
        ["topic", ErrorCode.NONE],
        ["none", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
        ["topic", ErrorCode.NONE],
        ["none", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
      ]);
    }
  }, notByThemselves);
});
