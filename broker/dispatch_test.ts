import assert from "node:assert/strict";
import { type Api, api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { Reader } from "../protocol/primitives.ts";
import { randomMessage } from "../tests/protocol/random_message.ts";
import { createTopic, servedVersions } from "../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../tests/support/test_broker.ts";
import { concat, flexibleHeader, header, int16, requestFrame, utf8, uvarint } from "../tests/support/wire.ts";
import { handlers } from "./handlers/mod.ts";

/** Any API, as code needs it that sends whatever there is. */
type AnySendable = Api<unknown, unknown, unknown, never>;

const all = [...handlers.values()].flatMap((handler) =>
  servedVersions(handler).map((version) => ({ api: handler.api as unknown as AnySendable, version }))
);

const tagged = (tag: number, text: string) => concat(uvarint(tag), uvarint(text.length), utf8(text));

function* introduce(broker: TestBroker, name: string) {
  const client = broker.connect();
  yield* client.ask(api.ApiVersions, 3, { clientSoftwareName: name, clientSoftwareVersion: "1" });
  return client;
}

Deno.test("Dispatcher closes the connection of whoever asks for what is not served, with a line in the log", () => {
  runBroker(function* (broker) {
    const cases = [
      [3, -1],
      [3, 14],
      [3, 32_767],
      [0, 2],
      [0, 14],
      [1, 3],
      [1, 19],
      [2, 0],
      [999, 0],
      [-1, 0],
      [4, 0],
    ] as const;
    for (const [key, version] of cases) {
      const client = broker.connect();
      const other = broker.connect();
      client.sendFrame(header({ key, version }), new Uint8Array(20));
      yield;
      assert.ok(client.isClosed, `key ${key}, version ${version}`);
      assert.ok(client.hasNothing());
      const lines = broker.newLines();
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, /^warn: closed the connection from 127\.0\.0\.1:50000/);
      const served = handlers.get(key);
      const what = served === undefined
        ? `API key ${key},`
        : `${served.api.name} version ${version}; served are ${served.versions.from} to ${served.versions.to}`;
      assert.ok(lines[0]!.includes(what), lines[0]);
      assert.equal((yield* other.ask(api.ApiVersions, 0, {})).errorCode, ErrorCode.NONE);
      // Ten lines a second is all that strangers get.
      yield* broker.pass(1000);
    }
    assert.equal(broker.metrics.get("unsupportedRequests"), cases.length);
  });
});

Deno.test("Dispatcher complains once for each kind of client and request", () => {
  runBroker(function* (broker) {
    const complain = function* (software: string, key: number) {
      const client = yield* introduce(broker, software);
      client.sendFrame(header({ key, version: 0 }));
      yield;
      assert.ok(client.isClosed);
      return broker.newLines().length;
    };
    assert.equal(yield* complain("one", 4), 1);
    assert.equal(yield* complain("one", 4), 0);
    assert.equal(yield* complain("one", 5), 1);
    assert.equal(yield* complain("two", 4), 1);
    assert.equal(yield* complain("two", 4), 0);
    assert.equal(yield* complain("one", 4), 0);
    assert.equal(broker.metrics.get("unsupportedRequests"), 6);
  });
});

Deno.test("Dispatcher complains no more when there are too many kinds to remember", () => {
  runBroker(function* (broker) {
    broker.connect();
    for (let key = 1000; key < 2100; key++) {
      if (key % 10 === 0) yield* broker.pass(1000);
      const client = broker.connect();
      client.sendFrame(header({ key, version: 0 }));
      yield;
      assert.ok(client.isClosed);
    }
    assert.equal(broker.newLines().length, 1000);
  });
});

Deno.test("Dispatcher answers what was asked before the request that closes the connection", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    client.send(api.Metadata, 5, { topics: [] });
    client.sendFrame(header({ key: 999, version: 0 }));
    yield;
    assert.equal(client.receive(api.Metadata).brokers.length, 1);
    assert.ok(client.isClosed);
  });
});

