import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { MemoryDiskError } from "../../tests/support/memory_disk.ts";
import { createTopic, produce, randomBatch, servedVersions } from "../../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../../tests/support/test_broker.ts";
import type { TestClient } from "../../tests/support/test_client.ts";
import { ResourceType } from "../configs/config_resource.ts";
import { incrementalAlterConfigsHandler } from "./44_incremental_alter_configs.ts";

const versions = servedVersions(incrementalAlterConfigsHandler);
const SET = 0;
const DELETE = 1;
const APPEND = 2;
const SUBTRACT = 3;

type Change = readonly [name: string, operation: number, value?: string | null];

interface Asked {
  readonly type?: number;
  readonly name?: string;
  readonly version?: number;
  readonly validateOnly?: boolean;
}

function* alter(
  client: TestClient,
  changes: readonly Change[],
  { type = ResourceType.TOPIC, name = "t", version = 1, validateOnly = false }: Asked = {},
) {
  const { responses } = yield* client.ask(api.IncrementalAlterConfigs, version, {
    resources: [{
      resourceType: type,
      resourceName: name,
      configs: changes.map(([name, configOperation, value = null]) => ({ name, configOperation, value })),
    }],
    validateOnly,
  });
  return responses[0]!;
}

const ownOf = ({ server }: TestBroker, topic = "t") =>
  Object.fromEntries(server.broker.topics.topic(topic)!.configs);

Deno.test("IncrementalAlterConfigs sets and deletes single settings, in force at once", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of versions) {
      const name = `t${version}`;
      yield* createTopic(client, name, { configs: { "retention.ms": "9", "segment.bytes": "2000000" } });
      const changes: Change[] = [["retention.ms", DELETE], ["max.message.bytes", SET, "70"]];
      assert.equal((yield* alter(client, changes, { name, version, validateOnly: true })).errorCode, 0);
      assert.deepEqual(ownOf(broker, name), { "retention.ms": "9", "segment.bytes": "2000000" });
      assert.equal((yield* alter(client, changes, { name, version })).errorCode, ErrorCode.NONE);
      assert.deepEqual(ownOf(broker, name), { "segment.bytes": "2000000", "max.message.bytes": "70" });
      const tooLarge = yield* produce(client, name, randomBatch(broker));
      assert.equal(tooLarge.errorCode, ErrorCode.MESSAGE_TOO_LARGE);
      // What is not there can be deleted, whatever it is.
      const gone: Change[] = [["max.message.bytes", DELETE], ["retention.ms", DELETE], ["no.such", DELETE]];
      assert.equal((yield* alter(client, gone, { name, version })).errorCode, ErrorCode.NONE);
      assert.equal((yield* produce(client, name, randomBatch(broker))).errorCode, ErrorCode.NONE);
    }
  });
});

Deno.test("IncrementalAlterConfigs appends to lists and subtracts from them, which begin as their default", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    const policyAfter = function* (operation: number, value: string) {
      assert.equal((yield* alter(client, [["cleanup.policy", operation, value]])).errorCode, ErrorCode.NONE);
      const { compacts, deletesOld } = broker.log("t").config;
      return [ownOf(broker)["cleanup.policy"], compacts, deletesOld];
    };
    assert.deepEqual(yield* policyAfter(APPEND, "compact"), ["delete,compact", true, true]);
    assert.deepEqual(yield* policyAfter(APPEND, "compact"), ["delete,compact", true, true]);
    assert.deepEqual(yield* policyAfter(SUBTRACT, "delete"), ["compact", true, false]);
    assert.deepEqual(yield* policyAfter(SUBTRACT, "delete"), ["compact", true, false]);
    // As in Kafka 4.3: nothing is compacted, and nothing goes.
    assert.deepEqual(yield* policyAfter(SUBTRACT, "compact"), ["", false, false]);
    assert.deepEqual(yield* policyAfter(APPEND, "delete"), ["delete", false, true]);
  });
});

