import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CompressionType } from "../../protocol/compression_type.ts";
import { ProduceDurability } from "../../protocol/messages/00_produce.ts";
import { controlRecord, encodeBatch } from "../../protocol/records.ts";
import { TinyBroker, type TinyBrokerOptions } from "../../tests/support/tiny_broker.ts";
import { ApiErrorCode } from "./api_error.ts";
import { apiRoutes, createApp, unknownRoute } from "./app.ts";
import { Gateway, type GatewayOptions } from "./gateway.ts";
import { BodyBudget } from "./request_body.ts";
import type { Services } from "./route.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** The real app over a real connection to a broker in memory. */
class Fixture implements AsyncDisposable {
  readonly broker: TinyBroker;
  readonly gateway: Gateway;
  readonly app: ReturnType<typeof createApp>;
  readonly logged: string[] = [];

  constructor(
    options: TinyBrokerOptions = {},
    services: Partial<Services> = {},
    gateway: Partial<GatewayOptions> = {},
  ) {
    this.broker = new TinyBroker(options);
    this.gateway = new Gateway({ address: { path: this.broker.path }, ...gateway });
    this.app = createApp({
      gateway: this.gateway,
      body: { maxBytes: 100_000, deadlineMs: 1000, budget: new BodyBudget(150_000) },
      nodeId: 1,
      isReady: () => ({ ready: true }),
      ...services,
    }, (level, message) => this.logged.push(`${level} ${message}`));
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    return await this.app.request(path, init);
  }

  /** Expects 200. */
  async get(path: string, accept?: string): Promise<unknown> {
    const response = await this.ask(path, accept === undefined ? {} : { headers: { accept } });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text);
  }

  async post(path: string, body: unknown, contentType = "application/json"): Promise<Response> {
    return await this.ask(path, {
      method: "POST",
      headers: { "content-type": contentType },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gateway.close();
    await this.broker[Symbol.asyncDispose]();
  }
}

async function failure(response: Response): Promise<{ status: number; code: number; message: string }> {
  const text = await response.text();
  assert.equal(response.headers.get("content-type"), "application/json", text);
  const { error_code: code, message, ...others } = JSON.parse(text);
  assert.deepEqual(others, {});
  assert.doesNotMatch(message, /\.ts:|\bat \S+ \(|\.sock/, "neither stacks nor paths are shown");
  return { status: response.status, code, message };
}

Deno.test("POST /topics/{topic} writes v2 JSON and answers each record's place", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const response = await test.post("/topics/orders", {
    records: [{ value: { id: 1 } }, { value: [2] }, { value: null }],
  });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("milena-durability"), "page-cache");
  assert.deepEqual(await response.json(), {
    offsets: [0, 1, 2].map((offset) => ({ partition: 0, offset, error_code: null, error: null })),
    key_schema_id: null,
    value_schema_id: null,
    durability: "page-cache",
  });
  const again = await test.post(
    "/topics/orders",
    { records: [{ value: 3 }] },
    "application/vnd.kafka.json.v2+json",
  );
  assert.equal((await again.json()).offsets[0].offset, 3);
  const records = await test.get("/topics/orders/partitions/0/records") as { value: unknown }[];
  assert.deepEqual(records.map(({ value }) => value), [{ id: 1 }, [2], null, 3]);
});

Deno.test("POST /topics/{topic} answers in the v2 type when it is accepted", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const response = await test.ask("/topics/orders", {
    method: "POST",
    headers: {
      "content-type": "application/vnd.kafka.binary.v2+json",
      "accept": "application/vnd.kafka.v2+json",
    },
    body: JSON.stringify({ records: [{ value: base64("hi") }] }),
  });
  assert.equal(response.headers.get("content-type"), "application/vnd.kafka.v2+json");
});

