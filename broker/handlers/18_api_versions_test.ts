import assert from "node:assert/strict";
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import { Reader } from "../../protocol/primitives.ts";
import { keptVersions, messageFacts } from "../../tests/protocol/facts.ts";
import { servedVersions } from "../../tests/support/requests.ts";
import { runBroker } from "../../tests/support/test_broker.ts";
import { flexibleHeader, header, noTags } from "../../tests/support/wire.ts";
import { features } from "../features.ts";
import { apiVersionsHandler } from "./18_api_versions.ts";
import { handlers } from "./mod.ts";

const software = { clientSoftwareName: "test-client", clientSoftwareVersion: "1.2.3" };

Deno.test("ApiVersions lists every handler with its range, in every version", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of servedVersions(apiVersionsHandler)) {
      const { errorCode, apiKeys, throttleTimeMs } = yield* client.ask(
        api.ApiVersions,
        version,
        software,
      );
      assert.equal(errorCode, ErrorCode.NONE);
      assert.equal(throttleTimeMs, 0);
      assert.deepEqual(
        apiKeys,
        [...handlers.values()].map(({ api: { key: apiKey }, versions }) => ({
          apiKey,
          minVersion: versions.listedFrom ?? versions.from,
          maxVersion: versions.to,
        })),
      );
    }
  });
});

Deno.test("ApiVersions tells features and their levels from version 3 on, and to it none that could be without", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of servedVersions(apiVersionsHandler)) {
      const answer = yield* client.ask(api.ApiVersions, version, software);
      const finalized = answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]);
      const supported = answer.supportedFeatures.map(({ name }) => name);
      if (version < 3) {
        assert.deepEqual([finalized, supported, answer.finalizedFeaturesEpoch], [[], [], -1]);
        continue;
      }
      const levels = features.filter(({ initial }) => initial > 0).map((
        { name, initial },
      ) => [name, initial]);
      assert.deepEqual(finalized, levels);
      assert.equal(answer.finalizedFeaturesEpoch, 0);
      const told = features.filter(({ min }) => version >= 4 || min > 0);
      assert.deepEqual(supported, told.map(({ name }) => name));
      for (const { name, min, max, initial } of features) {
        assert.ok(min <= initial && initial <= max, name);
      }
    }
  });
});

Deno.test("ApiVersions lists Produce from 0, or older librdkafka stops compressing", () => {
  runBroker(function* (broker) {
    const { apiKeys } = yield* broker.connect().ask(api.ApiVersions, 3, software);
    assert.deepEqual(apiKeys.find(({ apiKey }) => apiKey === api.Produce.key), {
      apiKey: 0,
      minVersion: 0,
      maxVersion: 13,
    });
  });
});

Deno.test("ApiVersions keeps telemetry away, as long as it is not served", () => {
  runBroker(function* (broker) {
    const { apiKeys } = yield* broker.connect().ask(api.ApiVersions, 3, software);
    // librdkafka asks for it as soon as it is listed.
    for (const key of [71, 72]) assert.ok(!apiKeys.some(({ apiKey }) => apiKey === key));
  });
});

Deno.test("ApiVersions is answered with the old response header in the flexible versions too", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of [3, 4]) {
      client.send(api.ApiVersions, version, software);
      yield;
      const bytes = client.receiveFrame()!;
      const reader = new Reader(bytes);
      reader.int32();
      // Without tagged fields in the header, the body with its error code begins at once.
      assert.equal(reader.int16(), ErrorCode.NONE);
      assert.equal(reader.uvarint(), handlers.size + 1);
    }
  });
});

Deno.test("ApiVersions newer than ours gets error 35 in a version 0 body that lists key 18's range", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    for (const version of [5, 6, 127, 32_767]) {
      // What a later version may have in its body is nobody's business.
      client.sendFrame(
        flexibleHeader({ key: 18, version, correlationId: 77 }),
        new Uint8Array(30).fill(0xee),
      );
      yield;
      const reader = new Reader(client.receiveFrame()!);
      assert.equal(reader.int32(), 77);
      const { errorCode, apiKeys } = api.ApiVersions.response.decode(reader, 0);
      assert.ok(!reader.failed);
      assert.equal(reader.remaining, 0);
      assert.equal(errorCode, ErrorCode.UNSUPPORTED_VERSION);
      assert.deepEqual(apiKeys.find(({ apiKey }) => apiKey === 18), {
        apiKey: 18,
        minVersion: 0,
        maxVersion: 4,
      });
      assert.equal(apiKeys.length, handlers.size);
    }
    // The connection is good for the next try.
    assert.equal((yield* client.ask(api.ApiVersions, 0, {})).errorCode, ErrorCode.NONE);
    assert.deepEqual(broker.lines.filter((line) => line.startsWith("warn")), []);
  });
});

Deno.test("ApiVersions of a negative version is answered like one that is too new", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    client.sendFrame(header({ key: 18, version: -1 }));
    yield;
    const reader = new Reader(client.receiveFrame()!);
    reader.int32();
    assert.equal(api.ApiVersions.response.decode(reader, 0).errorCode, ErrorCode.UNSUPPORTED_VERSION);
  });
});

Deno.test("ApiVersions v3+ refuses a software name or version that could not stand in a log, with error 42", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    const bad = ["", "-", "a b", "a\nb", ".x", "x.", "ä", "x".repeat(65)];
    for (const version of [3, 4]) {
      for (const text of bad) {
        for (
          const names of [
            { clientSoftwareName: text, clientSoftwareVersion: "1" },
            { clientSoftwareName: "x", clientSoftwareVersion: text },
          ]
        ) {
          const { errorCode } = yield* client.ask(api.ApiVersions, version, names);
          assert.equal(errorCode, ErrorCode.INVALID_REQUEST, JSON.stringify(names));
        }
      }
      for (const text of ["a", "apache-kafka-java", "librdkafka", "2.6.0-RC1", "x".repeat(64)]) {
        const { errorCode } = yield* client.ask(api.ApiVersions, version, {
          clientSoftwareName: text,
          clientSoftwareVersion: text,
        });
        assert.equal(errorCode, ErrorCode.NONE, text);
      }
    }
  });
});

Deno.test("ApiVersions v3+ keeps the client's name and version for the log", () => {
  runBroker(function* (broker) {
    const client = broker.connect();
    yield* client.ask(api.ApiVersions, 4, software);
    client.sendFrame(header({ key: 999, version: 0 }), noTags);
    yield;
    assert.ok(client.isClosed);
    const told = broker.lines.filter((line) => line.startsWith("warn"));
    assert.equal(told.length, 1);
    assert.match(told[0]!, /test-client 1\.2\.3/);
  });
});

Deno.test("handlers serve no version that Kafka does not have, and list none that it does not list", () => {
  const facts = messageFacts().filter(({ type }) => type === "request");
  for (const { api: { key, name }, versions } of handlers.values()) {
    const fact = facts.find(({ apiKey }) => apiKey === key);
    assert.ok(fact, `${name} is no API of Kafka's`);
    assert.equal(fact.name, `${name}Request`);
    const [kafkasMin, max = kafkasMin] = fact.validVersions.split("-").map(Number);
    const min = keptVersions.get(key) ?? kafkasMin;
    assert.ok(versions.from >= min!, `${name} from ${versions.from}; Kafka from ${min}`);
    assert.ok(versions.to <= max!, `${name} to ${versions.to}; Kafka to ${max}`);
    assert.ok(versions.from <= versions.to);
    // Listed and not served: Produce alone, as Kafka itself does it (apache/kafka#18727).
    assert.equal(versions.listedFrom, key === 0 ? 0 : undefined, name);
  }
});
