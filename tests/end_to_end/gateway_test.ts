/**
 * `milena gateway` in front of a Milena broker: the same API, from another process, through a restart of the broker.
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { HttpClient } from "../support/http_client.ts";
import { milenaProgram, startMilena } from "../support/milena_process.ts";

Deno.test("milena gateway serves a broker's topics and records, and says where its broker says they are", async () => {
  await using broker = await startMilena();
  await using gateway = await startMilena({ gatewayTo: broker.bootstrap });
  const http = new HttpClient(gateway);
  deepEqual(await http.ask("PUT", "/topics/orders", { body: { partitions: 3 }, status: 201 }), {
    name: "orders",
    partitions: 3,
    created: true,
  });
  const written = await http.ask("POST", "/topics/orders", {
    body: { records: [{ value: "a", partition: 0 }, { value: "b", partition: 2 }] },
  }) as { offsets: { partition: number; offset: number }[]; durability: string };
  deepEqual(written.offsets.map(({ partition, offset }) => [partition, offset]), [[0, 0], [2, 0]]);
  equal(written.durability, "page-cache", "Milena says so to whoever asks, a gateway too");
  // What is written here is there, and the other way round.
  const direct = new HttpClient(broker);
  await direct.ask("POST", "/topics/orders/partitions/2", { body: { records: [{ value: "c" }] } });
  const path = "/topics/orders/partitions/2/records?offset=earliest";
  deepEqual(await http.ask("GET", path), await direct.ask("GET", path));
  deepEqual(await http.ask("GET", "/topics/orders/partitions/2/offsets"), {
    beginning_offset: 0,
    end_offset: 2,
  });
  deepEqual(await http.ask("GET", "/topics"), ["orders"]);
  await http.ask("DELETE", "/topics/orders", { status: 204 });
  deepEqual(await direct.ask("GET", "/topics"), []);
  deepEqual(await http.ask("GET", "/livez"), { status: "alive", node_id: null });
  equal(await gateway.terminate() < 3000, true, "nothing waits, so it ends soon");
});

Deno.test("milena gateway is not ready while the broker is away, and goes on when it is back", async () => {
  await using broker = await startMilena();
  await using gateway = await startMilena({ gatewayTo: broker.bootstrap });
  const http = new HttpClient(gateway);
  await http.ask("POST", "/topics/t/records", { text: "before" });
  await http.ask("GET", "/readyz");
  await broker.terminate();
  await http.until("GET", "/readyz", 503);
  const refused = await http.ask("POST", "/topics/t/records", { text: "meanwhile", status: 503 });
  match((refused as { message: string }).message, /no broker of the cluster behind the gateway answers/);
  await broker.start();
  await http.until("GET", "/readyz", 200);
  await http.ask("POST", "/topics/t/records", { text: "after" });
  const records = await http.ask("GET", "/topics/t/partitions/0/records?offset=0") as { value: string }[];
  deepEqual(records.map(({ value }) => value), ["before", "after"]);
  match(gateway.stderr, /no broker of the cluster at 127\.0\.0\.1:\d+ answers/);
});

Deno.test("milena gateway waits with its ready line until the cluster answers, and ends in order without it", async () => {
  // A port that is free by now.
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const [program, ...args] = milenaProgram();
  const child = new Deno.Command(program, {
    args: [...args, "gateway", "--bootstrap", `127.0.0.1:${port}`, "--http-listen", "127.0.0.1:0"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = child.stderr.pipeThrough(new TextDecoderStream());
  for await (const text of errors) if (/answers, and is asked again every second/.test(text)) break;
  child.kill("SIGTERM");
  equal((await child.status).code, 0);
  equal(await new Response(child.stdout).text(), "");
});