Deno.test("POST /topics/{topic} partitions by key as Java does, and by the record or the path where they say", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 7);
  const records = [
    { key: "foobar", value: 1 },
    { key: "21", value: 2 },
    { key: "21", value: 3, partition: 5 },
    { value: 4 },
    { value: 5 },
  ];
  const { offsets } = await (await test.post("/topics/orders", { records })).json();
  const partitions = offsets.map(({ partition }: { partition: number }) => partition);
  assert.equal(partitions[0], (-790332482 & 0x7fffffff) % 7);
  assert.equal(partitions[1], (-973932308 & 0x7fffffff) % 7);
  assert.equal(partitions[2], 5);
  assert.equal(partitions[3], partitions[4], "records without a key stay together");
  const fixed = await (await test.post("/topics/orders/partitions/3", { records: records.slice(0, 2) }))
    .json();
  assert.deepEqual(fixed.offsets.map(({ partition }: { partition: number }) => partition), [3, 3]);
  const refused = await failure(
    await test.post("/topics/orders/partitions/3", { records: [{ value: 1, partition: 4 }] }),
  );
  assert.match(refused.message, /names another partition than 3/);
});

Deno.test("POST /topics/{topic} spreads requests without keys over the partitions", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 3);
  const seen = new Set<number>();
  for (let i = 0; i < 3; i++) {
    seen.add(
      (await (await test.post("/topics/orders", { records: [{ value: i }] })).json()).offsets[0].partition,
    );
  }
  assert.equal(seen.size, 3);
});

Deno.test("POST /topics/{topic} writes nothing when one record names a partition that is not there", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 2);
  const error = await failure(
    await test.post("/topics/orders", { records: [{ value: 1 }, { value: 2, partition: 2 }] }),
  );
  assert.deepEqual([error.status, error.code], [404, 40402]);
  assert.match(
    error.message,
    /^records\[1\]: Topic "orders" has 2 partitions, 0 to 1; there is no partition 2\./,
  );
  assert.ok(test.broker.topics.get("orders")!.every(({ endOffset }) => endOffset === 0));
});

Deno.test("POST /topics/{topic} says which records are too large when the others were written", async () => {
  await using test = new Fixture({ maxMessageBytes: 500 });
  test.broker.create("orders", 1);
  const large = "x".repeat(600);
  const response = await test.post("/topics/orders", {
    records: [{ value: 1 }, { value: large }, { value: 3 }],
  });
  assert.equal(response.status, 200);
  const { offsets } = await response.json();
  assert.deepEqual([offsets[0].offset, offsets[1].offset, offsets[2].offset], [0, null, 1]);
  assert.equal(offsets[1].error_code, 1);
  assert.match(offsets[1].error, /exceeds max\.message\.bytes=500/);
  const alone = await failure(await test.post("/topics/orders", { records: [{ value: large }] }));
  assert.deepEqual([alone.status, alone.code], [413, 41301]);
  assert.match(
    alone.message,
    /a batch of \d+ bytes exceeds max\.message\.bytes=500\. Send smaller records, or raise/,
  );
});

Deno.test("POST /topics/{topic} creates the topic when the broker does so, and else is a 404", async () => {
  await using test = new Fixture({ autoCreatePartitions: 2 });
  assert.equal((await test.post("/topics/new", { records: [{ value: 1 }] })).status, 200);
  assert.equal(test.broker.topics.get("new")!.length, 2);
  await using strict = new Fixture();
  const error = await failure(await strict.post("/topics/new", { records: [{ value: 1 }] }));
  assert.deepEqual([error.status, error.code], [404, 40401]);
  assert.match(error.message, /There is no topic "new": create it with PUT \/topics\/new/);
});

Deno.test("POST /topics/{topic} finds the topic again when it was made anew meanwhile", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 3);
  for (let i = 0; i < 3; i++) {
    assert.equal((await test.post("/topics/orders", { records: [{ value: i }] })).status, 200);
  }
  test.broker.create("orders", 1);
  for (let i = 0; i < 3; i++) {
    const response = await test.post("/topics/orders", { records: [{ value: i }] });
    assert.equal((await response.json()).offsets[0].partition, 0);
  }
});

