import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { safeParse } from "valibot";
import { ProduceDurability } from "../../protocol/messages/00_produce.ts";
import { offsetsShape, placeShape } from "./produce_shapes.ts";
import { ProduceFixture } from "./testing/produce_fixture.ts";

const JSON_TYPE = { "content-type": "application/json" };

Deno.test("POST /topics/{topic}/records refuses a key or header in the query that is not UTF-8, with what to do", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const cases: readonly [query: string, message: RegExp][] = [
    ["key=%ff", /^key in the query is not UTF-8 .* Kafka-Key-Base64, in base64\.$/],
    ["key=%", /^key in the query/],
    ["acks=1&header.trace=%c3%28", /^header\.trace in the query .* Kafka-Header-NAME, as they are\.$/],
  ];
  for (const [query, message] of cases) {
    const error = await test.refused(`/topics/orders/records?${query}`, "x");
    assert.deepEqual([error.status, error.error_code], [400, 40001], query);
    assert.match(error.message, message);
  }
  await test.written("/topics/orders/records?key=%EF%BF%BD%2b+%C3%A9", "x");
  await test.written("/topics/orders/records", "x", { "kafka-key-base64": "/w==" });
  assert.deepEqual(test.records("orders").map(({ key }) => Buffer.from(key!).toString("hex")), [
    "efbfbd2b20c3a9",
    "ff",
  ]);
});

Deno.test("POST /topics/{topic} says of each answer where the records are, as the broker said it", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const body = '{"records":[{"value":1}]}';
  const cases = [
    [ProduceDurability.PAGE_CACHE, "page-cache"],
    [ProduceDurability.DISK, "disk"],
    [ProduceDurability.UNKNOWN, "unknown"], // a broker of another kind
  ] as const;
  for (const [code, durability] of cases) {
    test.broker.durability = code;
    const many = await test.written("/topics/orders", body, JSON_TYPE);
    assert.ok(safeParse(offsetsShape, many).success);
    assert.equal(many.durability, durability);
    const one = await test.written("/topics/orders/records", "x");
    assert.ok(safeParse(placeShape, one).success);
    assert.equal(one.durability, durability);
    const lines = await test.written("/topics/orders?lines=records", '{"value":1}');
    assert.equal(lines.durability, durability);
    const noneAsked = await test.post("/topics/orders?acks=0", body, JSON_TYPE);
    assert.equal(noneAsked.headers.get("milena-durability"), "unknown");
    assert.equal((await noneAsked.json()).durability, "unknown");
    const v3 = await test.written("/v3/clusters/tiny/topics/orders/records", "{}", JSON_TYPE);
    assert.equal(v3.durability, durability);
  }
});

Deno.test("POST /topics/{topic}?async=true answers 204 when the records are handed over, and errors before that", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const held = Promise.withResolvers<void>();
  test.broker.hold = held.promise;
  const response = await test.post("/topics/orders?async=true", '{"records":[{"value":1}]}', JSON_TYPE);
  assert.equal(response.status, 204);
  assert.equal(await response.text(), "");
  assert.equal(test.values("orders").length, 0, "nobody has waited for it");
  held.resolve();
  while (test.values("orders").length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.deepEqual(test.values("orders"), ["1"]);
  const cases: readonly [path: string, body: string, status: number][] = [
    ["/topics/orders?async=true", '{"records":[{"valeu":1}]}', 422],
    ["/topics/orders?async=true", '{"records":[{"value":1,"partition":3}]}', 404],
    ["/topics/nothing?async=true", '{"records":[{"value":1}]}', 404],
  ];
  for (const [path, body, status] of cases) {
    assert.equal((await test.refused(path, body, JSON_TYPE)).status, status);
  }
});

Deno.test("POST /topics/{topic} takes what Confluent's, Redpanda's and Strimzi's proxies take", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 2);
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const cases: readonly [type: string, record: object, key: string | null, value: string][] = [
    // Confluent's own examples, with the members that clients send as null
    ["application/vnd.kafka.binary.v2+json", { key: base64("k"), value: base64("v") }, "k", "v"],
    ["application/vnd.kafka.v2+json", { value: base64("v"), partition: null }, null, "v"],
    ["application/vnd.kafka.json.v2+json; charset=utf-8", { key: "k", value: { a: 1 } }, '"k"', '{"a":1}'],
    ['Application/JSON;charset="UTF-8"', { key: "k", value: "v", key_schema_id: null }, "k", '"v"'],
    // Strimzi's: text, headers in base64, a timestamp
    [
      "application/vnd.kafka.text.v2+json",
      { key: "k", value: "v", timestamp: 1, headers: [{ key: "h", value: base64("x") }] },
      "k",
      "v",
    ],
  ];
  for (const [type, record, key, value] of cases) {
    const accept = "application/vnd.kafka.v2+json, application/vnd.kafka+json, application/json";
    const response = await test.post(
      "/topics/orders/partitions/1",
      JSON.stringify({ records: [record], value_schema: null }),
      { "content-type": type, accept },
    );
    assert.equal(response.status, 200, await response.clone().text());
    assert.equal(response.headers.get("content-type"), "application/vnd.kafka.v2+json");
    const { offsets: [place] } = await response.json();
    const stored = test.records("orders", 1)[place.offset]!;
    const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString();
    assert.deepEqual([text(stored.key), text(stored.value)], [key, value], type);
  }
  const [header] = test.records("orders", 1).at(-1)!.headers;
  assert.deepEqual([header!.key, Buffer.from(header!.value!).toString()], ["h", "x"]);
  for (const accept of ["*/*", "application/*", "text/html, */*;q=0.1"]) {
    const response = await test.post("/topics/orders", '{"records":[{"value":1}]}', { ...JSON_TYPE, accept });
    assert.equal(response.headers.get("content-type"), "application/json", accept);
    await response.body?.cancel();
  }
  const latin = await test.refused("/topics/orders", '{"records":[{"value":1}]}', {
    "content-type": "application/json; charset=iso-8859-1",
  });
  assert.equal(latin.status, 415);
  assert.match(latin.message, /iso-8859-1.*send it as UTF-8/);
});
