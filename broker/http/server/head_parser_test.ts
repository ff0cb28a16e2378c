import assert from "node:assert/strict";
import { SeededRandom } from "../../../tests/support/random.ts";
import { ApiError } from "../api_error.ts";
import { HeadParser } from "./head_parser.ts";
import { CHUNKED, type RequestHead } from "./request_head.ts";

const MAX_BYTES = 1000;

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function parse(text: string): RequestHead | undefined {
  const bytes = bytesOf(text);
  return new HeadParser(MAX_BYTES).next(bytes, 0, bytes.length);
}

/** The head of a GET with these lines. */
function withLines(...lines: string[]): RequestHead {
  return parse(`GET / HTTP/1.1\r\nHost: x\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`)!;
}

function refusal(text: string): number {
  try {
    const head = parse(text);
    assert.fail(`${JSON.stringify(text)} was taken: ${JSON.stringify(head?.url)}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    assert.equal(error.headers["connection"], "close");
    return error.status;
  }
}

Deno.test("HeadParser gives method, url, fields and where the body begins", () => {
  const text = "POST /a%20b?c=d HTTP/1.1\r\nHost: Example.org:8080\r\nX-One:  1 \r\nx-one:\t2\r\n\r\nbody";
  const head = parse(text)!;
  assert.equal(head.method, "POST");
  assert.equal(head.url, "http://Example.org:8080/a%20b?c=d");
  assert.equal(head.byteLength, text.length - 4);
  assert.equal(head.headers.get("X-ONE"), "1, 2");
  assert.equal(head.headers.has("x-two"), false);
  assert.equal(head.headers.get("x-two"), null);
  assert.deepEqual([...head.headers], [["host", "Example.org:8080"], ["x-one", "1, 2"]]);
  assert.ok(head.keepsAlive);
  assert.equal(head.bodyLength, 0);
});

Deno.test("HeadParser takes empty lines before a request, and requests one after the other", () => {
  const text = "\r\n\r\nGET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n";
  const bytes = bytesOf(text);
  const parser = new HeadParser(MAX_BYTES);
  const first = parser.next(bytes, 0, bytes.length)!;
  assert.equal(first.url, "http://x/1");
  const second = parser.next(bytes, first.byteLength, bytes.length)!;
  assert.equal(second.url, "http://x/2");
  assert.equal(first.byteLength + second.byteLength, text.length);
});

Deno.test("HeadParser gives header bytes as characters, and escapes those of the target", () => {
  const head = parse("GET /\xd1\x8f HTTP/1.1\r\nHost: x\r\nKafka-Key: \xd1\x8f\x80\r\n\r\n")!;
  assert.equal(head.url, "http://x/%D1%8F");
  assert.equal(head.headers.get("kafka-key"), "\xd1\x8f\x80");
});

Deno.test("HeadParser knows how long the body is, and what becomes of the connection", () => {
  assert.equal(withLines("Content-Length: 12").bodyLength, 12);
  assert.equal(withLines("Content-Length: 12", "content-length: 12").bodyLength, 12);
  assert.equal(withLines("Content-Length: 12, 12").bodyLength, 12);
  assert.equal(withLines("Transfer-Encoding: Chunked").bodyLength, CHUNKED);
  assert.equal(withLines("Connection: close").keepsAlive, false);
  assert.equal(withLines("Connection: foo, Close").keepsAlive, false);
  assert.equal(withLines("Connection: keep-alive").keepsAlive, true);
  assert.equal(withLines("Expect: 100-Continue").expectsContinue, true);
  const old = parse("GET /x HTTP/1.0\r\n\r\n")!;
  assert.equal(old.keepsAlive, false);
  assert.equal(old.url, "http://localhost/x");
});

Deno.test("HeadParser takes the forms of a target that RFC 9112 has", () => {
  assert.equal(parse("GET http://a:1/b HTTP/1.1\r\nHost: c\r\n\r\n")!.url, "http://a:1/b");
  assert.equal(parse("GET http://a?b HTTP/1.1\r\nHost: c\r\n\r\n")!.url, "http://a/?b");
  assert.equal(parse("OPTIONS * HTTP/1.1\r\nHost: c\r\n\r\n")!.url, "http://c/*");
  assert.equal(parse("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n")!.url, "http://[::1]:8080/");
  for (const target of ["*", "a", "a:1", "ftp://a/", "http://u@a/", "http:///"]) {
    assert.equal(refusal(`GET ${target} HTTP/1.1\r\nHost: c\r\n\r\n`), 400, target);
  }
});

Deno.test("HeadParser refuses what two programs could read differently", () => {
  const head = "POST / HTTP/1.1\r\nHost: x\r\n";
  const refused: [string, number][] = [
    [`${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
    [`${head}Content-Length: 1, 2\r\n\r\n`, 400],
    [`${head}Content-Length: +1\r\n\r\n`, 400],
    [`${head}Content-Length: 0x1\r\n\r\n`, 400],
    [`${head}Content-Length: -1\r\n\r\n`, 400],
    [`${head}Content-Length:\r\n\r\n`, 400],
    [`${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    [`${head}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501],
    [`${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, 501],
    [`${head}Transfer-Encoding: xchunked\r\n\r\n`, 501],
    ["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
    [`${head}X: 1\r\n folded\r\n\r\n`, 400],
    [`${head} X: 1\r\n\r\n`, 400],
    [`${head}X : 1\r\n\r\n`, 400],
    [`${head}: 1\r\n\r\n`, 400],
    [`${head}X\r\n\r\n`, 400],
    [`${head}X: a\rb\r\n\r\n`, 400],
    [`${head}X: a\nY: b\r\n\r\n`, 400],
    [`${head}X: a\0b\r\n\r\n`, 400],
    [`${head}\r\r\n`, 400],
    [`${head}\r\rX`, 400],
    ["GET / HTTP/1.1\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", 400],
    ["GET / HTTP/1.1\nHost: x\n\n", 400],
    ["GET  / HTTP/1.1\r\n", 400],
    ["GET /  HTTP/1.1\r\n", 400],
    ["GET /\r\n", 400],
    ["GET /#a HTTP/1.1\r\n", 400],
    ["GET /\x7f HTTP/1.1\r\n", 400],
    ["GET / http/1.1\r\n", 400],
    ["GET / HTTP/1.2\r\n", 400],
    ["GET / HTTP/1.10\r\n", 400],
    ["PRI * HTTP/2.0\r\n", 505],
    ["\x16\x03\x01\x02", 400],
    ["\0\0\0\x12", 400],
    ["\rGET", 400],
    [" GET", 400],
    [`${head}Expect: a miracle\r\n\r\n`, 417],
  ];
  for (const [text, status] of refused) assert.equal(refusal(text), status, JSON.stringify(text));
});

Deno.test("HeadParser refuses a head as soon as it is too large, wherever it is cut", () => {
  assert.equal(refusal(`GET /${"a".repeat(MAX_BYTES)}`), 414);
  assert.equal(refusal(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(MAX_BYTES)}`), 431);
  assert.equal(refusal("\r\n".repeat(MAX_BYTES)), 414);
  const prefix = "GET / HTTP/1.1\r\nHost: x\r\nX: ";
  const fits = `${prefix}${"a".repeat(MAX_BYTES - prefix.length - 4)}\r\n\r\n`;
  assert.equal(parse(fits)!.byteLength, MAX_BYTES);
  assert.equal(refusal(fits.replace("X: ", "X: a")), 431);
});

/** What a dumb reader, which sees the whole text at once, finds in a head without tricks. */
function model(text: string): { method: string; url: string; fields: [string, string][] } {
  const [first, ...lines] = text.slice(0, text.indexOf("\r\n\r\n")).split("\r\n");
  const [method, target] = first!.split(" ");
  const values = new Map<string, string>();
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(":")).toLowerCase();
    const value = line.slice(line.indexOf(":") + 1).replaceAll(/^[ \t]+|[ \t]+$/g, "");
    values.set(name, values.has(name) ? `${values.get(name)}, ${value}` : value);
  }
  const fields = [...values].sort(([a], [b]) => a < b ? -1 : 1);
  return { method: method!, url: `http://${values.get("host")}${target}`, fields };
}