Deno.test("POST /topics/{topic}?acks=0 answers without an offset", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const response = await test.post("/topics/orders?acks=0", { records: [{ value: 1 }] });
  assert.deepEqual(await response.json(), {
    offsets: [{ partition: 0, offset: null, error_code: null, error: null }],
    key_schema_id: null,
    value_schema_id: null,
    durability: "unknown",
  });
  const records = await test.get("/topics/orders/partitions/0/records?timeout=5000") as unknown[];
  assert.equal(records.length, 1);
});

Deno.test("POST /topics/{topic} gathers concurrent requests into few Produce requests", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 4);
  await test.post("/topics/orders", { records: [{ value: "warm" }] });
  const before = test.broker.requests.filter(({ apiKey }) => apiKey === 0).length;
  const responses = await Promise.all(
    Array.from(
      { length: 200 },
      (_, i) => test.post("/topics/orders", { records: [{ key: `k${i}`, value: i }] }),
    ),
  );
  const places = new Set<string>();
  for (const response of responses) {
    const { partition, offset } = (await response.json()).offsets[0];
    places.add(`${partition}:${offset}`);
  }
  assert.equal(places.size, 200, "each has a place of its own");
  const produced = test.broker.requests.filter(({ apiKey }) => apiKey === 0).length - before;
  assert.ok(produced <= 40, `${produced} Produce requests for 200`);
});

Deno.test("POST /topics/{topic}/records keeps the body as it is", async () => {
  await using test = new Fixture();
  test.broker.durability = ProduceDurability.DISK;
  test.broker.create("orders", 1);
  const bytes = new Uint8Array([0, 255, 10, 13, 0xc3]);
  const response = await test.ask(
    "/topics/orders/records?timestamp=1700000000000&header.Trace=A%C3%A9&key=k%20ey",
    {
      method: "POST",
      headers: { "content-type": "image/png", "kafka-header-from": "curl" },
      body: bytes,
    },
  );
  assert.deepEqual(await response.json(), {
    topic: "orders",
    partition: 0,
    offset: 0,
    timestamp: 1700000000000,
    durability: "disk",
  });
  assert.equal(response.headers.get("milena-durability"), "disk");
  assert.deepEqual(await test.get("/topics/orders/partitions/0/records"), [{
    topic: "orders",
    partition: 0,
    offset: 0,
    timestamp: 1700000000000,
    key: "k ey",
    value: Buffer.from(bytes).toString("base64"),
    value_format: "base64",
    headers: [{ key: "Trace", value: "Aé" }, { key: "from", value: "curl" }],
  }]);
});

Deno.test("POST /topics/{topic}/records writes an empty value, and a tombstone when it is asked for", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const post = (path: string, headers: HeadersInit = {}, body?: string) =>
    test.ask(path, { method: "POST", headers, ...(body === undefined ? {} : { body }) });
  assert.equal((await post("/topics/orders/records", { "kafka-key": "\u00c3\u00a9" })).status, 200);
  assert.equal(
    (await post("/topics/orders/records?tombstone=true", { "kafka-key-base64": "aw==" })).status,
    200,
  );
  const records = await test.get("/topics/orders/partitions/0/records") as {
    key: string;
    value: string | null;
  }[];
  assert.deepEqual(records.map(({ key, value }) => [key, value]), [["é", ""], ["k", null]]);
  assert.match(
    (await failure(await post("/topics/orders/records?tombstone", {}, "x"))).message,
    /A tombstone has no value/,
  );
  assert.match(
    (await failure(await post("/topics/orders/records?key=a", { "kafka-key": "b" }))).message,
    /A record has one key/,
  );
  assert.match(
    (await failure(await post("/topics/orders/records", { "kafka-key-base64": "?" }))).message,
    /Kafka-Key-Base64 must be base64/,
  );
});

