import { deepEqual, equal, throws } from "node:assert/strict";
import { Reader, utf8Size, uvarintSize, varintSize, varlongSize, Writer, ZERO_UUID } from "./primitives.ts";
import { fromHex, toHex } from "../tests/support/hex.ts";

function written(write: (writer: Writer) => void, capacity?: number): Uint8Array {
  const writer = new Writer(capacity);
  write(writer);
  return writer.bytes();
}

function reader(text: string): Reader {
  return new Reader(fromHex(text));
}

Deno.test("Writer writes big-endian when numbers have more than one byte", () => {
  equal(toHex(written((w) => w.int8(-2))), "fe");
  equal(toHex(written((w) => w.int16(-2))), "fffe");
  equal(toHex(written((w) => w.int32(0x01020304))), "01020304");
  equal(toHex(written((w) => w.uint16(0xfffe))), "fffe");
  equal(toHex(written((w) => w.uint32(0xfffefdfc))), "fffefdfc");
  equal(toHex(written((w) => w.float64(1.5))), "3ff8000000000000");
  equal(toHex(written((w) => w.boolean(true))), "01");
});

const int64s: readonly [value: number, bytes: string][] = [
  [0, "0000000000000000"],
  [1, "0000000000000001"],
  [-1, "ffffffffffffffff"],
  [2 ** 32, "0000000100000000"],
  [-(2 ** 32) - 1, "fffffffeffffffff"],
  [2 ** 53, "0020000000000000"],
  [-(2 ** 53), "ffe0000000000000"],
  [Number.MAX_SAFE_INTEGER, "001fffffffffffff"],
  [-(2 ** 63), "8000000000000000"],
];

Deno.test("int64 is exact up to 2^53 when it is written and read", () => {
  for (const [value, bytes] of int64s) {
    equal(toHex(written((w) => w.int64(value))), bytes, `${value}`);
    equal(reader(bytes).int64(), value, bytes);
  }
});

Deno.test("int64 is clamped when a number stands for a bound", () => {
  equal(toHex(written((w) => w.int64(2 ** 63))), "7fffffffffffffff");
  equal(toHex(written((w) => w.int64(Infinity))), "7fffffffffffffff");
  equal(toHex(written((w) => w.int64(-Infinity))), "8000000000000000");
  equal(toHex(written((w) => w.int64(-(2 ** 64)))), "8000000000000000");
  // Long.MAX has no double of its own: it reads as 2^63, which is written as Long.MAX again.
  equal(reader("7fffffffffffffff").int64(), 2 ** 63);
});

