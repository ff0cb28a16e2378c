import { deepEqual, equal } from "node:assert/strict";
import { metricsSource } from "./metrics_source.ts";

/** An HTTP server that answers everything with `text`, and how often it was asked. */
function serving(text: string, status = 200) {
  let count = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    count++;
    return new Response(text, { status });
  });
  return {
    port: server.addr.port,
    url: `http://127.0.0.1:${server.addr.port}/metrics`,
    asked: () => count,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const ofOrders = 'milena_connections 3\nkafka_topic_partitions{topic="orders"} 1\n';
const expected = { topics: ["orders"], host: "127.0.0.1" };

Deno.test("metricsSource believes an address that was given, whatever topics it tells of", async () => {
  await using server = serving(ofOrders);
  const source = metricsSource(server.url);
  equal((await source.take({ topics: ["others"], host: undefined }))?.connections, 3);
});

Deno.test("metricsSource believes a guess that tells of the cluster's topics, and no other", async () => {
  await using server = serving(ofOrders);
  const source = metricsSource(undefined, server.port);
  equal((await source.take(expected))?.connections, 3);
  equal(await source.take({ ...expected, topics: ["orders", "clicks"] }), undefined);
});

Deno.test("metricsSource asks seldom where a guess was wrong, and finds what is there later", async () => {
  await using server = serving("go_goroutines 7\n");
  const source = metricsSource(undefined, server.port);
  for (let i = 0; i < 12; i++) equal(await source.take({ ...expected, topics: [] }), undefined);
  equal(server.asked(), 2);
});

Deno.test("metricsSource knows nothing where nobody is, nothing is to be asked, or the answer is an error", async () => {
  await using server = serving(ofOrders, 500);
  const { port } = server;
  const sources = [metricsSource(server.url), metricsSource("none"), metricsSource(undefined, port)];
  deepEqual(await Promise.all(sources.map((source) => source.take(expected))), [
    undefined,
    undefined,
    undefined,
  ]);
  equal(await metricsSource(undefined, port).take({ ...expected, host: undefined }), undefined);
});
