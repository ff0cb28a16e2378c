/**
 * Bytes that lie. Each test tells the arithmetic that would have gone wrong in a reader that believed them.
 */
import { equal, match } from "node:assert/strict";
import { fromHex } from "../tests/support/hex.ts";
import { ApiVersionsRequest, ApiVersionsResponse } from "./messages/18_api_versions.ts";
import { FetchRequest } from "./messages/01_fetch.ts";
import { MetadataRequest } from "./messages/03_metadata.ts";
import { ProduceRequest } from "./messages/00_produce.ts";
import { Reader } from "./primitives.ts";

/** The value is to be refused; the reason is for the log. */
function refused(read: (reader: Reader) => unknown, text: string, reason: RegExp): unknown {
  const reader = new Reader(fromHex(text));
  const value = read(reader);
  equal(reader.failed, true, text);
  match(reader.failure!, reason);
  equal(reader.remaining, 0);
  return value;
}

Deno.test("Reader refuses an array when its count is INT_MAX and nothing follows", () => {
  // new Array(2147483647) takes 16 GiB; even a loop that only reads zeros runs for seconds.
  refused(
    (r) => r.arrayLength(false, 4),
    "7fffffff",
    /2147483647 elements of 4 or more bytes, but 0 bytes are left/,
  );
});

Deno.test("Reader refuses an array when count times element size exceeds the bytes left by one", () => {
  // 3 * 4 = 12 > 11; a check of the count alone (3 <= 11) lets it pass.
  refused((r) => r.arrayLength(false, 4), "00000003" + "00".repeat(11), /3 elements/);
  const fits = new Reader(fromHex("00000003" + "00".repeat(12)));
  equal(fits.arrayLength(false, 4), 3);
});

Deno.test("Reader refuses an array when the product would overflow 32 bits", () => {
  // 0x40000001 * 16 = 2^34 + 16, which is 16 in 32 bits: "fits" in the 16 bytes that follow.
  refused((r) => r.arrayLength(false, 16), "40000001" + "00".repeat(16), /1073741825 elements/);
});

Deno.test("Reader counts an element as one byte when its type needs none", () => {
  // 2147483647 * 0 = 0 <= 0: a struct without fields in this version would loop for ever on no bytes at all.
  refused((r) => r.arrayLength(false, 0), "7fffffff", /2147483647 elements/);
});

Deno.test("Reader refuses an array when it has more elements than a message may hold", () => {
  // 2,000,000 empty strings take 4 MB on the wire and become some 100 MB of objects.
  const bytes = new Uint8Array(4 + 4_000_000);
  new DataView(bytes.buffer).setInt32(0, 2_000_000);
  const reader = new Reader(bytes);
  equal(reader.arrayLength(false, 2), 0);
  match(reader.failure!, /2000000 elements, but the message may hold only 1048576 more/);
});

Deno.test("Reader takes the elements of all arrays together when it compares with the limit", () => {
  // A thousand arrays of a million elements each stay below a limit that is meant per array.
  const reader = new Reader(fromHex("00000002" + "00000002" + "0000"));
  reader.reset(fromHex("00000002" + "00000002" + "0000"), 0, 10, 3);
  equal(reader.arrayLength(false, 1), 2);
  equal(reader.arrayLength(false, 1), 0);
  match(reader.failure!, /2 elements, but the message may hold only 1 more/);
});

Deno.test("Reader refuses a compact count when it is the greatest uvarint", () => {
  // 0xffffffff - 1 is 4294967294, which as int32 is -2: "negative, so null".
  refused((r) => r.arrayLength(true, 1), "ffffffff0f", /4294967294 elements/);
  refused((r) => r.nullableBytes(true), "ffffffff0f", /bytes of length 4294967294, but 0 bytes are left/);
});

Deno.test("Reader refuses a uvarint when it is longer than five bytes", () => {
  // The sixth group would be shifted by 35, which JavaScript takes for 3: bits of the first group change again.
  refused((r) => r.uvarint(), "808080808001", /a varint is longer than 5 bytes/);
  refused((r) => r.uvarint(), "ffffffffffffffffffff", /a varint is longer than 5 bytes/);
});

Deno.test("Reader refuses a uvarint when its fifth byte has more than four bits", () => {
  // 0x10 << 28 is 2^32: lost in 32 bits, so that two encodings would mean the same length.
  refused((r) => r.uvarint(), "8080808010", /a varint holds more than 32 bits/);
});

Deno.test("Reader refuses a varlong when it is longer than ten bytes or 64 bits", () => {
  refused((r) => r.varlong(), "8080808080808080808001", /a varlong is longer than 10 bytes/);
  refused((r) => r.varlong(), "80808080808080808002", /a varlong holds more than 64 bits/);
});

Deno.test("Reader refuses a varint when the bytes end in its middle", () => {
  refused((r) => r.uvarint(), "80", /the bytes end inside a field of type varint/);
  refused((r) => r.varlong(), "8080", /the bytes end inside a field of type varlong/);
});

Deno.test("Reader refuses a string when its length reaches past the end", () => {
  // subarray() cuts silently: the name would be shorter than said, and what follows would be read from the wrong place.
  refused((r) => r.string(false), "0005 616263", /string of length 5, but 3 bytes are left/);
  refused((r) => r.string(true), "06 616263", /string of length 5, but 3 bytes are left/);
  refused((r) => r.bytes(false), "7fffffff 00", /bytes of length 2147483647, but 1 bytes are left/);
});

