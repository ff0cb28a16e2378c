/**
 * Compares what was read with what was sent, byte for byte, and says where they part.
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { SentRecord, StoredRecord, WriterLimits } from "./client.ts";

/** Throws unless `stored` is `sent`, in order, at offsets 0, 1, 2, … */
export function assertSameRecords(
  stored: readonly StoredRecord[],
  sent: readonly SentRecord[],
  limits: WriterLimits,
): void {
  for (const [index, expected] of sent.entries()) {
    const found = stored[index];
    assert.ok(found !== undefined, `record ${index} of ${sent.length} is missing`);
    assert.equal(found.offset, index, `offset of record ${index}`);
    assertSameBytes(found.key, expected.key, `key of record ${index}`);
    assertSameBytes(found.value, expected.value, `value of record ${index}`);
    if (!limits.timestamps) assert.equal(found.timestamp, expected.timestamp, `timestamp of record ${index}`);
    assert.deepEqual(found.headers.map(({ name }) => name), expected.headers.map(({ name }) => name));
    for (const [at, { name, value }] of expected.headers.entries()) {
      assertSameBytes(found.headers[at]!.value, value, `header ${at}, ${name}, of record ${index}`);
    }
  }
  assert.equal(stored.length, sent.length, "records");
}

function assertSameBytes(found: Uint8Array | null, expected: Uint8Array | null, what: string): void {
  if (found === null || expected === null) {
    assert.ok(found === expected, `${what}: ${describe(found)}, wanted ${describe(expected)}`);
  } else if (!Buffer.from(found.buffer, found.byteOffset, found.byteLength).equals(expected)) {
    assert.fail(`${what}: ${describe(found)}, wanted ${describe(expected)}`);
  }
}

function describe(bytes: Uint8Array | null): string {
  return bytes === null
    ? "null"
    : `${bytes.length} bytes ${Buffer.from(bytes.subarray(0, 32)).toString("hex")}`;
}
