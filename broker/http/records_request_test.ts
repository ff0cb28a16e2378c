import assert from "node:assert/strict";
import { SeededRandom, testSeed } from "../../tests/support/random.ts";
import { ApiError } from "./api_error.ts";
import { formatsOfBody, readableType } from "./media_types.ts";
import { parseRecordsRequest, type RecordToWrite } from "./records_request.ts";
import { recordHead, RecordsWriter, shownAs } from "./records_response.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function parse(body: string, contentType = "application/json"): RecordToWrite[] {
  return parseRecordsRequest(encoder.encode(body), formatsOfBody(contentType));
}

function texts(record: RecordToWrite | undefined): unknown {
  assert.ok(record);
  const text = (bytes: Uint8Array | null) => bytes && decoder.decode(bytes);
  return {
    key: text(record.key),
    value: text(record.value),
    headers: record.headers.map(({ key, value }) => [key, text(value)]),
  };
}

function refusal(
  body: string | Uint8Array,
  contentType = "application/json",
): { code: number; message: string } {
  try {
    const bytes = typeof body === "string" ? encoder.encode(body) : body;
    parseRecordsRequest(bytes, formatsOfBody(contentType));
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return { code: error.code, message: error.message };
  }
  throw new assert.AssertionError({ message: `accepted ${body}` });
}

Deno.test("parseRecordsRequest() takes keys as text and values as JSON when the type is application/json", () => {
  const [record] = parse(
    '{"records":[{"key":"user-1","value":{"id" : 12345678901234567890},"partition":2,"timestamp":5}]}',
  );
  assert.deepEqual(texts(record), { key: "user-1", value: '{"id":12345678901234567890}', headers: [] });
  assert.equal(record!.partition, 2);
  assert.equal(record!.timestamp, 5);
});

Deno.test("parseRecordsRequest() takes keys as JSON and headers as base64 when the type is v2 JSON", () => {
  const body =
    '{"records":[{"key":"k","value":"v","headers":[{"key":"h","value":"aGk="},{"name":"n","value":null}]}]}';
  assert.deepEqual(texts(parse(body, "application/vnd.kafka.json.v2+json")[0]), {
    key: '"k"',
    value: '"v"',
    headers: [["h", "hi"], ["n", null]],
  });
});

Deno.test("parseRecordsRequest() takes all as base64 when the type is v2 binary", () => {
  const body =
    '{"key_schema_id":null,"records":[{"key":"a2V5","value":"dmFsdWU="},{"value":null},{"value":""}]}';
  const records = parse(body, "application/vnd.kafka.binary.v2+json; charset=utf-8");
  assert.deepEqual(records.map(texts), [
    { key: "key", value: "value", headers: [] },
    { key: null, value: null, headers: [] },
    { key: null, value: "", headers: [] },
  ]);
});

Deno.test("parseRecordsRequest() obeys the format of a record when it names one", () => {
  const body = '{"records":[{"value":"aGk=","value_format":"base64","key":{"a":1},"key_format":"json"},' +
    '{"value_format":"text","value":"h\\u00e9 \\n"}]}';
  assert.deepEqual(parse(body).map(texts), [
    { key: '{"a":1}', value: "hi", headers: [] },
    { key: null, value: "hé \n", headers: [] },
  ]);
});

