/** HTTP and Kafka's protocol on one port, of a running broker. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Connection } from "../../client/connection.ts";
import { api } from "../../protocol/apis.ts";
import { startMilena } from "../support/milena_process.ts";

Deno.test("the Kafka port of milena serve answers HTTP as the HTTP port does, beside Kafka clients", async () => {
  await using broker = await startMilena();
  const url = `http://${broker.bootstrap}`;
  const body = "x".repeat(3_000_000);
  const written = await fetch(`${url}/topics/orders/records`, {
    method: "POST",
    body: body.slice(0, 900_000),
  });
  match(await written.text(), /"offset":0/);
  const path = "/topics/orders/partitions/0/records?offset=0&value_format=text";
  const [here, there] = await Promise.all([
    fetch(url + path).then((response) => response.json()),
    fetch(`http://${broker.http.host}:${broker.http.port}${path}`).then((response) => response.json()),
  ]);
  deepEqual(here, there);
  using kafka = await Connection.connect({ address: broker.kafka, clientId: "one-port-test" });
  const { topics } = await kafka.request(api.Metadata, { topics: null }, { maxVersion: 9 });
  ok(topics.some(({ name }) => name === "orders"));
  const refused = await fetch(`${url}/topics/orders/records`, { method: "POST", body });
  equal(refused.status, 413);
  await refused.text();
});

Deno.test("the Kafka port of milena serve hands on a live request's end, and ends with the client", async () => {
  await using broker = await startMilena();
  const url = `http://${broker.bootstrap}`;
  await (await fetch(`${url}/topics/orders`, { method: "PUT" })).text();
  using socket = await Deno.connect({ hostname: broker.kafka.host, port: broker.kafka.port });
  const request = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  for (const character of request) await socket.write(new TextEncoder().encode(character));
  match(await new Response(socket.readable).text(), /^HTTP\/1\.1 200 [^]*alive/);
  const gone = new AbortController();
  const waiting = fetch(`${url}/topics/orders/partitions/0/records?timeout=60000`, { signal: gone.signal });
  await new Promise((resolve) => setTimeout(resolve, 200));
  gone.abort();
  await waiting.catch(() => {});
  const late = fetch(`${url}/topics/orders/partitions/0/records?timeout=60000`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await (await fetch(`${url}/topics/orders/records`, { method: "POST", body: "news" })).text();
  equal((await (await late).json())[0].value, "news");
});
