import assert from "node:assert/strict";
import { api } from "../protocol/apis.ts";
import { TinyServer, writeAll } from "../tests/support/tiny_server.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { ConnectionError, type ConnectionFailure } from "./connection_error.ts";

function connect(server: TinyServer, options: Partial<ConnectionOptions> = {}): Promise<Connection> {
  return Connection.connect({ address: { path: server.path }, clientId: "test", ...options });
}

function failsAs(failure: ConnectionFailure, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ConnectionError, String(error));
    assert.equal(error.failure, failure, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

const noBrokers = { brokers: [], topics: [] };
const anyTopic = { topics: [], allowAutoTopicCreation: false };

Deno.test("Connection.request() resolves with the answer when the broker sends it", async () => {
  await using server = new TinyServer({
    Metadata: (body) => ({ ...noBrokers, clusterId: body.topics?.[0]?.name ?? null }),
  });
  using connection = await connect(server);
  const answer = await connection.request(api.Metadata, { topics: [{ name: "t" }] });
  assert.equal(answer.clusterId, "t");
  assert.equal(server.requests.at(-1)!.clientId, "test");
});

Deno.test("Connection.request() matches answers when many requests are in flight", async () => {
  await using server = new TinyServer({
    Metadata: (body) => ({ ...noBrokers, clusterId: body.topics?.[0]?.name ?? null }),
  });
  using connection = await connect(server);
  const names = Array.from({ length: 500 }, (_, i) => `topic-${i}-${"x".repeat(i)}`);
  const answers = await Promise.all(
    names.map((name) => connection.request(api.Metadata, { topics: [{ name }] })),
  );
  assert.deepEqual(answers.map((answer) => answer.clusterId), names);
  assert.equal(connection.inFlight, 0);
});

Deno.test("Connection chooses the highest version when both sides know several", async () => {
  await using server = new TinyServer({ Metadata: () => noBrokers }, { maxVersions: { Metadata: 5 } });
  using connection = await connect(server);
  assert.equal(connection.versionOf(api.Metadata), 5);
  assert.equal(connection.versionOf(api.Metadata, 3), 3);
  assert.equal(connection.versionOf(api.Fetch), undefined);
  await connection.request(api.Metadata, anyTopic);
  assert.equal(server.requests.at(-1)!.apiVersion, 5);
  await assert.rejects(
    connection.request(api.DescribeCluster, { includeClusterAuthorizedOperations: false }),
    failsAs("unsupported", /does not offer DescribeCluster/),
  );
});

Deno.test("Connection.connect() falls back when the broker does not know the newest ApiVersions", async () => {
  await using server = new TinyServer({ Metadata: () => noBrokers }, { maxVersions: { ApiVersions: 2 } });
  using connection = await connect(server);
  assert.deepEqual(server.requests.map(({ apiVersion }) => apiVersion), [
    api.ApiVersions.request.versions.max,
    2,
  ]);
  await connection.request(api.Metadata, anyTopic);
});

Deno.test("Connection.connect() says where when nobody is there", async () => {
  const address = { path: "/nonexistent/milena.sock" };
  await assert.rejects(
    Connection.connect({ address, clientId: "test" }),
    failsAs("unreachable", /no connection to a broker at unix:\/nonexistent\/milena\.sock/),
  );
});

Deno.test("Connection.connect() gives up when the other side says nothing", async () => {
  await using server = new TinyServer({ ApiVersions: () => undefined });
  await assert.rejects(
    connect(server, { connectTimeoutMs: 50 }),
    failsAs("timeout", /did not answer ApiVersions/),
  );
});

Deno.test("Connection.connect() gives up when what answers is not Kafka", async () => {
  await using server = new TinyServer({
    ApiVersions: async (_, { socket }) => {
      await writeAll(socket, new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
      return undefined;
    },
  });
  await assert.rejects(connect(server), failsAs("too-large", /announces 1213486160 bytes/));
});

Deno.test("Connection rejects what is in flight when the broker closes it", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = new TinyServer({
    Metadata: () => {
      arrived.resolve();
      return undefined;
    },
  });
  using connection = await connect(server);
  const requests = Promise.allSettled([1, 2].map(() => connection.request(api.Metadata, anyTopic)));
  await arrived.promise;
  server.dropConnections();
  for (const result of await requests) {
    assert.equal(result.status, "rejected");
    failsAs("closed", /closed the connection|broke while receiving/)(result.reason);
  }
  assert.equal(connection.isOpen, false);
  await assert.rejects(connection.request(api.Metadata, anyTopic), (error) => {
    return error instanceof ConnectionError && !error.sent;
  });
  assert.equal((await connection.ended).failure, "closed");
});

Deno.test("Connection rejects what is in flight when it is closed on this side", async () => {
  await using server = new TinyServer({ Metadata: () => undefined });
  const connection = await connect(server);
  const request = connection.request(api.Metadata, anyTopic);
  connection.close();
  connection.close();
  await assert.rejects(request, failsAs("closed", /closed on this side/));
});

Deno.test("Connection is given up when an answer is late, whichever request it is for", async () => {
  await using server = new TinyServer({ Metadata: () => undefined });
  using connection = await connect(server);
  const patient = connection.request(api.Metadata, anyTopic, { timeoutMs: 60_000 });
  const hasty = connection.request(api.Metadata, anyTopic, { timeoutMs: 30 });
  const results = await Promise.allSettled([patient, hasty]);
  for (const result of results) {
    assert.equal(result.status, "rejected");
    failsAs("timeout", /did not answer Metadata within 30 ms/)(result.reason);
  }
  assert.equal(connection.isOpen, false);
});

Deno.test("Connection is given up when an answer has another correlation id", async () => {
  await using server = new TinyServer({
    Metadata: async (_, { socket }) => {
      await writeAll(socket, new Uint8Array([0, 0, 0, 5, 0x0b, 0xad, 0, 0, 0]));
      return undefined;
    },
  });
  using connection = await connect(server);
  await assert.rejects(
    connection.request(api.Metadata, anyTopic),
    failsAs("protocol", /answered with correlation id 195887104, where 1 \(Metadata\) was due/),
  );
});

Deno.test("Connection is given up when an answer is cut short", async () => {
  await using server = new TinyServer({
    Metadata: async (_, { socket, header }) => {
      await writeAll(socket, new Uint8Array([0, 0, 0, 6, 0, 0, 0, header.correlationId, 0, 0]));
      return undefined;
    },
  });
  using connection = await connect(server);
  await assert.rejects(
    connection.request(api.Metadata, anyTopic),
    failsAs("protocol", /response of 6 bytes to Metadata/),
  );
});

Deno.test("Connection is given up when an answer is larger than the limit", async () => {
  await using server = new TinyServer({ Metadata: () => ({ ...noBrokers, clusterId: "x".repeat(5000) }) });
  using connection = await connect(server, { maxResponseBytes: 4096 });
  await assert.rejects(
    connection.request(api.Metadata, anyTopic),
    failsAs("too-large", /announces \d+ bytes, where at most 4096 are taken/),
  );
});

Deno.test("Connection.request() leaves the connection as it is when a body can't be written", async () => {
  await using server = new TinyServer({ Metadata: () => noBrokers }, { maxVersions: { Metadata: 1 } });
  using connection = await connect(server);
  await assert.rejects(
    connection.request(api.Metadata, { topics: [], allowAutoTopicCreation: false }),
    /allowAutoTopicCreation exists only from version 4/,
  );
  await connection.request(api.Metadata, { topics: [] });
});

Deno.test("Connection.send() needs no answer and keeps the order when requests follow", async () => {
  let produced = 0;
  await using server = new TinyServer({
    Produce: () => {
      produced++;
      return undefined;
    },
    Metadata: () => ({ ...noBrokers, clusterId: String(produced) }),
  });
  using connection = await connect(server);
  for (let i = 0; i < 3; i++) {
    await connection.send(api.Produce, { acks: 0, timeoutMs: 1000, topicData: [] });
  }
  assert.equal((await connection.request(api.Metadata, anyTopic)).clusterId, "3");
});

Deno.test("Connection leaves the bytes of an answer as they are when more answers come", async () => {
  let count = 0;
  await using server = new TinyServer({
    Fetch: (body) => ({
      responses: [{
        topic: body.topics[0]!.topic,
        partitions: [{
          partitionIndex: 0,
          errorCode: 0,
          highWatermark: 0,
          records: new Uint8Array(10_000).fill(++count),
        }],
      }],
    }),
  }, { maxVersions: { Fetch: 11 } });
  using connection = await connect(server);
  const kept: Uint8Array[] = [];
  for (let i = 0; i < 30; i++) {
    const answer = await connection.request(api.Fetch, {
      maxWaitMs: 0,
      minBytes: 0,
      topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 }] }],
    });
    kept.push(answer.responses[0]!.partitions[0]!.records!);
  }
  kept.forEach((bytes, i) => assert.ok(bytes.every((byte) => byte === i + 1), `answer ${i}`));
});
