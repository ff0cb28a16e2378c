import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { BodyBudget } from "./request_body.ts";
import { bodyOf, ChunkedBody, linesOf, pieces, ProduceFixture } from "./testing/produce_fixture.ts";

const NDJSON = { "content-type": "application/x-ndjson" };
const REPORTS = { ...NDJSON, accept: "application/x-ndjson" };
const TEXT = { "content-type": "text/plain; charset=utf-8" };
const encoder = new TextEncoder();

function* endless(text: string): Generator<Uint8Array<ArrayBuffer>> {
  for (;;) yield encoder.encode(text);
}

Deno.test("POST /topics/{topic} writes each line of NDJSON as a record and answers a summary", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const body = '{"key":"a","value":{"id":1}}\n' +
    '{"value": [1, 2], "timestamp": 1700000000000, "headers":[{"key":"trace","value":"x"}]}\r\n' +
    "\n  \n" +
    '{"key":"b","value":null}'; // the last line needs no line feed
  for (const type of ["application/x-ndjson", "application/jsonl", "application/ndjson"]) {
    const answer = await test.post("/topics/orders", body, { "content-type": type });
    assert.equal(answer.headers.get("milena-durability"), "page-cache");
    const { partitions: [{ first_offset, ...part }], ...summary } = await answer.json();
    assert.deepEqual(summary, { topic: "orders", written: 3, durability: "page-cache" });
    assert.deepEqual(part, { partition: 0, records: 3, last_offset: first_offset + 2 });
  }
  assert.deepEqual(test.values("orders").slice(0, 3), ['{"id":1}', "[1,2]", null]);
  assert.deepEqual(
    test.records("orders").slice(1, 2).map(({ timestamp, headers }) => [timestamp, headers[0]!.key]),
    [[1700000000000, "trace"]],
  );
});

Deno.test("POST /topics/{topic}?lines=values takes each line as a value, whatever curl says of the body", async () => {
  await using test = new ProduceFixture();
  test.broker.create("logs", 1);
  const log = "first line\r\n\nthird: \xe9 \n{not json\nno line feed";
  assert.equal((await test.written("/topics/logs", log, TEXT)).written, 5);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal((await test.written("/topics/logs?lines=values", log, form)).written, 5);
  const lines = ["first line", "", "third: \xe9 ", "{not json", "no line feed"];
  assert.deepEqual(test.values("logs"), [...lines, ...lines]);
  assert.match(
    (await test.refused("/topics/logs", log, form)).message,
    /not read here: .*\?lines=values/,
    "and without a word it is refused, with what to say",
  );
});

Deno.test("POST /topics/{topic}?lines=values of NDJSON refuses a line that is not JSON", async () => {
  await using test = new ProduceFixture();
  test.broker.create("logs", 1);
  const error = await test.refused("/topics/logs?lines=values", '{"a": 1}\n[2]\n{oops}\n4\n', NDJSON);
  assert.deepEqual([error.status, error.error_code, error.line, error.written], [422, 42201, 3, 2]);
  assert.match(
    error.message,
    /^Line 3: column 2: a member name .* All lines before it were written; in all, 2 records are\.$/,
  );
  assert.deepEqual(test.values("logs"), ['{"a":1}', "[2]"]);
});

Deno.test("POST /topics/{topic} keeps the order of each partition, and puts keys where Java does", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 3);
  const lines = Array.from({ length: 3000 }, (_, i) => `{"key":"k${i % 50}","value":${i}}\n`).join("");
  const answer = await test.written("/topics/orders", lines, NDJSON);
  assert.equal(answer.written, 3000);
  let total = 0;
  for (const { partition, records, first_offset, last_offset } of answer.partitions) {
    const values = test.values("orders", partition).map(Number);
    assert.deepEqual(values, values.toSorted((a, b) => a - b), "in order");
    assert.deepEqual([values.length, first_offset, last_offset], [records, 0, records - 1]);
    total += records;
  }
  assert.equal(total, 3000);
  const fixed = await test.written("/topics/orders/partitions/2", '{"key":"k1","value":1}\n', NDJSON);
  assert.equal(fixed.partitions[0].partition, 2);
});