Deno.test("bodies over the limit are refused, whether their length is told or not", async () => {
  await using test = new Fixture({}, {
    body: { maxBytes: 1000, deadlineMs: 1000, budget: new BodyBudget(5000) },
  });
  test.broker.create("orders", 1);
  const told = await failure(
    await test.ask("/topics/orders/records", {
      method: "POST",
      headers: { "content-length": "1001" },
      body: "x".repeat(1001),
    }),
  );
  assert.deepEqual([told.status, told.code], [413, 41301]);
  assert.match(told.message, /A body of 1001 bytes is larger than the 1000 bytes/);
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 100;
      controller.enqueue(new Uint8Array(100));
    },
  });
  const streamed = await failure(await test.ask("/topics/orders/records", { method: "POST", body: endless }));
  assert.deepEqual([streamed.status, streamed.code], [413, 41301]);
  assert.ok(sent <= 1500, `${sent} bytes were read`);
});

Deno.test("a record that no request to the broker could carry is refused before it is sent", async () => {
  await using test = new Fixture({}, {}, { maxRequestBytes: 1000 });
  test.broker.create("orders", 1);
  const error = await failure(
    await test.post("/topics/orders", { records: [{ value: 1 }, { value: "x".repeat(900) }] }),
  );
  assert.deepEqual([error.status, error.code], [413, 41301]);
  assert.match(
    error.message,
    /A record of 926 bytes is larger than the 900 bytes that can be handed to the broker/,
  );
  assert.equal(test.broker.topics.get("orders")![0]!.endOffset, 0);
});

Deno.test("large bodies that come at the same time share a budget, and give it back", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const post = () => {
    const started = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        controller.enqueue(new Uint8Array(90_000));
        started.resolve();
        await end.promise;
        controller.close();
      },
    });
    return {
      started: started.promise,
      end: end.resolve,
      answer: test.ask("/topics/orders/records", { method: "POST", body }),
    };
  };
  const first = post();
  await first.started;
  const second = post();
  const refused = await failure(await second.answer);
  second.end();
  assert.deepEqual([refused.status, refused.code], [429, 42901]);
  first.end();
  assert.equal((await first.answer).status, 200);
  const third = post();
  third.end();
  assert.equal((await third.answer).status, 200);
});

Deno.test("a body that does not come is given up", async () => {
  await using test = new Fixture({}, {
    body: { maxBytes: 1000, deadlineMs: 30, budget: new BodyBudget(5000) },
  });
  const stuck = new ReadableStream<Uint8Array>({});
  const response = await test.ask("/topics/orders/records", { method: "POST", body: stuck });
  assert.equal(response.headers.get("connection"), "close");
  const error = await failure(response);
  assert.deepEqual([error.status, error.code], [408, 40801]);
});

Deno.test("GET …/records begins where it is told to", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1, 100);
  const value = (text: string) => new TextEncoder().encode(text);
  for (let i = 0; i < 4; i++) {
    const records = [0, 1].map((n) => ({
      timestamp: 1000 + i,
      key: null,
      value: value(`${2 * i + n}`),
      headers: [],
    }));
    test.broker.append("orders", 0, encodeBatch(records));
  }
  const offsets = async (query: string) => {
    const records = await test.get(`/topics/orders/partitions/0/records?timeout=0&${query}`);
    return (records as { offset: number; value: number }[]).map(({ offset, value }) => {
      assert.equal(value, offset - 100);
      return offset;
    });
  };
  assert.deepEqual(await offsets(""), [100, 101, 102, 103, 104, 105, 106, 107]);
  assert.deepEqual(await offsets("offset=earliest"), [100, 101, 102, 103, 104, 105, 106, 107]);
  assert.deepEqual(
    await offsets("offset=103"),
    [103, 104, 105, 106, 107],
    "not those before it in its batch",
  );
  assert.deepEqual(await offsets("offset=-3"), [105, 106, 107]);
  assert.deepEqual(await offsets("offset=-300"), [100, 101, 102, 103, 104, 105, 106, 107]);
  assert.deepEqual(await offsets("offset=latest"), []);
  assert.deepEqual(await offsets("offset=108"), []);
  assert.deepEqual(await offsets("timestamp=1002"), [104, 105, 106, 107]);
  assert.deepEqual(await offsets("timestamp=9999"), []);
  assert.deepEqual(await offsets("offset=101&max_bytes=100"), [101, 102], "as many as max_bytes allows");
  assert.deepEqual(await offsets("offset=101&max_bytes=1"), [101], "and one at least");
  const response = await test.ask("/topics/orders/partitions/0/records?offset=101&max_bytes=1");
  assert.equal(response.headers.get("milena-next-offset"), "102");
  assert.equal(response.headers.get("milena-end-offset"), "108");
  await response.body?.cancel();
});