Deno.test("IncrementalAlterConfigs refuses with Kafka's errors, and then changes nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t", { configs: { "retention.ms": "9" } });
    const { INVALID_REQUEST, INVALID_CONFIG } = ErrorCode;
    const wrong: [changes: Change[], code: number, sentence: RegExp][] = [
      [[["retention.ms", SET, null]], INVALID_REQUEST, /has no value/],
      [[["retention.ms", SET, "x"]], INVALID_CONFIG, /must be a whole number/],
      [[["retention.mss", SET, "1"]], INVALID_CONFIG, /did you mean retention\.ms\?/],
      [[["retention.ms", APPEND, "1"]], INVALID_CONFIG, /no list/],
      [[["no.such", SUBTRACT, "1"]], INVALID_CONFIG, /no list/],
      [[["cleanup.policy", APPEND, "keep"]], INVALID_CONFIG, /must be any of compact, delete/],
      [[["cleanup.policy", APPEND, null]], INVALID_REQUEST, /has no value/],
      [[["retention.ms", 7, "1"]], INVALID_REQUEST, /operation 7/],
      [[["retention.ms", SET, "1"], ["retention.ms", SET, "2"]], INVALID_REQUEST, /more than once/],
      [[["retention.ms", SET, "1"], ["segment.ms", SET, "0"]], INVALID_CONFIG, /segment\.ms/],
      [
        [["min.compaction.lag.ms", SET, "10"], ["max.compaction.lag.ms", SET, "5"]],
        INVALID_CONFIG,
        /at most max\.compaction\.lag\.ms/,
      ],
      [[["remote.storage.enable", SET, "true"]], INVALID_CONFIG, /tiered storage/],
    ];
    for (const version of versions) {
      for (const [changes, code, sentence] of wrong) {
        const { errorCode, errorMessage } = yield* alter(client, changes, { version });
        assert.equal(errorCode, code, errorMessage!);
        assert.match(errorMessage!, sentence);
      }
    }
    assert.deepEqual(ownOf(broker), { "retention.ms": "9" });
  });
});

Deno.test("IncrementalAlterConfigs of the broker is what topics have by default from then on, unless they have their own", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    yield* createTopic(client, "own", { configs: { "segment.bytes": "5000000" } });
    const ofBroker = (name: string, changes: Change[]) =>
      alter(client, changes, { type: ResourceType.BROKER, name });
    assert.equal((yield* ofBroker("", [["log.segment.bytes", SET, "2000000"]])).errorCode, 0);
    assert.deepEqual(["t", "own"].map((name) => broker.log(name).config.segmentBytes), [
      2_000_000,
      5_000_000,
    ]);
    assert.equal((yield* ofBroker("1", [["log.segment.bytes", SET, "3000000"]])).errorCode, 0);
    assert.equal(broker.log("t").config.segmentBytes, 3_000_000);
    yield* createTopic(client, "new");
    assert.equal(broker.log("new").config.segmentBytes, 3_000_000);
    assert.equal((yield* ofBroker("1", [["log.segment.bytes", DELETE]])).errorCode, 0);
    assert.equal(broker.log("t").config.segmentBytes, 2_000_000);
    assert.equal((yield* ofBroker("", [["log.cleanup.policy", APPEND, "compact"]])).errorCode, 0);
    assert.ok(broker.log("t").config.compacts);
    const refused = yield* ofBroker("1", [["num.partitions", SET, "3"]]);
    assert.equal(refused.errorCode, ErrorCode.INVALID_REQUEST);
    assert.match(refused.errorMessage!, /num\.partitions can't be changed while the broker runs/);
    assert.equal(
      (yield* ofBroker("1", [["log.retention.ms", APPEND, "3"]])).errorCode,
      ErrorCode.INVALID_CONFIG,
    );
  });
  runBroker(function* (broker) {
    assert.equal(broker.log("t").config.segmentBytes, 2_000_000);
    assert.ok(broker.log("t").config.compacts);
    yield;
  }, { disk });
});

Deno.test("IncrementalAlterConfigs of max.connections counts for those that connect next", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const asked = { type: ResourceType.BROKER, name: "1" };
    assert.equal((yield* alter(client, [["max.connections", SET, "1"]], asked)).errorCode, 0);
    const refused = broker.connect();
    yield;
    assert.ok(refused.isClosed && !client.isClosed);
    assert.equal((yield* alter(client, [["max.connections", DELETE]], asked)).errorCode, 0);
    const accepted = broker.connect();
    yield;
    assert.ok(!accepted.isClosed);
  });
});

