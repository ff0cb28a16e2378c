import assert from "node:assert/strict";
import { type Api, api } from "../protocol/apis.ts";
import { ErrorCode } from "../protocol/errors.ts";
import { Reader } from "../protocol/primitives.ts";
import { randomMessage } from "../tests/protocol/random_message.ts";
import { createTopic, servedVersions } from "../tests/support/requests.ts";
import { runBroker, type TestBroker } from "../tests/support/test_broker.ts";
import type { TestClient } from "../tests/support/test_client.ts";
import {
  concat,
  flexibleHeader,
  header,
  int16,
  requestFrame,
  string,
  utf8,
  uvarint,
} from "../tests/support/wire.ts";
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

/** Each API's versions around those that are served, and keys that nobody serves; Apache Kafka 4.3 closes on all alike. */
function unserved(): { key: number; version: number }[] {
  const around = [...handlers.values()].filter(({ api: { key } }) => key !== api.ApiVersions.key)
    .flatMap(({ api: { key }, versions: { from, to } }) =>
      [-32_768, from - 1, to + 1, 32_767].map((version) => ({ key, version }))
    );
  const keys = [-32_768, -1, ...Array.from({ length: 128 }, (_, key) => key), 999, 32_767];
  return [...around, ...keys.filter((key) => !handlers.has(key)).map((key) => ({ key, version: 0 }))];
}

Deno.test("Dispatcher closes the connection of whoever asks for what is not served, with one line in the log", () => {
  runBroker(function* (broker) {
    const other = broker.connect();
    const cases = unserved();
    for (const { key, version } of cases) {
      const where = `key ${key}, version ${version}`;
      const served = handlers.get(key);
      const what = served === undefined
        ? `API key ${key}, which this broker does not serve`
        : `${served.api.name} version ${version}; served are ${served.versions.from} to ${served.versions.to}`;
      for (const isFirst of [true, false]) {
        const client = broker.connect();
        client.sendFrame(header({ key, version }), new Uint8Array(40));
        yield;
        assert.ok(client.isClosed, where);
        assert.ok(client.hasNothing(), where);
        const said =
          `warn: closed the connection from 127.0.0.1:50000: it asked for ${what} (client id "hostile")`;
        assert.deepEqual(broker.newLines(), isFirst ? [said] : [], where);
      }
      // Ten lines a second is all that strangers get.
      yield* broker.pass(1000);
      assert.equal((yield* other.ask(api.ApiVersions, 0, {})).errorCode, ErrorCode.NONE);
    }
    assert.equal(broker.metrics.get("unsupportedRequests"), 2 * cases.length);
  }, { settings: { "connections.max.idle.ms": "-1" } });
});

Deno.test("Dispatcher answers every version of ApiVersions that is not served with error 35, and goes on", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const { from, to } = handlers.get(api.ApiVersions.key)!.versions;
    for (const version of [-32_768, from - 1, to + 1, 100, 32_767]) {
      client.sendFrame(header({ key: api.ApiVersions.key, version, correlationId: 5 }), new Uint8Array(40));
      yield;
      const reader = new Reader(client.receiveFrame()!);
      assert.equal(reader.int32(), 5);
      const { errorCode, apiKeys } = api.ApiVersions.response.decode(reader, 0);
      assert.ok(!reader.failed && reader.remaining === 0, `version ${version}`);
      assert.equal(errorCode, ErrorCode.UNSUPPORTED_VERSION);
      const { minVersion, maxVersion } = apiKeys.find(({ apiKey }) => apiKey === api.ApiVersions.key)!;
      assert.deepEqual({ minVersion, maxVersion }, { minVersion: from, maxVersion: to });
    }
    assert.equal(
      (yield* client.ask(api.ApiVersions, to, { clientSoftwareName: "t", clientSoftwareVersion: "1" }))
        .errorCode,
      0,
    );
    assert.deepEqual(broker.newLines(), []);
  });
});

Deno.test("Dispatcher names the client by its software if it has told that, else by its id, escaped and cut", () => {
  runBroker(function* (broker) {
    const said = function* (client: TestClient, clientId: string | null) {
      const id = clientId === null ? int16(-1) : string(clientId);
      client.sendFrame(concat(int16(999), int16(0), new Uint8Array(4), id));
      yield;
      const lines = broker.newLines();
      assert.equal(lines.length, 1);
      return lines[0]!;
    };
    assert.match(yield* said(yield* introduce(broker, "sarama"), "ignored"), /50000 \(sarama 1\): .*serve$/);
    assert.match(yield* said(broker.connect(), null), /serve \(no client id\)$/);
    assert.match(yield* said(broker.connect(), "one"), /serve \(client id "one"\)$/);
    assert.match(yield* said(broker.connect(), "two"), /serve \(client id "two"\)$/);
    assert.match(yield* said(broker.connect(), "a\nerror: b"), /serve \(client id "a\\nerror: b"\)$/);
    assert.match(yield* said(broker.connect(), "x".repeat(5000)), /serve \(client id "x{64}"\)$/);
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
    assert.equal(yield* complain("one", 1010), 1);
    assert.equal(yield* complain("one", 1010), 0);
    assert.equal(yield* complain("one", 1011), 1);
    assert.equal(yield* complain("two", 1010), 1);
    assert.equal(yield* complain("two", 1010), 0);
    assert.equal(yield* complain("one", 1010), 0);
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

Deno.test("Dispatcher passes over what stands behind the end of a request", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    // No topics, no creation, no operations, no tags; then three bytes, as librdkafka has them in version 13.
    const body = new Uint8Array([1, 0, 0, 0, 1, 2, 3]);
    client.sendFrame(flexibleHeader({ key: 3, version: 12, correlationId: 10 }), body);
    client.sendFrame(flexibleHeader({ key: 3, version: 12, correlationId: 11 }), body);
    yield;
    for (const correlationId of [10, 11]) {
      const reader = new Reader(client.receiveFrame()!);
      assert.equal(reader.int32(), correlationId);
      reader.skipTaggedFields();
      assert.equal(api.Metadata.response.decode(reader, 12).brokers.length, 1);
      assert.ok(!reader.failed);
    }
    assert.deepEqual(broker.newLines(), []);
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