Deno.test("GET …/records tells the range when the offset is outside", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1, 10);
  for (const offset of [9, 11]) {
    const response = await test.ask(`/topics/orders/partitions/0/records?offset=${offset}`);
    assert.equal(response.headers.get("milena-end-offset"), "10");
    const error = await failure(response);
    assert.deepEqual([error.status, error.code], [416, 41601]);
    assert.match(error.message, /is outside partition 0 of "orders", which has \[10, 10\)/);
  }
});

Deno.test("GET …/records tells topic from partition when one is missing", async () => {
  await using test = new Fixture({ autoCreatePartitions: 1 });
  test.broker.create("orders", 1);
  for (const query of ["offset=0", "offset=latest"]) {
    assert.equal((await failure(await test.ask(`/topics/none/partitions/0/records?${query}`))).code, 40401);
    assert.equal((await failure(await test.ask(`/topics/orders/partitions/1/records?${query}`))).code, 40402);
  }
  assert.deepEqual([...test.broker.topics.keys()], ["orders"], "reading creates nothing");
});

Deno.test("GET …/records waits for a record, and answers as soon as one is there", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const start = performance.now();
  const waiting = test.get("/topics/orders/partitions/0/records?offset=latest&timeout=20000");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await test.post("/topics/orders", { records: [{ value: "news" }] });
  assert.equal(((await waiting) as { value: string }[])[0]!.value, "news");
  assert.ok(performance.now() - start < 10_000);
  assert.deepEqual(await test.get("/topics/orders/partitions/0/records?offset=1&timeout=10"), []);
});

Deno.test("GET …/records ends its wait when the gateway ends or the caller goes", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const gone = new AbortController();
  const leaving = test.app.request("/topics/orders/partitions/0/records?timeout=60000", {
    signal: gone.signal,
  });
  const staying = test.get("/topics/orders/partitions/0/records?timeout=60000");
  while (test.broker.requests.filter(({ apiKey }) => apiKey === 1).length < 2) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  gone.abort();
  assert.equal((await leaving).status, 499);
  assert.deepEqual(test.logged, []);
  test.gateway.endReads();
  assert.deepEqual(await staying, []);
});

Deno.test("GET …/records gives lines when NDJSON is accepted", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  await test.ask("/topics/orders/records", { method: "POST", body: '{"pretty":\n  true}' });
  await test.ask("/topics/orders/records", { method: "POST", body: "two\nlines" });
  const response = await test.ask("/topics/orders/partitions/0/records", {
    headers: { accept: "application/x-ndjson" },
  });
  assert.equal(response.headers.get("content-type"), "application/x-ndjson");
  const lines = (await response.text()).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ value, value_format }) => [value, value_format]), [
    [{ pretty: true }, undefined],
    ["two\nlines", "text"],
  ]);
});

Deno.test("GET …/records leaves out control batches and goes on after them", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const control = encodeBatch([controlRecord("commit", { coordinatorEpoch: 0, timestamp: 1 })], {
    isControl: true,
    isTransactional: true,
    producerId: 7,
    producerEpoch: 0,
  });
  test.broker.append("orders", 0, control);
  const response = await test.ask("/topics/orders/partitions/0/records?offset=0&timeout=20");
  assert.deepEqual(await response.json(), []);
  assert.equal(response.headers.get("milena-next-offset"), "1");
  await test.post("/topics/orders", { records: [{ value: "after" }] });
  const records = await test.get("/topics/orders/partitions/0/records?offset=0") as { value: string }[];
  assert.deepEqual(records.map(({ value }) => value), ["after"]);
});

