import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { safeParse } from "valibot";
import { bodyOf, ChunkedBody, linesOf, ProduceFixture } from "../testing/produce_fixture.ts";
import { produceBatchReportShape, produceReportShape } from "./produce_shapes.ts";

/** TinyBroker's cluster id. */
const PATH = "/v3/clusters/tiny/topics/orders/records";
const JSON_TYPE = { "content-type": "application/json; charset=utf-8" };
const base64 = (text: string) => Buffer.from(text).toString("base64");
const encoder = new TextEncoder();

interface Report {
  readonly error_code: number;
  readonly message: string;
  readonly partition_id: number;
  readonly offset: number;
  readonly [member: string]: unknown;
}

/** The reports of a body, each held against its shape. */
async function reportsOf(test: ProduceFixture, body: BodyInit, path = PATH): Promise<Report[]> {
  const response = await test.post(path, body, JSON_TYPE);
  assert.equal(response.status, 200);
  const reports = await Array.fromAsync(linesOf(response));
  for (const report of reports) {
    assert.ok(safeParse(produceReportShape, report).success, JSON.stringify(report));
  }
  return reports as unknown as Report[];
}

Deno.test("POST …/topics/{topic}/records of v3 writes a record and tells where it lies", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 3);
  const [report] = await reportsOf(
    test,
    JSON.stringify({
      partition_id: 2,
      headers: [{ name: "trace", value: base64("abc") }, { name: "none", value: null }],
      key: { type: "STRING", data: "k" },
      value: { type: "JSON", data: { id: 1 } },
      timestamp: "2026-01-31T23:59:59.999+01:00",
    }),
  );
  assert.deepEqual(report, {
    error_code: 200,
    cluster_id: "tiny",
    topic_name: "orders",
    partition_id: 2,
    offset: 0,
    timestamp: "2026-01-31T22:59:59.999Z",
    key: { type: "STRING", size: 1 },
    value: { type: "JSON", size: 8 },
    durability: "page-cache",
  });
  const [{ headers, value }] = test.records("orders", 2) as [ReturnType<ProduceFixture["records"]>[number]];
  assert.equal(Buffer.from(value!).toString(), '{"id":1}');
  assert.deepEqual(headers.map(({ key, value }) => [key, value && Buffer.from(value).toString()]), [
    ["trace", "abc"],
    ["none", null],
  ]);
});

Deno.test("POST …/topics/{topic}/records of v3 takes data of each type, and none of any", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const values: readonly [value: unknown, stored: string | null][] = [
    [{ type: "BINARY", data: base64("\u0000bytes") }, "\u0000bytes"],
    [{ type: "STRING", data: "é🦊" }, "é🦊"],
    [{ data: "data first", type: "STRING" }, "data first"],
    [{ type: "JSON", data: "quoted" }, '"quoted"'],
    [{ type: "JSON", data: false, schema_id: null }, "false"],
    [{ type: "JSON", data: null }, null],
    [{ type: "BINARY", data: null }, null],
    [{ type: "STRING" }, null],
    [{ data: null }, null],
    [{}, null],
    [null, null],
    [undefined, null],
  ];
  const body = values.map(([value]) => JSON.stringify({ value })).join("");
  const reports = await reportsOf(test, body);
  assert.deepEqual(reports.map(({ offset }) => offset), values.map((_, i) => i));
  assert.deepEqual(test.values("orders"), values.map(([, stored]) => stored));
  assert.deepEqual(test.records("orders").map(({ key }) => key), values.map(() => null));
});