Deno.test("IncrementalAlterConfigs of the logger counts at once, and until the next start", () => {
  const { disk } = runBroker(function* (broker) {
    const client = broker.connect();
    const { INVALID_REQUEST, INVALID_CONFIG, NONE } = ErrorCode;
    const toldAfter = function* (change: Change, name = "1") {
      const { errorCode } = yield* alter(client, [change], { type: ResourceType.BROKER_LOGGER, name });
      broker.newLines();
      const { log } = broker.server.broker;
      log("debug", "little");
      log("warn", "much");
      return [errorCode, ...broker.newLines()];
    };
    const both = ["debug: little", "warn: much"];
    assert.deepEqual(yield* toldAfter(["root", SET, "LOUD"]), [INVALID_CONFIG, ...both]);
    assert.deepEqual(yield* toldAfter(["kafka", SET, "WARN"]), [INVALID_CONFIG, ...both]);
    assert.deepEqual(yield* toldAfter(["root", APPEND, "WARN"]), [INVALID_REQUEST, ...both]);
    assert.deepEqual(yield* toldAfter(["root", DELETE]), [INVALID_REQUEST, ...both]);
    assert.deepEqual(yield* toldAfter(["root", SET, "WARN"], "2"), [INVALID_REQUEST, ...both]);
    assert.deepEqual(yield* toldAfter(["root", SET, "WARN"]), [NONE, "warn: much"]);
    assert.deepEqual(yield* toldAfter(["root", SET, "TRACE"]), [NONE, ...both]);
    assert.deepEqual(yield* toldAfter(["root", SET, "ERROR"]), [NONE]);
  });
  runBroker(function* (broker) {
    assert.equal(broker.server.broker.logThreshold.level, "debug");
    yield;
  }, { disk });
});

Deno.test("IncrementalAlterConfigs is answered when the change would outlast a power cut", () => {
  let cut!: TestBroker["disk"];
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t");
    broker.ioWorker.hold();
    yield* alter(client, [["retention.ms", SET, "5"]]);
    yield* alter(client, [["log.retention.bytes", SET, "6"]], { type: ResourceType.BROKER, name: "" });
    yield* alter(client, [["consumer.session.timeout.ms", SET, "50000"]], {
      type: ResourceType.GROUP,
      name: "g",
    });
    cut = broker.disk.afterPowerCut();
  });
  runBroker(function* (broker) {
    assert.deepEqual(ownOf(broker), { "retention.ms": "5" });
    assert.equal(broker.log("t").config.retentionBytes, 6);
    assert.equal(broker.server.broker.groupConfigs.configOf("g").sessionTimeoutMs, 50_000);
    yield;
  }, { disk: cut });
});

Deno.test("IncrementalAlterConfigs on a disk that refuses answers KAFKA_STORAGE_ERROR and changes nothing", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* createTopic(client, "t", { configs: { "retention.ms": "9" } });
    const { onCall } = broker.disk;
    broker.disk.onCall = (call, path) => {
      onCall(call, path);
      if (call === "writeAt" && path.endsWith("topics.jsonl")) {
        throw new MemoryDiskError(call, path, "ENOSPC");
      }
    };
    for (
      const [type, name, setting] of [
        [ResourceType.TOPIC, "t", "retention.ms"],
        [ResourceType.BROKER, "1", "log.retention.ms"],
      ] as const
    ) {
      const { errorCode, errorMessage } = yield* alter(client, [[setting, SET, "5"]], { type, name });
      assert.equal(errorCode, ErrorCode.KAFKA_STORAGE_ERROR);
      assert.match(errorMessage!, /could not be written/);
    }
    assert.deepEqual(ownOf(broker), { "retention.ms": "9" });
    assert.equal(broker.log("t").config.retentionMs, 9);
    assert.equal(broker.server.broker.config.logDefaults.retentionMs, Infinity);
    broker.disk.onCall = onCall;
    assert.equal((yield* alter(client, [["retention.ms", SET, "5"]])).errorCode, ErrorCode.NONE);
  });
});