Deno.test("GET …/records reads batches of every codec", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const codecs = Object.keys(CompressionType) as (keyof typeof CompressionType)[];
  for (const codec of codecs) {
    const value = new TextEncoder().encode(JSON.stringify(`${codec} `.repeat(100)));
    test.broker.append(
      "orders",
      0,
      encodeBatch([{ timestamp: 1, value }], { compression: CompressionType[codec] }),
    );
  }
  const records = await test.get("/topics/orders/partitions/0/records") as { value: string }[];
  assert.deepEqual(records.map(({ value }) => value.split(" ")[0]), codecs);
});

Deno.test("GET …/records says how to go on when a batch cannot be read", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  await test.post("/topics/orders", { records: [{ value: "good" }] });
  const options = { compression: CompressionType.gzip };
  test.broker.append("orders", 0, encodeBatch([{ timestamp: 1, value: new Uint8Array(1000) }], options));
  test.broker.topics.get("orders")![0]!.batches[1]!.bytes.fill(7, 70); // spoilt after it was checked
  await test.post("/topics/orders", { records: [{ value: "after" }] });
  const values = async (query: string) => {
    const records = await test.get(`/topics/orders/partitions/0/records${query}`) as { value: string }[];
    return records.map((record) => record.value);
  };
  assert.deepEqual(await values(""), ["good"]);
  const response = await test.ask("/topics/orders/partitions/0/records?offset=1");
  assert.equal(response.headers.get("milena-next-offset"), "2");
  const error = await failure(response);
  assert.deepEqual([error.status, error.code], [500, 50002]);
  assert.match(
    error.message,
    /The record at offset 1 cannot be read: damaged gzip.* offset=2 goes on after its batch/,
  );
  assert.deepEqual(await values("?offset=2"), ["after"]);
});

