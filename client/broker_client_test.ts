import assert from "node:assert/strict";
import { api } from "../protocol/apis.ts";
import { TinyServer } from "../tests/support/tiny_server.ts";
import { backoffMs } from "./backoff.ts";
import { BrokerClient } from "./broker_client.ts";
import { ConnectionError } from "./connection_error.ts";

const anyTopic = { topics: [], allowAutoTopicCreation: false };

function metadataServer(): TinyServer {
  return new TinyServer({ Metadata: () => ({ brokers: [], topics: [] }) });
}

Deno.test("BrokerClient opens one connection when many ask at once", async () => {
  await using server = metadataServer();
  using client = new BrokerClient({ address: { path: server.path }, clientId: "test" });
  await Promise.all(Array.from({ length: 20 }, () => client.request(api.Metadata, anyTopic)));
  assert.equal(server.accepted, 1);
});

Deno.test("BrokerClient opens a new connection when the old one has ended", async () => {
  await using server = metadataServer();
  using client = new BrokerClient({ address: { path: server.path }, clientId: "test" });
  const first = await client.connection();
  server.dropConnections();
  await first.ended;
  await client.request(api.Metadata, anyTopic);
  assert.equal(server.accepted, 2);
});

Deno.test("BrokerClient does not send a request again when its connection breaks", async () => {
  let asked = 0;
  await using server = new TinyServer({
    Metadata: (_, { socket }) => {
      asked++;
      socket.close();
      return undefined;
    },
  });
  using client = new BrokerClient({ address: { path: server.path }, clientId: "test" });
  await assert.rejects(
    client.request(api.Metadata, anyTopic),
    (error) => error instanceof ConnectionError && error.sent,
  );
  assert.equal(asked, 1);
});

Deno.test("BrokerClient waits for the backoff when nobody was there", async () => {
  const path = `${await Deno.makeTempDir()}/nobody.sock`;
  const client = new BrokerClient({
    address: { path },
    clientId: "test",
    backoff: { firstMs: 20, longestMs: 40 },
    random: () => 0.5,
  });
  const start = performance.now();
  for (let i = 0; i < 3; i++) await assert.rejects(client.request(api.Metadata, anyTopic), ConnectionError);
  // The first asks at once, the second after 20 ms, the third after 40 ms more.
  assert.ok(performance.now() - start >= 59, `only ${performance.now() - start} ms`);
  client.close();
  await assert.rejects(client.request(api.Metadata, anyTopic), /was closed/);
});

Deno.test("BrokerClient leaves a connection that was long idle for a new one", async () => {
  await using server = metadataServer();
  using client = new BrokerClient({ address: { path: server.path }, clientId: "test", maxIdleMs: 20 });
  const first = await client.connection();
  await client.request(api.Metadata, anyTopic);
  assert.equal(server.accepted, 1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  await client.request(api.Metadata, anyTopic);
  assert.equal(server.accepted, 2);
  assert.ok(!first.isOpen);
});

Deno.test("backoffMs() doubles up to the longest and varies by a fifth", () => {
  const options = { firstMs: 50, longestMs: 1000 };
  assert.deepEqual([0, 1, 2, 3, 5, 6, 5000].map((failures) => backoffMs(failures, options, 0.5)), [
    0,
    50,
    100,
    200,
    800,
    1000,
    1000,
  ]);
  assert.equal(backoffMs(1, options, 0), 40);
  assert.ok(Math.abs(backoffMs(1, options, 0.999999) - 60) < 0.01);
});
