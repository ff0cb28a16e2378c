import { deepEqual, equal, throws } from "node:assert/strict";
import { fromHex, toHex } from "../tests/support/hex.ts";
import { type InputOf, message, type MessageCodec, type MessageOf } from "./codec.ts";
import { Reader, Writer, ZERO_UUID } from "./primitives.ts";
import { field } from "./schema.ts";

/** One field of every type, and everything that may be said of a field. */
const Sample = message({
  name: "Sample",
  apiKey: 99,
  type: "request",
  versions: { min: 1, max: 3 },
  flexibleFrom: 2,
}, {
  flag: field.bool(),
  tiny: field.int8(),
  small: field.int16({ since: 2, default: -1 }),
  medium: field.int32({ until: 2 }),
  port: field.uint16(),
  count: field.uint32(),
  ratio: field.float64(),
  large: field.int64(),
  id: field.uuid({ since: 3, ignorable: true }),
  text: field.string({ nullable: [1, 2], default: null }),
  blob: field.bytes(),
  numbers: field.array({ of: "int16", nullable: 2 }),
  inner: field.struct({ of: "Inner", nullable: 2, default: null }, {
    a: field.int8(),
    b: field.string({ tag: 0 }),
  }),
  outer: field.struct({ of: "Outer" }, { c: field.int8({ default: 5 }) }),
});
type Sample = MessageOf<typeof Sample>;

const given: InputOf<typeof Sample> = {
  flag: true,
  tiny: -1,
  port: 0xffff,
  count: 0xffffffff,
  ratio: 0.5,
  large: 1,
  blob: Uint8Array.of(1),
  numbers: [1, -1],
  text: "t",
  outer: {},
};

function encode<T, Input>(codec: MessageCodec<T, Input>, version: number, value: Input): string {
  const writer = new Writer();
  codec.encode(writer, version, value);
  equal(codec.size(version, value), writer.position);
  return toHex(writer.bytes());
}

function decode(version: number, text: string): Sample {
  const reader = new Reader(fromHex(text));
  const value = Sample.decode(reader, version);
  equal(reader.failure, undefined);
  equal(reader.remaining, 0);
  return value;
}

Deno.test("message writes every type in the old encoding when the version is not flexible", () => {
  const hex = encode(Sample, 1, { ...given, medium: 7, inner: { a: 1 } });
  equal(
    hex,
    "01" + "ff" + "00000007" + "ffff" + "ffffffff" + "3fe0000000000000" + "0000000000000001" + "000174" +
      "0000000101" + "000000020001ffff" + "01" + "05",
  );
});

Deno.test("message writes compact lengths, null structs and tagged fields when the version is flexible", () => {
  const fixedPart = "01" + "ff" + "ffff" + "00000000" + "ffff" + "ffffffff" + "3fe0000000000000" +
    "0000000000000001";
  equal(encode(Sample, 2, given), fixedPart + "0274" + "0201" + "030001ffff" + "ff" + "0500" + "00");
  equal(
    encode(Sample, 2, { ...given, text: null, numbers: null, inner: { a: 1, b: "xy" }, outer: { c: 6 } }),
    fixedPart + "00" + "0201" + "00" + "01" + "01" + "01" + "00" + "03" + "037879" + "0600" + "00",
  );
});

Deno.test("decode gives defaults in fields that the version lacks", () => {
  const value = decode(1, encode(Sample, 1, { ...given, inner: { a: 1 } }));
  deepEqual(value, {
    flag: true,
    tiny: -1,
    small: -1,
    medium: 0,
    port: 0xffff,
    count: 0xffffffff,
    ratio: 0.5,
    large: 1,
    id: ZERO_UUID,
    text: "t",
    blob: Uint8Array.of(1),
    numbers: [1, -1],
    inner: { a: 1, b: "" },
    outer: { c: 5 },
  });
});

Deno.test("encode names the field and the version when null is not allowed there", () => {
  const refusals: [version: number, value: object, path: RegExp][] = [
    [3, { text: null }, /Sample v3\.text is null/],
    [1, { numbers: null }, /Sample v1\.numbers is null/],
    [1, { inner: null }, /Sample v1\.inner is null/],
    [2, { outer: null }, /Sample v2\.outer is null/],
    [2, { blob: null }, /Sample v2\.blob is null/],
  ];
  for (const [version, wrong, path] of refusals) {
    const writer = new Writer();
    const value = { ...given, inner: { a: 1 }, ...wrong } as unknown as typeof given;
    throws(() => Sample.encode(writer, version, value), path);
    equal(writer.position, 0);
  }
});

Deno.test("encode refuses what the version has no room for unless it is ignorable", () => {
  throws(
    () => encode(Sample, 1, { ...given, small: 3, inner: { a: 1 } }),
    /Sample v1\.small exists only from version 2; leave it out/,
  );
  throws(() => encode(Sample, 3, { ...given, medium: 3 }), /Sample v3\.medium exists only up to version 2/);
  equal(encode(Sample, 1, { ...given, small: -1, inner: { a: 1 } }).length > 0, true);
  equal(encode(Sample, 2, { ...given, id: "AAAAAAAAAAAAAAAAAAAAAQ" }), encode(Sample, 2, given));
});

Deno.test("decode and encode refuse a version when the table does not have it", () => {
  throws(() => Sample.decode(new Reader(new Uint8Array(0)), 4), /Sample has no version 4, only 1 to 3/);
  throws(() => Sample.size(0, given), /Sample has no version 0, only 1 to 3/);
  throws(() => Sample.size(NaN, given), /Sample has no version NaN/);
});

Deno.test("encode refuses a string when an old length can't say how long it is", () => {
  const long = { ...given, text: "x".repeat(32_768), inner: { a: 1 } };
  throws(
    () => encode(Sample, 1, long),
    /Sample v1\.text has 32768 bytes; a string of this version has at most 32767/,
  );
  equal(encode(Sample, 2, long).length > 0, true);
});

Deno.test("decode takes tagged fields when they come in any order, the last of a tag", () => {
  const Tagged = message(
    { name: "Tagged", apiKey: 98, type: "request", versions: { min: 0, max: 0 }, flexibleFrom: 0 },
    { a: field.int8({ tag: 0 }), b: field.int8({ tag: 1 }) },
  );
  const reader = new Reader(fromHex("04" + "010109" + "000107" + "050100" + "000108"));
  deepEqual(Tagged.decode(reader, 0), { a: 8, b: 9 });
  equal(reader.failure, undefined);
});

Deno.test("decode gives defaults that nobody can change when a field is absent", () => {
  const { outer } = decode(1, encode(Sample, 1, { ...given, inner: { a: 1 } }));
  equal(Object.isFrozen(Sample.fields.outer!.default), true);
  equal(outer.c, 5);
});
