/**
 * Real clients and Apache Kafka 4.3 talking to each other, recorded: the tables must read in each frame what Kafka's
 * own classes read in it, and write the same bytes again.
 */
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
} from "../../protocol/consumer_protocol.ts";
import { apis } from "../../protocol/apis.ts";
import { decodeRequestHeader, decodeResponseHeader } from "../../protocol/header.ts";
import { Reader, Writer } from "../../protocol/primitives.ts";
import { decodeVersioned, encodeVersioned } from "../../protocol/versioned.ts";
import { type GoldenExchange, readGoldenExchanges, toBase64 } from "./golden_frames.ts";
import { equalsKafkaJson } from "./kafka_json.ts";
import type { AnyCodec } from "./tables.ts";

const exchanges = readGoldenExchanges();

/** Reads `bytes` from the reader's position, compares with Kafka's reading, and writes the same again. */
function checkBody(
  codec: AnyCodec,
  { bytes, reader, version, read, unread }: {
    bytes: Uint8Array;
    reader: Reader;
    version: number;
    read: Record<string, unknown>;
    unread: number;
  },
): void {
  const start = reader.position;
  const value = codec.decode(reader, version) as Record<string, unknown>;
  equal(reader.failure, undefined);
  equal(reader.remaining, unread, "bytes left");
  equalsKafkaJson(codec.fields, value, read, codec.name);
  const body = bytes.subarray(start, bytes.length - unread);
  const writer = new Writer();
  codec.encode(writer, version, value);
  deepEqual(writer.bytes(), body);
  equal(codec.size(version, value), body.length);
}

for (const exchange of exchanges) {
  const { client, apiKey, version, request, response, read } = exchange;
  const api = apis.get(apiKey)!;
  Deno.test(`${api.name} v${version} of ${client} reads and writes as Kafka does when it was recorded`, () => {
    const asked = new Reader(request);
    const { correlationId, ...header } = decodeRequestHeader(asked);
    deepEqual(header, { apiKey, apiVersion: version, clientId: read.clientId });
    checkBody(api.request as unknown as AnyCodec, {
      bytes: request,
      reader: asked,
      version,
      read: read.request,
      unread: read.unread,
    });
    equal(response === undefined, read.response === undefined);
    if (response === undefined || read.response === undefined) return;
    const answered = new Reader(response);
    equal(decodeResponseHeader(answered, api.responseHeaderVersion(version)), correlationId);
    checkBody(api.response as unknown as AnyCodec, {
      bytes: response,
      reader: answered,
      version,
      read: read.response,
      unread: 0,
    });
  });
}

const payloadCodecs = { ConsumerProtocolSubscription, ConsumerProtocolAssignment };

Deno.test("decodeVersioned reads what consumers of six clients tell each other as Kafka does, and encodeVersioned writes it", () => {
  const met = new Set<string>();
  for (const { client, read } of exchanges) {
    for (const { name, version, bytes, read: told } of read.payloads ?? []) {
      const codec = payloadCodecs[name] as unknown as AnyCodec;
      const decoded = decodeVersioned(codec, new Uint8Array(Buffer.from(bytes, "base64")))!;
      equal(decoded.version, version);
      const value = decoded.value as Record<string, unknown>;
      equalsKafkaJson(codec.fields, value, told, `${client}: ${name}`);
      equal(toBase64(encodeVersioned(codec, version, value)), bytes);
      met.add(`${client} ${name}`);
    }
  }
  equal(met.size, 6 * 2);
});

/**
 * Access rights are refused, whatever is asked: there is nothing in them that a recording would show. SASL is spoken only
 * by the client, and with Apache Kafka itself in tests/clients/kafka_security_test.ts.
 */
const NOT_RECORDED = ["SaslHandshake", "DescribeAcls", "CreateAcls", "DeleteAcls", "SaslAuthenticate"];

Deno.test("golden frames are of six clients, and of every API that has a table, but for access rights and SASL", () => {
  deepEqual([...new Set(exchanges.map(({ client }) => client))].sort(), [
    "aiokafka",
    "confluent-kafka",
    "java",
    "kafka-python",
    "kafkajs",
    "platformatic",
  ]);
  const met = new Set(exchanges.map(({ apiKey }) => apiKey));
  deepEqual([...apis.values()].filter(({ key }) => !met.has(key)).map(({ name }) => name), NOT_RECORDED);
});

Deno.test("equalsKafkaJson throws when any value that Kafka told is another", () => {
  let tried = 0;
  for (const { apiKey, version, request, read } of exchanges) {
    const { request: codec } = apis.get(apiKey) as unknown as { request: AnyCodec };
    const reader = new Reader(request);
    decodeRequestHeader(reader);
    const value = codec.decode(reader, version) as Record<string, unknown>;
    for (const spoilt of spoiltCopies(read.request)) {
      throws(() => equalsKafkaJson(codec.fields, value, spoilt, codec.name), Error, JSON.stringify(spoilt));
      tried++;
    }
  }
  ok(tried > 1000, String(tried));
});

/** The object with one leaf changed, for each leaf; and with a field that nobody knows. */
function* spoiltCopies(read: GoldenExchange["read"]["request"]): Generator<typeof read> {
  yield { ...read, unknownToAll: 1 };
  for (const [name, value] of Object.entries(read)) {
    for (const spoilt of spoiltValues(value)) yield { ...read, [name]: spoilt };
  }
}

function* spoiltValues(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    yield [...value, {}];
    for (const [index, element] of value.entries()) {
      for (const spoilt of spoiltValues(element)) yield value.with(index, spoilt);
    }
  } else if (typeof value === "object" && value !== null) {
    yield* spoiltCopies(value as Record<string, unknown>);
  } else yield typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : `${value}A`;
}
