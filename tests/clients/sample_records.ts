/**
 * The records that clients pass to each other through a broker: an awkward handful, and a hundred thousand.
 * @module
 */
import { SeededRandom } from "../support/random.ts";
import type { SentRecord, WriterLimits } from "./client.ts";

const start = 1_700_000_000_000;
const day = 86_400_000;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Each of the corners of a record, in one small batch or a few; with a value of 1,000,000 bytes. */
export function awkwardRecords(limits: WriterLimits): SentRecord[] {
  const random = new SeededRandom(0x5eed);
  const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
  const plain = (key: Uint8Array | null, value: Uint8Array | null, timestamp = start): SentRecord => ({
    key,
    value,
    headers: [],
    timestamp,
  });
  const headers = [
    { name: "trace-id", value: text("4bf92f3577b34da6") },
    { name: "twice", value: text("first") },
    { name: "twice", value: text("second") },
    { name: "empty", value: new Uint8Array() },
    { name: "null", value: limits.nullHeaderValues ? new Uint8Array() : null },
    // kcat prints headers with commas and equals signs between, and each up to a zero byte: no such bytes here.
    {
      name: "schlüssel",
      value: limits.binaryHeaderValues ? text("ž") : Uint8Array.of(1, 10, 13, 127, 128, 254, 255),
    },
  ];
  return [
    plain(text("key"), text("value")),
    plain(text("an older one"), text("after a newer one"), start - day),
    plain(text("Milena"), text("Jesenská, žižkov, 🗝️")),
    plain(everyByte, everyByte.toReversed()),
    plain(null, text("a null key")),
    ...limits.emptyValueOfNullKey ? [] : [plain(null, new Uint8Array())],
    plain(new Uint8Array(), text("an empty key is no null")),
    plain(new Uint8Array(), new Uint8Array()),
    plain(text("tombstone"), null),
    { key: text("headers"), value: text("value"), headers, timestamp: start + 1 },
    { key: null, value: text("headers without a key"), headers, timestamp: start + 1 },
    plain(random.bytes(10_000), text("a long key")),
    plain(text("1 MB"), random.bytes(1_000_000), start + 2),
    plain(text("before that"), text("1970"), limits.distantTimestamps ? start - 2 * day : 1),
    plain(text("the last"), text("one"), start + 3),
  ];
}

/**
 * The record with the number `index` of a hundred thousand; no two are equal. Null keys and headers come in long
 * stretches: kcat needs a run of its own for each.
 */
export function numberedRecord(index: number): SentRecord {
  const body = text(`${index} ${"the quick brown fox jumps over the lazy dog ".repeat(2)}`);
  return {
    key: index >= 90_000 ? null : text(`key-${index % 1000}`),
    value: body,
    headers: index < 6000 ? [{ name: "part", value: text("first") }] : [],
    timestamp: start + index,
  };
}