Deno.test("POST …/topics/{topic}/records of v3 reports an error in its place and goes on", async () => {
  await using test = new ProduceFixture({ maxMessageBytes: 500 });
  test.broker.create("orders", 2);
  const value = (text: string) => `{"value":${text}}`;
  const cases: readonly [record: string, code: number, message: RegExp][] = [
    ['{"vaule":null}', 42206, /"vaule" is not a member that a record may have: known are partition_id/],
    ['{"value":null,"value":null}', 42206, /"value" is there twice/],
    [value('"bare"'), 42201, /value must be an object/],
    [value('{"data":"x"}'), 42206, /value has no type: say "BINARY"/],
    [value('{"type":"binary","data":"x"}'), 42206, /value\.type must be "BINARY", "JSON" or "STRING"/],
    [value('{"type":"BINARY","data":"x"}'), 42206, /value\.data must be base64 .* say "type":"STRING"/],
    [value('{"type":"STRING","data":1}'), 42206, /value\.data must be a string where its type is "STRING"/],
    [value('{"type":"STRING","data":"\\ud800"}'), 42206, /half of a surrogate pair/],
    [value('{"type":"AVRO","data":"x"}'), 42206, /no schema registry.*"type":"BINARY"/],
    [value('{"type":"JSON","data":1,"schema_id":5}'), 42206, /value\.schema_id: Milena has no schema/],
    ['{"partition_id":2}', 40402, /has 2 partitions, 0 to 1; there is no partition 2/],
    ['{"partition_id":-1}', 42206, /partition_id must be a whole number from 0/],
    ['{"timestamp":1700000000}', 42206, /timestamp must be a string, as "2026/],
    ['{"timestamp":"2026-01-31"}', 42206, /timestamp must be a time since 1970 in ISO 8601/],
    ['{"timestamp":"1969-12-31T23:59:59Z"}', 42206, /since 1970/],
    ['{"timestamp":"2026-02-30T00:00:00Z"}', 42206, /since 1970/],
    ['{"headers":[{"name":"a","value":"x"}]}', 42206, /headers\[0\]\.value must be base64/],
    ['{"headers":[{"value":null}]}', 42206, /headers\[0\] has no "name"/],
    ['{"headers":{"a":"b"}}', 42201, /headers must be an array/],
    [value(`{"type":"STRING","data":"${"x".repeat(600)}"}`), 41301, /larger than topic "orders" takes/],
    [value(`{"type":"JSON","data":${"[".repeat(600)}${"]".repeat(600)}}`), 42201, /at most 512 levels/],
  ];
  const good = value('{"type":"STRING","data":"good"}');
  const reports = await reportsOf(test, cases.map(([record]) => record + good).join(" \n"));
  assert.equal(reports.length, 2 * cases.length);
  cases.forEach(([record, code, message], i) => {
    const report = reports[2 * i]!;
    assert.equal(report.error_code, code, record.slice(0, 100));
    assert.match(report.message, message);
    assert.equal(reports[2 * i + 1]!.error_code, 200);
  });
  assert.equal(test.values("orders", 0).length + test.values("orders", 1).length, cases.length);
});

Deno.test("POST …/topics/{topic}/records of v3 ends with an error at what can't be told apart any more", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const good = '{"value":{"type":"JSON","data":1}}';
  const cases: readonly [end: string, code: number, message: RegExp][] = [
    [`,${good}`, 42201, /At byte 34 of the body a record must begin \(\{ … \}\), but "," stands there/],
    [`[${good}]`, 42201, /"\[" stands there/],
    ['{"value":', 42201, /The body ends within an object: after 43 bytes, 1 brackets are open/],
    [`{"value":"${"x".repeat(100_000)}"}`, 41301, /longer than the 100000 bytes/],
  ];
  for (const [end, code, message] of cases) {
    const reports = await reportsOf(test, good + end);
    assert.deepEqual(reports.map(({ error_code }) => error_code), [200, code]);
    assert.match(reports[1]!.message, message);
  }
  assert.equal(test.values("orders").length, cases.length);
  assert.ok(test.budget.take(150_000), "nothing is kept");
});

Deno.test("POST …/topics/{topic}/records of v3 reports while the body still comes, in order", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 4);
  const body = new ChunkedBody();
  const response = await test.post(PATH, body.stream);
  const reports = linesOf(response);
  for (let i = 0; i < 3; i++) {
    // Three records, the last of them half.
    const rest = i === 0 ? "" : '"b"}}';
    body.give(`${rest}{"value":{"type":"JSON","data":${i}}}{"key":{"type":"STRING","data":`);
    if (i > 0) assert.deepEqual((await reports.next()).value!.key, { type: "STRING", size: 1 });
    assert.deepEqual((await reports.next()).value!.value, { type: "JSON", size: 1 });
  }
  body.breakOff();
  const last = (await reports.next()).value!;
  assert.equal(last.error_code, 40009);
  assert.ok((await reports.next()).done);
});

