import assert from "node:assert/strict";
import { SeededRandom } from "../../../tests/support/random.ts";
import { ApiError } from "../api_error.ts";
import { ChunkedDecoder } from "./chunked_decoder.ts";

const encoder = new TextEncoder();

/** All data of `text`, fed in pieces of at most `most` bytes; and what was not taken of it. */
function decode(text: string, pieceBytes: () => number): { data: string; rest: string; isDone: boolean } {
  const bytes = encoder.encode(text);
  const decoder = new ChunkedDecoder();
  let data = "";
  let start = 0;
  for (let end = 0; end < bytes.length && !decoder.isDone;) {
    end = Math.min(bytes.length, end + pieceBytes());
    while (start < end && !decoder.isDone) {
      start = decoder.next(bytes, start, end);
      data += new TextDecoder().decode(bytes.subarray(decoder.dataStart, decoder.dataEnd));
    }
  }
  return { data, rest: text.slice(start), isDone: decoder.isDone };
}

const whole = () => 1_000_000;

Deno.test("ChunkedDecoder gives the data and leaves what follows the body", () => {
  const text = '3\r\nabc\r\n00A;x="y"\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET /';
  assert.deepEqual(decode(text, whole), { data: "abc0123456789", rest: "GET /", isDone: true });
  assert.deepEqual(decode("0\r\n\r\n", whole), { data: "", rest: "", isDone: true });
  assert.equal(decode("3\r\nab", whole).isDone, false);
});

Deno.test("ChunkedDecoder gives what was put in chunks, however they are split", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed);
    const chunks = Array.from({ length: random.below(5) }, () => "x\r\n0;".repeat(random.below(8) + 1));
    const text = chunks.map((chunk) =>
      `${"0".repeat(random.below(3))}${chunk.length.toString(16)}${
        random.below(2) ? "" : " ; a"
      }\r\n${chunk}\r\n`
    )
      .join("") + `0\r\n${random.below(2) ? "" : "A: b\r\nC: d\r\n"}\r\n`;
    const found = decode(text + "rest", () =>
      random.below(7) + 1);
    assert.deepEqual(found, { data: chunks.join(""), rest: "rest", isDone: true }, `seed ${seed}`);
  }
});

Deno.test("ChunkedDecoder refuses sizes, lines and trailers that are none", () => {
  for (
    const text of [
      "\r\n",
      "g\r\n",
      "-1\r\n",
      "+1\r\n",
      "0x1\r\n",
      "1\n",
      "1\ra",
      "1_\r\n",
      ";x\r\n",
      "1000000000000\r\n", // 2^48, one digit too many
      "1\r\nab",
      "1\r\na\n",
      "1\r\na\rb",
      "0\r\n\n",
      "0\r\n\rx",
      "0\r\na\nb",
      "0\r\na\0",
      "1;a\0\r\n",
      `1;${"a".repeat(5000)}`,
      `0\r\n${"a: b\r\n".repeat(2000)}`,
    ]
  ) {
    assert.throws(() => decode(text, whole), ApiError, JSON.stringify(text.slice(0, 40)));
  }
});