Deno.test("parseRecordsRequest() says where and how to mend it when the shape is wrong", () => {
  const cases: readonly [body: string, code: number, message: RegExp][] = [
    ["", 42201, /line 1, column 1: the body must be an object \(\{ … \}\), but the text ends there/],
    ['{"records":[{"value":1},]}', 42201, /column 25: records\[1\] must be an object/],
    ['{"records":{}}', 42201, /"records" must be an array/],
    ["{}", 42206, /has no records/],
    ['{"records":[]}', 42206, /has no records/],
    [
      '{"records":[{"valeu":1}]}',
      42206,
      /"valeu" is not a member that records\[0\] may have.*Known are key, value/,
    ],
    ['{"records":[{"value":1,"value":2}]}', 42206, /or it is there twice/],
    ['{"records":[{"value":1}],"value_schema_id":7}', 42206, /no schema registry/],
    ['{"records":[{"key":42}]}', 42206, /records\[0\]\.key is taken as text here.*"key_format":"json"/],
    ['{"records":[{"value":1,"value_format":"base64"}]}', 42206, /must be a JSON string/],
    ['{"records":[{"value":"\\ud800","value_format":"text"}]}', 42206, /half of a surrogate pair/],
    ['{"records":[{"value":"a b=","value_format":"base64"}]}', 42206, /must be base64.*but is "a b="/],
    [
      '{"records":[{"value":1,"value_format":"xml"}]}',
      42206,
      /must be "json", "text" or "base64", but is "xml"/,
    ],
    [
      '{"records":[{"value":1,"partition":-1}]}',
      42201,
      /records\[0\]\.partition must be a whole number from 0/,
    ],
    ['{"records":[{"value":1,"timestamp":"now"}]}', 42201, /timestamp \(ms\) must be a whole number/],
    ['{"records":[{"value":1,"headers":{"a":"b"}}]}', 42201, /headers must be an array, \[\{"key":"trace"/],
    ['{"records":[{"value":1,"headers":[{"value":"b"}]}]}', 42206, /headers\[0\] has no "key"/],
  ];
  for (const [body, code, message] of cases) {
    const error = refusal(body);
    assert.match(error.message, message, body);
    assert.equal(error.code, code, `${body}: ${error.message}`);
  }
  assert.match(refusal(new Uint8Array([0x22, 0xff])).message, /JSON/);
  assert.equal(
    refusal(encoder.encode('{"records":[{"value":"\xff"}]}').map((b) => b === 0xc3 ? 0xff : b)).code,
    42201,
  );
});

Deno.test("parseRecordsRequest() takes or refuses mutated bodies, and never fails otherwise", () => {
  const seed = testSeed();
  const random = new SeededRandom(seed);
  const valid = encoder.encode(
    '{"records":[{"key":"k","value":{"a":[1,2.5e3,"é\\n"]},"key_format":"text","partition":1,"timestamp":17,' +
      '"headers":[{"key":"h","value":"aGk=","value_format":"base64"},{"name":"n","value":null}]},{"value":null}]}',
  );
  let taken = 0;
  for (let round = 0; round < 20_000; round++) {
    const body = valid.slice();
    for (let n = random.below(4); n > 0; n--) {
      const at = random.below(body.length);
      if (random.below(4) === 0) body.copyWithin(at, random.below(body.length));
      else body[at] = random.below(256);
    }
    try {
      parseRecordsRequest(body, formatsOfBody(null));
      taken++;
    } catch (error) {
      assert.ok(error instanceof ApiError, `seed ${seed}, round ${round}: ${error}`);
      assert.equal(error.status, 422);
    }
  }
  assert.ok(taken > 1000 && taken < 20_000, `seed ${seed}: ${taken} taken`);
});

Deno.test("formatsOfBody() tells how to do it when a type is not read", () => {
  for (
    const [type, message] of [
      ["application/vnd.kafka.avro.v2+json", /avro records need a schema registry.*base64/],
      ["application/x-www-form-urlencoded", /send "Content-Type: application\/json"/],
      ["text/plain", /POST any other body, as it is, to …\/records/],
    ] as const
  ) {
    assert.throws(
      () => formatsOfBody(type),
      (error) => error instanceof ApiError && message.test(error.message),
    );
  }
});

Deno.test("RecordsWriter's records give the same bytes when they are parsed again", () => {
  const bytes = (text: string) => encoder.encode(text);
  const written: RecordToWrite[] = [
    [bytes("key"), bytes('{"a":\n[1.50]}')],
    [null, null],
    [new Uint8Array([0xff, 0]), bytes("plain text")],
    [bytes('"quoted"'), new Uint8Array([0x80])],
    [bytes(""), bytes("")],
    [bytes("{}"), bytes("null")],
    [bytes("null"), bytes(" null ")],
    [bytes("\ufeffbom"), bytes('\ufeff{"a":1}')],
    [bytes("☃"), bytes('"☃\\u2603"')],
  ].map(([key, value], i) => ({
    key: key!,
    value: value!,
    headers: [{ key: "é", value: bytes("text") }, { key: "", value: new Uint8Array([0xff]) }, {
      key: "n",
      value: null,
    }],
    timestamp: 1_700_000_000_000 + i,
    partition: 3,
  }));
  const types = [
    "application/json",
    "application/vnd.kafka.json.v2+json",
    "application/vnd.kafka.binary.v2+json",
  ];
  for (const type of [...types, "application/x-ndjson"]) {
    const writer = new RecordsWriter(readableType(type).lines, shownAs(readableType(type).formats));
    written.forEach((record, i) =>
      writer.add(recordHead("t", 3), { ...record, offset: i, timestamp: record.timestamp! })
    );
    const text = decoder.decode(writer.finish());
    const lines = type === "application/x-ndjson";
    if (lines) assert.equal(text.trimEnd().split("\n").length, written.length, "one line for each record");
    const array = lines ? `[${text.trimEnd().split("\n").join(",")}]` : text;
    JSON.parse(array);
    const again = parse(`{"records":${array}}`, lines ? "application/json" : type);
    // The line break within the first value is white space of the JSON.
    const expected = written.map((record, i) =>
      i === 0 && again[0]!.value!.length === 12 ? again[0]! : record
    );
    assert.deepEqual(plain(again), plain(expected), type);
  }
});

function plain(records: readonly RecordToWrite[]): unknown {
  const list = (bytes: Uint8Array | null) => bytes && [...bytes];
  return records.map((record) => ({
    ...record,
    key: list(record.key),
    value: list(record.value),
    headers: record.headers.map(({ key, value }) => [key, list(value)]),
  }));
}

Deno.test("RecordsWriter says the format when a value is not what the type has", () => {
  const show = (type: string, value: string, wanted = {}) => {
    const writer = new RecordsWriter(readableType(type).lines, shownAs(readableType(type).formats, wanted));
    writer.add(recordHead("t", 0), {
      offset: 7,
      timestamp: -1,
      key: null,
      value: encoder.encode(value),
      headers: [],
    });
    return JSON.parse(decoder.decode(writer.finish()))[0];
  };
  const base = { topic: "t", partition: 0, offset: 7, timestamp: null, key: null, headers: [] };
  assert.deepEqual(show("application/json", "[1]"), { ...base, value: [1] });
  assert.deepEqual(show("application/json", "word"), { ...base, value: "word", value_format: "text" });
  assert.deepEqual(show("application/json", "null"), { ...base, value: "null", value_format: "text" });
  assert.deepEqual(show("application/json", "[1]", { valueFormat: "text" }), {
    ...base,
    value: "[1]",
    value_format: "text",
  });
  assert.deepEqual(show("application/vnd.kafka.binary.v2+json", "[1]"), { ...base, value: "WzFd" });
});

Deno.test("readableType() chooses what the caller likes best when several types are accepted", () => {
  assert.equal(readableType(null).contentType, "application/json");
  assert.equal(readableType("text/html, */*;q=0.1").contentType, "application/json");
  assert.equal(readableType("application/*;q=0.5, application/x-ndjson").contentType, "application/x-ndjson");
  assert.equal(
    readableType("application/json;q=0, application/*").contentType,
    "application/vnd.kafka.json.v2+json",
  );
  assert.throws(
    () => readableType("text/html"),
    /cannot be shown as "text\/html": ask for one of application\/json/,
  );
});