Deno.test("Writer refuses a number when its type can't hold it, and writes nothing of it", () => {
  const writer = new Writer();
  const refusals: (() => void)[] = [
    () => writer.int8(128),
    () => writer.int16(-32_769),
    () => writer.int32(2 ** 31),
    () => writer.int32(1.5),
    () => writer.int32(NaN),
    () => writer.int64(NaN),
    () => writer.int64(0.5),
    () => writer.uint16(-1),
    () => writer.uint32(2 ** 32),
    () => writer.uvarint(-1),
    () => writer.varint(2 ** 31),
    () => writer.varlong(0.5),
    () => writer.uuid("short"),
    () => writer.string("x".repeat(32_768), false),
    () => writer.string("ä".repeat(16_384), false),
  ];
  for (const refusal of refusals) throws(refusal, /can't be written|is not an id|does not fit/);
  equal(writer.position, 0);
});

Deno.test("uvarint, varint and varlong agree with their sizes when they are written and read", () => {
  const borders = [
    0,
    1,
    2,
    63,
    64,
    127,
    128,
    8191,
    8192,
    16_383,
    16_384,
    2 ** 21 - 1,
    2 ** 21,
    2 ** 28 - 1,
    2 ** 28,
  ];
  for (const value of [...borders, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
    const bytes = written((w) => w.uvarint(value));
    equal(bytes.length, uvarintSize(value), `uvarint ${value}`);
    equal(new Reader(bytes).uvarint(), value);
  }
  for (const value of [...borders, 2 ** 31 - 1].flatMap((value) => [value, -value - 1])) {
    const bytes = written((w) => w.varint(value));
    equal(bytes.length, varintSize(value), `varint ${value}`);
    equal(new Reader(bytes).varint(), value);
  }
  const large = [2 ** 30, 2 ** 31, 2 ** 34, 2 ** 41, 2 ** 48, 2 ** 52, 2 ** 53 - 1];
  for (const value of [...borders, ...large, ...large.map((n) => n - 1)].flatMap((n) => [n, -n - 1, -n])) {
    const bytes = written((w) => w.varlong(value));
    equal(bytes.length, varlongSize(value), `varlong ${value}`);
    equal(new Reader(bytes).varlong(), value + 0, `varlong ${value}`);
  }
  equal(toHex(written((w) => w.varlong(2 ** 63))), "feffffffffffffffff01");
  equal(toHex(written((w) => w.varlong(-(2 ** 63)))), "ffffffffffffffffff01");
  equal(varlongSize(2 ** 63), 10);
  equal(reader("ffffffffffffffffff01").varlong(), -(2 ** 63));
});

Deno.test("varint is zigzag when it is looked at (1 is 2, -1 is 1)", () => {
  equal(toHex(written((w) => w.varint(1))), "02");
  equal(toHex(written((w) => w.varint(-1))), "01");
  equal(toHex(written((w) => w.varint(150))), "ac02");
  equal(toHex(written((w) => w.varlong(-1))), "01");
});

Deno.test("strings have an int16 or a compact length when they are old or flexible", () => {
  equal(toHex(written((w) => w.string("abc", false))), "0003616263");
  equal(toHex(written((w) => w.string("abc", true))), "04616263");
  equal(toHex(written((w) => w.string("é", true))), "03c3a9");
  equal(toHex(written((w) => w.nullableString(null, false))), "ffff");
  equal(toHex(written((w) => w.nullableString(null, true))), "00");
  equal(reader("ffff").nullableString(false), null);
  equal(reader("00").nullableString(true), null);
});

Deno.test("strings come back when they are of any length or alphabet", () => {
  const texts = [
    "",
    "a",
    "topic",
    "ä",
    "日本",
    "🦀",
    "\ufeffx",
    "a\0b",
    "é".repeat(63),
    "x".repeat(39) + "ß",
  ];
  for (let length = 1; length < 20; length++) texts.push("abcdefghijklmnopqrstuvwxyz".slice(0, length));
  texts.push(
    "y".repeat(126),
    "y".repeat(127),
    "y".repeat(128),
    "y".repeat(129),
    "ü".repeat(64),
    "y".repeat(32_767),
  );
  for (const text of texts) {
    for (const flexible of [false, true]) {
      const bytes = written((w) => w.string(text, flexible), 1);
      equal(bytes.length, utf8Size(text) + (flexible ? uvarintSize(utf8Size(text) + 1) : 2));
      const one = new Reader(bytes);
      equal(one.string(flexible), text);
      equal(one.remaining, 0);
    }
  }
});

Deno.test("utf8Size counts what TextEncoder writes when surrogates are alone", () => {
  for (const text of ["\ud83e", "\udd80", "a\ud83eb", "\ud83e\ud83e\udd80", "\udd80\ud83e"]) {
    equal(utf8Size(text), new TextEncoder().encode(text).length);
    equal(new Reader(written((w) => w.string(text, true))).string(true), text.toWellFormed());
  }
});

Deno.test("bytes are views of the input when they are read", () => {
  const input = fromHex("00000003616263");
  const bytes = new Reader(input).bytes(false);
  equal(toHex(bytes), "616263");
  equal(bytes.buffer, input.buffer);
  equal(reader("ffffffff").nullableBytes(false), null);
  equal(reader("00").nullableBytes(true), null);
  equal(toHex(reader("02 7f").nullableBytes(true)!), "7f");
});

Deno.test("Writer notes external bytes when they are given, and counts them in lengths only", () => {
  const writer = new Writer();
  const slice = { length: 300, file: "segment" };
  writer.int8(1);
  writer.nullableBytes(slice, false);
  writer.nullableBytes(new Uint8Array([9]), true);
  writer.nullableBytes({ length: 0 }, true);
  equal(toHex(writer.bytes()), "01" + "0000012c" + "0209" + "01");
  deepEqual(writer.externals, [{ position: 5, part: slice }]);
  equal(writer.externalLength, 300);
  writer.reset();
  equal(writer.externals.length, 0);
  equal(writer.externalLength, 0);
});

Deno.test("Writer keeps what it has written when it grows at any byte", () => {
  for (let capacity = 0; capacity < 40; capacity++) {
    const bytes = written((w) => {
      w.int8(1);
      w.int16(2);
      w.int32(3);
      w.int64(4);
      w.uvarint(300);
      w.varlong(2 ** 40);
      w.boolean(true);
      w.string("abc", true);
      w.string("ä", false);
      w.raw(new Uint8Array([7, 8]));
      w.float64(1.5);
      w.uint16(5);
      w.uint32(6);
    }, capacity);
    equal(
      toHex(bytes),
      "01000200000003" + "0000000000000004" + "ac02" + "808080808040" + "01" + "04616263" + "0002c3a4" +
        "0708" +
        "3ff8000000000000" + "0005" + "00000006",
      `capacity ${capacity}`,
    );
  }
});

Deno.test("Writer.reserve makes room once when the size is known", () => {
  const writer = new Writer(4);
  writer.reserve(1000);
  const { capacity } = writer;
  equal(capacity >= 1000, true);
  writer.raw(new Uint8Array(1000));
  equal(writer.capacity, capacity);
});

Deno.test("Writer.patchInt32 changes what was written when a length becomes known", () => {
  const writer = new Writer();
  const at = writer.gap(4);
  writer.int16(7);
  writer.patchInt32(at, writer.position - 4);
  equal(toHex(writer.bytes()), "000000020007");
  throws(() => writer.patchInt32(3, 0), /can't patch 4 bytes at 3: 6 bytes are written/);
});

Deno.test("Reader gives zeros and keeps the first reason when it has run out", () => {
  const short = reader("00 01 02");
  equal(short.int16(), 1);
  equal(short.int32(), 0);
  equal(short.failed, true);
  equal(short.failure, "the bytes end inside a field of type int32, at byte 2");
  equal(short.remaining, 0);
  deepEqual(
    [
      short.int8(),
      short.int16(),
      short.int64(),
      short.uint16(),
      short.uint32(),
      short.float64(),
      short.boolean(),
    ],
    [0, 0, 0, 0, 0, 0, false],
  );
  deepEqual(
    [short.uvarint(), short.varint(), short.varlong(), short.uuid(), short.string(true), short.string(false)],
    [0, 0, 0, ZERO_UUID, "", ""],
  );
  equal(short.bytes(true).length, 0);
  equal(short.arrayLength(false, 1), 0);
  equal(short.taggedFieldCount(), 0);
  equal(short.failure, "the bytes end inside a field of type int32, at byte 2");
});

Deno.test("Reader.reset begins anew when the reader had failed", () => {
  const one = reader("00");
  one.int32();
  one.reset(fromHex("ff0000002aff"), 1, 5);
  equal(one.int32(), 42);
  equal(one.failed, false);
  equal(one.remaining, 0);
  throws(() => one.reset(new Uint8Array(3), 2, 4), /can't read \[2, 4\) of 3 bytes/);
});

Deno.test("Reader reads its own range when the bytes are a part of a larger buffer", () => {
  const buffer = fromHex("aabb00000007cc");
  const one = new Reader(buffer.subarray(2), 0, 4);
  equal(one.int32(), 7);
  equal(one.int8(), 0);
  equal(one.failed, true);
});