Deno.test("Dispatcher closes the connection of whoever sends no request header", () => {
  runBroker(function* (broker) {
    for (const bytes of [new Uint8Array(0), new Uint8Array(3), new Uint8Array(9).fill(1)]) {
      const client = broker.connect();
      client.sendFrame(bytes);
      yield;
      assert.ok(client.isClosed);
      assert.match(
        broker.newLines()[0]!,
        new RegExp(`sent ${bytes.length} bytes that are no Kafka request header`),
      );
    }
  });
});

Deno.test("Dispatcher takes headers without client id, and with tagged fields that nobody knows", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    client.sendFrame(
      concat(int16(18), int16(0), new Uint8Array([0, 0, 0, 9]), int16(-1)),
    );
    yield;
    assert.equal(new Reader(client.receiveFrame()!).int32(), 9);
    const tags = concat(uvarint(2), tagged(0, "x"), tagged(500, "yy"));
    client.sendFrame(
      header({ key: 3, version: 12, correlationId: 10 }),
      tags,
      // no topics, no creation, no operations, no tags
      new Uint8Array([1, 0, 0, 0]),
    );
    yield;
    const reader = new Reader(client.receiveFrame()!);
    assert.equal(reader.int32(), 10);
    reader.skipTaggedFields();
    assert.equal(api.Metadata.response.decode(reader, 12).brokers.length, 1);
    assert.ok(!reader.failed);
  });
});

Deno.test("Dispatcher cuts off who meets a defect of ours, says where it is, and serves the others", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const other = broker.connect();
    yield* createTopic(client, "topic");
    const { topics } = broker.server.broker;
    const { topic } = topics;
    topics.topic = () => {
      throw new TypeError("a test's mistake");
    };
    client.send(api.Metadata, 9, { topics: [{ name: "topic" }] });
    yield;
    topics.topic = topic;
    assert.ok(client.isClosed);
    assert.ok(client.hasNothing());
    const [defect, closed] = broker.newLines();
    assert.match(
      defect!,
      /^error: a defect in Milena, please report it: Metadata v9: .*a test's mistake[^]*dispatch_test/,
    );
    assert.match(closed!, /^warn: closed the connection .*Metadata, which failed within the broker/);
    assert.equal(
      (yield* other.ask(api.Metadata, 9, { topics: [{ name: "topic" }] })).topics[0]!.errorCode,
      0,
    );
  });
});

Deno.test("Dispatcher meets no defect in any request that can be sent, whole or cut or spoilt", () => {
  const { seed } = runBroker(function* (broker) {
    const { random } = broker;
    const setUp = broker.connect();
    for (const name of ["orders", "a"]) yield* createTopic(setUp, name, { partitions: 2 });
    for (let i = 0; i < 1500; i++) {
      const { api, version } = random.pick(all);
      const bytes = requestFrame(api, version, randomMessage(random, api.request.fields, version), i);
      const client = broker.connect();
      const spoiling = random.below(3);
      if (spoiling === 1) bytes[14 + random.below(bytes.length - 14)] = random.below(256);
      if (spoiling === 2) client.sendFrame(bytes.subarray(4, 4 + random.below(bytes.length - 4)));
      else client.socket.clientSends(bytes);
      yield;
      const where = `seed ${broker.seed}, step ${i}, ${api.name} v${version}`;
      const defects = broker.newLines().filter((line) => line.includes("defect"));
      assert.deepEqual(defects, [], where);
      client.socket.clientBreaks();
    }
    yield;
    assert.equal((yield* setUp.ask(api.ApiVersions, 0, {})).errorCode, ErrorCode.NONE);
  }, { settings: { "milena.max.partitions": "100" } });
  assert.ok(seed >= 0);
});

Deno.test("Dispatcher skips what a flexible request has in tagged fields that nobody knows", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    client.sendFrame(
      flexibleHeader({ key: 22, version: 4, correlationId: 5 }),
      // no transactional id, timeout, producer id and epoch -1
      new Uint8Array([0, 0, 0, 0, 0, ...new Array(10).fill(0xff)]),
      concat(uvarint(1), tagged(77, "a field of tomorrow")),
    );
    yield;
    const reader = new Reader(client.receiveFrame()!);
    assert.equal(reader.int32(), 5);
    reader.skipTaggedFields();
    assert.equal(api.InitProducerId.response.decode(reader, 4).errorCode, ErrorCode.NONE);
  });
});