Deno.test("POST /topics/{topic} stops at the first bad line, names it and tells what was written", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 2);
  const good = '{"key":"a","value":1}\n';
  const cases: readonly [line: string, status: number, code: number, message: RegExp][] = [
    ['{"valeu":1}', 422, 42206, /^Line 4: "valeu" is not a member that record may have/],
    ['{"value":1', 422, 42201, /^Line 4: column 11: .*the text ends there/],
    ['{"value":1} {"value":2}', 422, 42201, /^Line 4: column 13: the end was expected/],
    ['{"value":"\\ud800","value_format":"text"}', 422, 42206, /^Line 4: record\.value has half/],
    ['{"value":1,"partition":2}', 404, 40402, /^Line 4: Topic "orders" has 2 partitions/],
    [`{"value":${"[".repeat(50_000)}`, 422, 42201, /^Line 4: column 521: at most 512 levels/],
    ['"text"', 422, 42201, /^Line 4: column 1: record must be an object/],
    [`{"value":"${"x".repeat(100_000)}"}`, 413, 41301, /^Line 4: The line is longer than the 100000 bytes/],
  ];
  let before = 0;
  for (const [line, status, code, message] of cases) {
    const error = await test.refused("/topics/orders/", good.repeat(3) + line + "\n" + good, NDJSON);
    assert.match(error.message, message);
    assert.match(error.message, /All lines before it were written; in all, 3 records are\.$/);
    assert.deepEqual([error.status, error.error_code, error.line, error.written], [status, code, 4, 3]);
    const count = test.values("orders", 0).length + test.values("orders", 1).length;
    assert.equal(count - before, 3, line.slice(0, 50));
    before = count;
  }
  const first = await test.refused("/topics/orders", "nonsense", NDJSON);
  assert.deepEqual([first.line, first.written, first.partitions], [1, 0, []]);
  assert.match(first.message, /Nothing was written\.$/);
  const half = await test.refused("/topics/orders", new Uint8Array([0x22, 0xc3, 0x22]), NDJSON);
  assert.equal(half.error_code, 42201);
});

Deno.test("POST /topics/{topic} reports each line as it is written, while the body still comes", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const body = new ChunkedBody();
  const response = await test.post("/topics/orders", body.stream, REPORTS);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/x-ndjson");
  const reports = linesOf(response);
  for (let line = 1; line <= 3; line++) {
    body.give(`{"value":${line}}\n`);
    assert.deepEqual((await reports.next()).value, { line, partition: 0, offset: line - 1 });
  }
  body.give('\n{"value":5}'); // line 4 is blank
  body.end();
  assert.deepEqual((await reports.next()).value, { line: 5, partition: 0, offset: 3 });
  assert.deepEqual((await reports.next()).value, {
    topic: "orders",
    written: 4,
    partitions: [{ partition: 0, records: 4, first_offset: 0, last_offset: 3 }],
    durability: "page-cache",
  });
  assert.ok((await reports.next()).done);
});

Deno.test("POST /topics/{topic} reports lines in their order over many partitions, and a bad one at the end", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 5);
  const lines = Array.from({ length: 500 }, (_, i) => `{"key":"k${i}","value":${i}}`);
  const response = await test.post("/topics/orders", lines.join("\n") + "\noops\n", REPORTS);
  const reports = await Array.fromAsync(linesOf(response));
  assert.equal(reports.length, 501);
  reports.slice(0, -1).forEach(({ line, partition, offset }, i) => {
    assert.equal(line, i + 1);
    assert.equal(test.values("orders", partition as number)[offset as number], String(i));
  });
  const { error_code, line, written } = reports.at(-1)!;
  assert.deepEqual({ error_code, line, written }, { error_code: 42201, line: 501, written: 500 });
});