Deno.test("POST …/topics/{topic}/records of v3 reads no further than the broker answers, and keeps the order", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const held = Promise.withResolvers<void>();
  test.broker.hold = held.promise;
  const count = 20_000;
  const body = bodyOf((function* () {
    for (let i = 0; i < count; i += 100) {
      let text = "";
      for (let n = i; n < i + 100; n++) text += `{"partition_id":0,"value":{"type":"JSON","data":${n}}}\n`;
      yield encoder.encode(text);
    }
  })());
  const response = await test.post(PATH, body.stream);
  const reading = Array.fromAsync(linesOf(response));
  let before = -1;
  while (before !== body.chunks) {
    before = body.chunks;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(before < 100, `${before} chunks were read`);
  held.resolve();
  const reports = await reading;
  assert.deepEqual(reports.map(({ offset }) => offset), Array.from({ length: count }, (_, i) => i));
  assert.deepEqual(test.values("orders").map(Number), Array.from({ length: count }, (_, i) => i));
  assert.equal(test.gateway.bulkWindows.count, 0);
});

Deno.test("POST …/records of v3 is a 404 for another cluster or topic, and a 415 for what is no JSON", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  for (const records of ["records", "records:batch"]) {
    const cluster = await test.refused(`/v3/clusters/other/topics/orders/${records}`, "{}", JSON_TYPE);
    assert.deepEqual([cluster.status, cluster.error_code], [404, 40405]);
    assert.match(cluster.message, /no cluster "other" here: the one there is has the id "tiny"/);
    const topic = await test.refused(`/v3/clusters/tiny/topics/nothing/${records}`, "{}", JSON_TYPE);
    assert.deepEqual([topic.status, topic.error_code], [404, 40401]);
    const type = await test.refused(`/v3/clusters/tiny/topics/orders/${records}`, "{}", {
      "content-type": "text/plain",
    });
    assert.equal(type.status, 415);
  }
});

Deno.test("POST …/topics/{topic}/records:batch writes entries and tells of each by its id", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const entries = [
    { id: "a", value: { type: "STRING", data: "1" } },
    { id: "b", value: { type: "BINARY", data: "?" } },
    { id: "c", partition_id: 7 },
    { id: "x".repeat(80), key: { type: "JSON", data: [] } },
  ];
  const response = await test.post(`${PATH}:batch`, JSON.stringify({ entries }), JSON_TYPE);
  assert.equal(response.status, 207);
  const answer = await response.json();
  assert.ok(safeParse(produceBatchReportShape, answer).success, JSON.stringify(answer));
  const { successes, failures } = answer;
  assert.deepEqual(
    successes.map(({ id, offset }: { id: string; offset: number }) => [id.slice(0, 2), offset]),
    [["a", 0], ["xx", 1]],
  );
  assert.deepEqual(
    failures.map(({ id, error_code }: { id: string; error_code: number }) => [id, error_code]),
    [["b", 42206], ["c", 40402]],
  );
});

Deno.test("POST …/topics/{topic}/records:batch refuses what has no ids before anything is written", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const cases: readonly [body: string, code: number, message: RegExp][] = [
    ['{"entries":[]}', 42206, /no entries/],
    ["{}", 42206, /no entries/],
    ['{"records":[]}', 42206, /one member, "entries"/],
    ['{"entries":[{"id":"a"},{"id":"a"}]}', 42206, /entries\[1\]\.id is "a", which another entry has/],
    ['{"entries":[{}]}', 42206, /entries\[0\]\.id must be a string of 1 to 80/],
    ['{"entries":[{"id":1}]}', 42206, /entries\[0\]\.id must be a string/],
    ['{"entries":[{"id":""}]}', 42206, /entries\[0\]\.id must be/],
    [`{"entries":[{"id":"${"x".repeat(81)}"}]}`, 42206, /entries\[0\]\.id must be/],
    ['{"entries":[{"id":"a","id":"b"}]}', 42206, /there twice/],
    ['{"entries":[{"id":"a"}', 42201, /JSON/],
  ];
  for (const [body, code, message] of cases) {
    const error = await test.refused(`${PATH}:batch`, body, JSON_TYPE);
    assert.deepEqual([error.status, error.error_code], [422, code], body);
    assert.match(error.message, message);
  }
  assert.equal(test.values("orders").length, 0);
});