Deno.test("Reader refuses a length when it is negative and not -1", () => {
  // position += -2 moves backwards: the same bytes are read again, in a loop without end.
  refused((r) => r.nullableString(false), "fffe 0000", /a negative length, -2/);
  refused((r) => r.nullableBytes(false), "fffffffe", /a negative length, -2/);
  refused((r) => r.arrayLength(false, 1), "fffffffe", /a negative length, -2/);
  refused((r) => r.arrayLength(false, 1), "80000000", /a negative length, -2147483648/);
  refused((r) => r.skip(-1), "00", /bytes to skip of length -1/);
});

Deno.test("Reader refuses null when a field must have a value", () => {
  refused((r) => r.string(false), "ffff", /a string is null/);
  refused((r) => r.string(true), "00", /a string is null/);
  refused((r) => r.bytes(false), "ffffffff", /bytes are null/);
});

Deno.test("Reader refuses a string when it is not UTF-8", () => {
  // Replacing what is wrong gives "\ufffd" for each of these: different names would become one topic.
  for (const text of ["c3", "ff", "c080", "eda080", "f4908080", "61ff"]) {
    const length = (text.length / 2 + 1).toString(16).padStart(2, "0");
    refused((r) => r.string(true), length + text, /a string is not UTF-8, at byte 1/);
  }
  refused((r) => r.string(false), "0032" + "61".repeat(49) + "ff", /a string is not UTF-8/);
});

Deno.test("Reader refuses tagged fields when their count is huge", () => {
  // 4294967295 rounds of reading zeros from an empty reader take half a minute.
  refused(
    (r) => r.skipTaggedFields(),
    "ffffffff0f",
    /4294967295 tagged fields of 2 or more bytes, but 0 bytes/,
  );
  refused((r) => r.skipTaggedFields(), "03 0000 00", /3 tagged fields of 2 or more bytes, but 3 bytes/);
});

Deno.test("Reader refuses a tagged field when its size reaches past the end", () => {
  refused((r) => r.skipTaggedFields(), "01 05 04 000000", /bytes to skip of length 4, but 3 bytes are left/);
  refused((r) => r.skipTaggedFields(), "01 05 ffffffff0f", /bytes to skip of length 4294967295/);
});

Deno.test("decode refuses a known tagged field when its size does not fit its type", () => {
  const response = "0000 01 00000000"; // error 0, no APIs, no throttling
  const read = (reader: Reader) => ApiVersionsResponse.decode(reader, 3);
  // Eight bytes announced as four: the epoch's second half would be read as the next tag.
  refused(read, response + "01 01 04 0000000000000007", /the bytes end inside a field of type int64/);
  // Eight bytes announced as nine: one byte is left over, and whoever goes on reads one byte too early.
  refused(read, response + "01 01 09 000000000000000700", /a tagged field has 1 bytes more than its type/);
  refused(read, response + "01 01 7f 0000000000000007", /a tagged field of 127 bytes, but 8 bytes are left/);
});

Deno.test("decode does not read past a tagged field when a string within it reaches further", () => {
  // The name says 9 bytes; 6 are in the field, the other 3 would be taken from what follows it.
  const features = "01 00 08 02 0a 616263646566" + "67686900000000";
  refused(
    (reader) => ApiVersionsResponse.decode(reader, 3),
    "0000 01 00000000" + features,
    /string of length 9, but 6 bytes are left/,
  );
});

Deno.test("decode ends at once when nested counts multiply", () => {
  // 1000 topics of 1000 partitions each in 30 bytes: the product is never reached, for the first count is refused.
  refused(
    (reader) => ProduceRequest.decode(reader, 3),
    "ffff 0001 00000000 000003e8 0001 74 000003e8 00000000",
    /1000 elements of 6 or more bytes, but 11 bytes are left/,
  );
  refused(
    (reader) => FetchRequest.decode(reader, 12),
    "ffffffff 00000000 00000000 00000000 00 00000000 00000000 02 02 74 ffffffff07 00",
    /2147483646 elements/,
  );
});

Deno.test("decode stops a loop when an element fails, instead of making the others from nothing", () => {
  // 500 strings of two or more bytes may be in 1000 bytes, but the first one is 30,000 bytes long.
  const bytes = new Uint8Array(4 + 1000);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 500);
  view.setInt16(4, 30_000);
  const reader = new Reader(bytes);
  const value = MetadataRequest.decode(reader, 0);
  equal(reader.failed, true);
  equal(value.topics!.length, 1);
});

Deno.test("decode refuses null arrays when the version has none", () => {
  // Metadata v0 has no null; -1 taken for a count of 4294967295 or for "all topics" would both be wrong.
  refused(
    (reader) => MetadataRequest.decode(reader, 0),
    "ffffffff",
    /an array is null where that is not allowed/,
  );
});

Deno.test("decode gives a whole value of defaults when there are no bytes at all", () => {
  const value = refused((reader) => ApiVersionsRequest.decode(reader, 3), "", /the bytes end/);
  equal((value as ApiVersionsRequest).clientSoftwareName, "");
});
