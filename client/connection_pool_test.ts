import assert from "node:assert/strict";
import { api } from "../protocol/apis.ts";
import { TinyServer } from "../tests/support/tiny_server.ts";
import type { Connection } from "./connection.ts";
import { ConnectionPool, PoolExhaustedError } from "./connection_pool.ts";

const anyTopic = { topics: [], allowAutoTopicCreation: false };
const ask = (connection: Connection) => connection.request(api.Metadata, anyTopic);

function newPool(): ConnectionPool {
  return new ConnectionPool({
    clientId: "test",
    maxConnections: 3,
    maxIdle: 2,
  });
}

Deno.test("ConnectionPool gives a connection again when it is idle", async () => {
  await using server = new TinyServer({ Metadata: () => ({ brokers: [], topics: [] }) });
  using pool = newPool();
  for (let i = 0; i < 5; i++) await pool.use({ path: server.path }, ask);
  assert.equal(server.accepted, 1);
});

Deno.test("ConnectionPool gives each its own and refuses when all are taken", async () => {
  const waiting: (() => void)[] = [];
  await using server = new TinyServer({
    Metadata: async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { brokers: [], topics: [] };
    },
  });
  using pool = newPool();
  const three = [1, 2, 3].map(() => pool.use({ path: server.path }, ask));
  await assert.rejects(pool.use({ path: server.path }, ask), PoolExhaustedError);
  while (waiting.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
  waiting.forEach((resolve) => resolve());
  await Promise.all(three);
  assert.equal(server.accepted, 3);
  assert.equal(pool.size, 2, "no more than maxIdle are kept");
});

Deno.test("ConnectionPool opens a new connection when the idle one has ended", async () => {
  await using server = new TinyServer({ Metadata: () => ({ brokers: [], topics: [] }) });
  using pool = newPool();
  await pool.use({ path: server.path }, ask);
  server.dropConnections();
  await pool.use({ path: server.path }, ask);
  assert.equal(server.accepted, 2);
});

Deno.test("ConnectionPool closes the connection when the signal is aborted", async () => {
  const asked = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  await using server = new TinyServer({
    Metadata: async (_, { socket }) => {
      asked.resolve();
      if (await socket.read(new Uint8Array(1)) === null) gone.resolve();
      return undefined;
    },
  });
  using pool = newPool();
  const abort = new AbortController();
  const using_ = pool.use({ path: server.path }, ask, abort.signal);
  await asked.promise;
  abort.abort();
  await assert.rejects(using_, /closed on this side/);
  await gone.promise;
  assert.equal(pool.size, 0);
});

Deno.test("ConnectionPool gives up the idle connection of another broker when there is no room", async () => {
  const servers = [1, 2, 3, 4].map(() => new TinyServer({ Metadata: () => ({ brokers: [], topics: [] }) }));
  using pool = new ConnectionPool({ clientId: "test", maxConnections: 3, maxIdle: 3 });
  try {
    for (const { path } of servers) await pool.use({ path }, ask);
    assert.equal(pool.size, 3);
    // The first had to go; the last three are kept.
    for (const { path } of servers.slice(1)) await pool.use({ path }, ask);
    assert.deepEqual(servers.map(({ accepted }) => accepted), [1, 1, 1, 1]);
    await pool.use({ path: servers[0]!.path }, ask);
    assert.equal(servers[0]!.accepted, 2);
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]();
  }
});