Deno.test("topics can be created, described, listed and deleted", async () => {
  await using test = new Fixture({ autoCreatePartitions: 2 });
  const put = (body?: unknown) =>
    test.ask("/topics/orders", {
      method: "PUT",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const created = await put({
    partitions: 3,
    configs: { "retention.ms": 1000, "cleanup.policy": "compact" },
  });
  assert.equal(created.status, 201);
  assert.equal(created.headers.get("location"), "/topics/orders");
  assert.deepEqual(await created.json(), { name: "orders", partitions: 3, created: true });
  const same = await put({ partitions: 3 });
  assert.equal(same.status, 200);
  assert.deepEqual(await same.json(), { name: "orders", partitions: 3, created: false });
  assert.equal((await put()).status, 200);
  const other = await failure(await put({ partitions: 4 }));
  assert.deepEqual([other.status, other.code], [409, 40901]);
  assert.match(other.message, /exists with 3 partitions, not 4/);
  assert.equal((await put({ configs: { "retention.ms": "1000" } })).status, 200);
  const another = await failure(await put({ configs: { "retention.ms": "1" } }));
  assert.equal(another.code, 40901);
  assert.match(another.message, /exists with retention\.ms=1000, not 1/);
  assert.match(
    (await failure(await put({ configs: { "retention": 1 } }))).message,
    /has no setting "retention"/,
  );
  assert.equal((await failure(await put({ partitions: 0 }))).code, 42206);
  assert.match(
    (await failure(await put({ partition: 1 }))).message,
    /"partition" in the body is not as it must/,
  );

  assert.deepEqual(await test.get("/topics"), ["orders"]);
  const partition = (index: number) => ({
    partition: index,
    leader: 1,
    replicas: [{ broker: 1, leader: true, in_sync: true }],
  });
  assert.deepEqual(await test.get("/topics/orders"), {
    name: "orders",
    configs: { "cleanup.policy": "compact", "retention.ms": "1000" },
    partitions: [partition(0), partition(1), partition(2)],
  });
  assert.deepEqual(await test.get("/topics/orders/partitions"), [partition(0), partition(1), partition(2)]);
  assert.deepEqual(await test.get("/topics/orders/partitions/2"), partition(2));
  await test.post("/topics/orders/partitions/2", { records: [{ value: 1 }] });
  assert.deepEqual(await test.get("/topics/orders/partitions/2/offsets"), {
    beginning_offset: 0,
    end_offset: 1,
  });
  assert.deepEqual(await test.get("/brokers"), { brokers: [1] });
  const v2 = await test.ask("/topics", { headers: { accept: "application/vnd.kafka.v2+json" } });
  assert.equal(v2.headers.get("content-type"), "application/vnd.kafka.v2+json");

  assert.equal((await test.ask("/topics/orders", { method: "DELETE" })).status, 204);
  assert.equal((await failure(await test.ask("/topics/orders", { method: "DELETE" }))).code, 40401);
  assert.equal((await failure(await test.ask("/topics/orders"))).code, 40401);
  assert.equal((await failure(await test.ask("/topics/orders/partitions/9"))).code, 40401);
  assert.deepEqual(await test.get("/topics"), []);
});

Deno.test("parameters are refused with their name when they are wrong", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const cases: readonly [path: string, message: RegExp][] = [
    ["/topics/or%20ders", /"or ders" cannot be the name of a topic/],
    ["/topics/..%2f..", /cannot be the name of a topic/],
    [
      "/topics/orders/partitions/x",
      /partition in the path must be a whole number from 0 to 2147483647, but is "x"/,
    ],
    [
      "/topics/orders/partitions/0/records?offst=1",
      /no parameter "offst" here: known are offset, timestamp, max_bytes/,
    ],
    ["/topics/orders/partitions/0/records?offset=first", /offset must be a number, earliest, latest, or -N/],
    ["/topics/orders/partitions/0/records?offset=1.5", /offset must be a number/],
    ["/topics/orders/partitions/0/records?offset=1&offset=2", /The parameter offset is there twice/],
    ["/topics/orders/partitions/0/records?offset=1&timestamp=2", /at an offset or at a timestamp/],
    ["/topics/orders/partitions/0/records?timeout=60001", /timeout must be a whole number from 0 to 60000/],
    ["/topics/orders/partitions/0/records?max_bytes=0", /max_bytes must be a whole number from 1/],
    ["/topics/orders/partitions/0/records?value_format=xml", /value_format must be json, text or base64/],
    ["/topics?x=1", /There is no parameter "x" here: this route has none/],
  ];
  for (const [path, message] of cases) {
    const error = await failure(await test.ask(path));
    assert.match(error.message, message, path);
    assert.deepEqual([error.status, error.code], [400, 40001], path);
  }
  assert.match(
    (await failure(await test.post("/topics/orders?acks=2", "{}"))).message,
    /acks must be all \(-1\), 1 or 0/,
  );
});

Deno.test("requests that pages of other sites make change nothing", async () => {
  await using test = new Fixture();
  test.broker.create("orders", 1);
  const post = (headers: Record<string, string>) =>
    test.ask("http://127.0.0.1:8080/topics/orders/records", {
      method: "POST",
      headers: { host: "127.0.0.1:8080", ...headers },
      body: "x",
    });
  const refused: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://127.0.0.1:3000" },
    { origin: "http://localhost:8080" },
    { "sec-fetch-site": "cross-site" },
  ];
  for (const headers of refused) {
    const error = await failure(await post(headers));
    assert.deepEqual([error.status, error.code], [403, 40302], JSON.stringify(headers));
  }
  assert.equal(test.broker.topics.get("orders")![0]!.endOffset, 0);
  const taken: Record<string, string>[] = [
    {},
    { origin: "http://127.0.0.1:8080" },
    { "sec-fetch-site": "same-origin" },
    { origin: "https://milena.example", host: "milena.example" },
    { origin: "https://milena.example", host: "milena.example:443" },
  ];
  for (const headers of taken) assert.equal((await post(headers)).status, 200, JSON.stringify(headers));
  const read = await test.ask("/topics", { headers: { origin: "https://evil.example" } });
  assert.equal(read.status, 200);
  assert.equal(read.headers.get("access-control-allow-origin"), null, "and the page may not see it");
  await read.body?.cancel();
  assert.equal((await failure(await test.ask("/topics/orders", { method: "OPTIONS" }))).status, 405);
});