Deno.test("POST /topics/{topic} does not write the half of a line that a broken connection leaves", async () => {
  await using test = new ProduceFixture();
  test.broker.create("logs", 1);
  const body = new ChunkedBody();
  const asking = test.refused("/topics/logs", body.stream, TEXT);
  body.give("whole\nha");
  // A stream that fails forgets what nobody has taken yet.
  while (test.values("logs").length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  body.breakOff();
  const error = await asking;
  assert.deepEqual([error.status, error.error_code, error.line, error.written], [400, 40009, 2, 1]);
  assert.deepEqual(test.values("logs"), ["whole"]);
  assert.ok(test.budget.take(150_000), "what was kept of the half line is given back");
});

Deno.test("POST /topics/{topic} gives up a body that stops coming, with what was written", async () => {
  await using test = new ProduceFixture({}, {
    body: { maxBytes: 1000, deadlineMs: 50, budget: new BodyBudget(10_000) },
  });
  test.broker.create("logs", 1);
  const body = new ChunkedBody();
  body.give("one\ntwo\nthr");
  const error = await test.refused("/topics/logs", body.stream, TEXT);
  assert.deepEqual([error.status, error.error_code, error.line, error.written], [408, 40801, 3, 2]);
  assert.match(error.message, /^Line 3: Nothing more of the body came for 0\.05 s\./);
  assert.ok(body.isCancelled);
});

Deno.test("POST /topics/{topic} reads no further than the longest line, however long a line claims to be", async () => {
  await using test = new ProduceFixture();
  test.broker.create("logs", 1);
  for (const chunk of ["x", "x".repeat(4096), "x".repeat(90_000)]) {
    const body = bodyOf(endless(chunk));
    const error = await test.refused("/topics/logs", body.stream, {
      ...TEXT,
      "content-length": String(2 ** 31),
    });
    assert.deepEqual([error.status, error.line, error.written], [413, 1, 0]);
    assert.ok(body.chunks <= Math.ceil(100_001 / chunk.length), `${body.chunks} chunks of ${chunk.length}`);
    assert.ok(test.budget.take(150_000), "its memory is given back");
    test.budget.giveBack(150_000);
  }
});

Deno.test("POST /topics/{topic} stops reading the body while the broker does not answer", async () => {
  await using test = new ProduceFixture();
  test.broker.create("logs", 3);
  const held = Promise.withResolvers<void>();
  test.broker.hold = held.promise;
  const line = "x".repeat(999) + "\n";
  const chunk = encoder.encode(line.repeat(64));
  let given = 0;
  const body = bodyOf((function* () {
    while (given < 200 * chunk.length) {
      given += chunk.length;
      yield chunk.slice();
    }
  })());
  const asking = test.written("/topics/logs", body.stream, TEXT);
  let before = -1;
  while (before !== given) {
    before = given;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(given < 6 * 1024 * 1024, `${given} bytes were read`);
  held.resolve();
  const { written, partitions } = await asking;
  assert.equal(written, 200 * 64);
  assert.ok(partitions.length > 1, "lines without a key are spread, a batch here and a batch there");
});

Deno.test("POST /topics/{topic} stops reading the body while nobody reads the reports", async () => {
  await using test = new ProduceFixture();
  test.broker.create("logs", 1);
  const body = bodyOf(endless("x\n".repeat(5000)));
  const response = await test.post("/topics/logs", body.stream, { ...TEXT, accept: "application/x-ndjson" });
  let before = -1;
  while (before !== body.chunks) {
    before = body.chunks;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(before < 50, `${before} chunks were read`);
  await response.body!.cancel();
  const end = body.chunks;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(body.chunks <= end + 1, "and when the reader has gone, no more is read");
  assert.equal(test.gateway.bulkWindows.count, 0);
});

Deno.test("POST /topics/{topic} divides batches that are larger than the topic takes", async () => {
  await using test = new ProduceFixture({ maxMessageBytes: 2000 });
  test.broker.create("orders", 1);
  const lines = Array.from({ length: 1000 }, (_, i) => `{"value":"${i} ${"x".repeat(50)}"}\n`);
  assert.equal((await test.written("/topics/orders", lines.join(""), NDJSON)).written, 1000);
  assert.deepEqual(test.values("orders").map((value) => parseInt(value!.slice(1))), lines.map((_, i) => i));
  lines[700] = `{"value":"${"x".repeat(3000)}"}\n`;
  const error = await test.refused("/topics/orders", lines.join(""), NDJSON);
  assert.deepEqual([error.status, error.error_code, error.line, error.written], [413, 41301, 701, 700]);
  assert.match(error.message, /^Line 701: A record is larger than topic "orders" takes: .*=2000/);
  assert.equal(test.values("orders").length, 1700);
});

Deno.test("POST /topics/{topic} tells at which line the broker went away", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 1);
  const body = new ChunkedBody();
  const response = await test.post("/topics/orders", body.stream, REPORTS);
  const reports = linesOf(response);
  body.give('{"value":1}\n');
  assert.equal((await reports.next()).value!.line, 1);
  test.broker.hold = new Promise(() => {});
  body.give('{"value":2}\n');
  await new Promise((resolve) => setTimeout(resolve, 50));
  test.broker.dropConnections(); // while the body is silent
  const error = (await reports.next()).value!;
  assert.deepEqual([error.error_code, error.line, error.written], [50003, 2, 1]);
  assert.match(error.message as string, /^Line 2: The broker did not answer: .* may or may not/);
});

Deno.test("POST /topics/{topic} refuses lines for what is not there before it reads them", async () => {
  await using test = new ProduceFixture();
  test.broker.create("orders", 2);
  const cases: readonly [path: string, status: number][] = [
    ["/topics/nothing", 404],
    ["/topics/orders/partitions/2", 404],
    ["/topics/orders?lines=all", 400],
    ["/topics/orders?async=true", 400],
  ];
  for (const [path, status] of cases) {
    const body = bodyOf(endless('{"value":1}\n'));
    assert.equal((await test.refused(path, body.stream, NDJSON)).status, status, path);
    assert.equal(body.chunks, 0);
  }
});

Deno.test("POST /topics/{topic} writes the same lines whatever the chunks they come in", async () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  await using test = new ProduceFixture();
  for (let round = 0; round < 20; round++) {
    const topic = `t${round}`;
    test.broker.create(topic, 1);
    const lines = Array.from(
      { length: random.below(60) },
      () =>
        Array.from({ length: random.below(200) }, () => random.pick(["a", "é", "€", "🦊", " ", "\t"])).join(
          "",
        ),
    );
    const bytes = encoder.encode(lines.map((line) => `${line}\n`).join(""));
    const longest = 1 + random.below(round % 2 === 0 ? 10 : 3000);
    const body = bodyOf(pieces(bytes, longest, (limit) => random.below(limit)));
    await test.written(`/topics/${topic}`, body.stream, TEXT);
    assert.deepEqual(test.values(topic), lines, `seed ${seed}`);
  }
});