Deno.test("HeadParser finds the same as a dumb model, however the bytes are split", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed);
    const pick = (characters: string, most: number) =>
      Array.from({ length: random.below(most) + 1 }, () => characters[random.below(characters.length)]).join(
        "",
      );
    const texts = Array.from({ length: random.below(3) + 1 }, () => {
      const lines = Array.from(
        { length: random.below(6) },
        () => `${pick("aBc-_!9", 4)}:${pick(" \t", 2)}${pick('a: ,;=\x80\xff"b', 20)}${pick(" \t", 2)}\r\n`,
      );
      return `${pick("GETPOS", 6)} /${pick("a/?&=%20\xc3", 10).replaceAll("\xc3", "")} HTTP/1.1\r\n` +
        `Host: h${pick("ab.", 3)}\r\n${lines.join("")}\r\n`;
    });
    const all = bytesOf(texts.join(""));
    const parser = new HeadParser(MAX_BYTES);
    const found: RequestHead[] = [];
    let start = 0;
    for (let end = 0; end < all.length;) {
      end = Math.min(all.length, end + random.below(12) + 1);
      // Bytes lie elsewhere each time, and what follows them is somebody else's.
      const shift = random.below(5);
      const bytes = new Uint8Array(shift + end - start + 3).fill(0x0d);
      bytes.set(all.subarray(start, end), shift);
      let from = shift;
      for (;;) {
        const head = parser.next(bytes, from, shift + end - start);
        if (head === undefined) break;
        found.push(head);
        from += head.byteLength;
      }
      start += from - shift;
    }
    assert.deepEqual(
      found.map(({ method, url, headers }) => ({ method, url, fields: [...headers] })),
      texts.map(model),
      `seed ${seed}`,
    );
  }
});

Deno.test("HeadParser either takes mutated heads or refuses them with an ApiError", () => {
  const valid = bytesOf(
    "POST /topics/x?y=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\nExpect: 100-continue\r\n\r\nabc",
  );
  let taken = 0;
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new SeededRandom(seed);
    const bytes = valid.slice();
    for (let i = random.below(3); i >= 0; i--) bytes[random.below(bytes.length)] = random.below(256);
    try {
      if (new HeadParser(MAX_BYTES).next(bytes, 0, bytes.length) !== undefined) taken++;
    } catch (error) {
      assert.ok(error instanceof ApiError, `seed ${seed}: ${error}`);
    }
  }
  assert.ok(taken > 300 && taken < 2700, `${taken} of 3000 were taken`);
});