Deno.test("unknown paths and methods are told what there is", async () => {
  await using test = new Fixture();
  const unknown = await failure(await test.ask("/topics/orders/record"));
  assert.deepEqual([unknown.status, unknown.code], [404, 404]);
  assert.match(
    unknown.message,
    /nothing at \/topics\/orders\/record\. Near it there are .*\/topics\/\{topic\}\/records/,
  );
  assert.match((await failure(await test.ask("/nonsense"))).message, /GET \/ lists all routes/);
  const wrong = await test.ask("/topics/orders/records", { method: "DELETE" });
  assert.equal(wrong.headers.get("allow"), "POST, GET, HEAD");
  assert.deepEqual(await failure(wrong), {
    status: 405,
    code: 40501,
    message: "DELETE is not possible on /topics/orders/records: use POST, GET, HEAD.",
  });
  assert.equal(unknownRoute("PATCH", "/topics/", []).status, 404);
  const head = await test.ask("/livez", { method: "HEAD" });
  assert.equal(head.status, 200);
});

Deno.test("GET / lists every route with a command line", async () => {
  await using test = new Fixture();
  const text = await (await test.ask("/", { headers: { host: "example:1234" } })).text();
  assert.match(
    text,
    /POST \/topics\/\{topic\}\/records +write one record.*\n +curl 'http:\/\/example:1234\/topics\/orders\/records/,
  );
  const { routes } = await test.get("/", "application/json") as {
    routes: { method: string; path: string }[];
  };
  assert.ok(routes.some(({ method, path }) => method === "DELETE" && path === "/topics/{topic}"));
  const hostile = await (await test.ask("/", { headers: { host: "x;rm -rf" } })).text();
  assert.doesNotMatch(hostile, /rm -rf/);
});

Deno.test("health follows the broker's readiness", async () => {
  let readiness: { ready: boolean; reason?: string; progress?: number } = {
    ready: false,
    reason: "Recovering logs.",
    progress: 0.25,
  };
  await using test = new Fixture({}, { isReady: () => readiness });
  for (const path of ["/readyz", "/ready", "/status/ready"]) {
    const response = await test.ask(path);
    assert.equal(response.status, 503, path);
    assert.deepEqual(await response.json(), {
      status: "not ready",
      node_id: 1,
      reason: "Recovering logs.",
      progress: 0.25,
    });
  }
  for (const path of ["/livez", "/healthz", "/healthy"]) {
    assert.deepEqual(await test.get(path), { status: "alive", node_id: 1 });
  }
  await test.broker[Symbol.asyncDispose]();
  const error = await failure(await test.ask("/topics"));
  assert.deepEqual([error.status, error.code], [503, 50003]);
  assert.match(error.message, /The broker is not ready: Recovering logs\./);
  readiness = { ready: true };
  assert.deepEqual(await test.get("/readyz"), { status: "ready", node_id: 1 });
});

Deno.test("a broker that is away is a 503 to try again, and the log says why once", async () => {
  await using test = new Fixture();
  await test.broker[Symbol.asyncDispose]();
  for (let i = 0; i < 3; i++) {
    const response = await test.post("/topics/orders", { records: [{ value: 1 }] });
    assert.equal(response.headers.get("retry-after"), "1");
    const error = await failure(response);
    assert.deepEqual([error.status, error.code], [503, 50003]);
    assert.match(error.message, /nothing was done\. Try again/);
  }
  assert.equal(test.logged.length, 1);
  assert.match(test.logged[0]!, /no connection to a broker at unix:/);
});

Deno.test("docs/http.md has every route and every error code", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/http.md", import.meta.url));
  for (const { method, path } of apiRoutes) {
    const shown = `${method} ${path}`;
    assert.ok(
      text.includes(`### ${shown}\n`) || text.includes(`\`${shown}\``),
      `docs/http.md does not tell of ${shown}`,
    );
  }
  for (const [name, code] of Object.entries(ApiErrorCode)) {
    assert.match(
      text,
      new RegExp(`^\\| *\\d{3} *\\| *${code} *\\|`, "m"),
      `docs/http.md does not tell of ${name}`,
    );
  }
});
