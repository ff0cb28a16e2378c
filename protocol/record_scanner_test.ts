import assert from "node:assert/strict";
import { RecordBatch } from "./record_batch.ts";
import { decodeRecords, encodeBatch, type NewRecord, RecordScanner, RecordsError } from "./records.ts";
import { rawBatch } from "./testing/raw_records.ts";
import { SeededRandom } from "./testing/seeded_random.ts";

const SEED = 20_240_817;

interface Seen {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** What the scanner sees of a batch, or the first words of why it stopped. */
function scanned(batch: RecordBatch): Seen[] | string {
  const seen: Seen[] = [];
  const { baseOffset, baseTimestamp, recordCount } = batch;
  // Between other bytes, and after other records.
  const { recordsBytes } = batch;
  const around = new Uint8Array(recordsBytes.length + 7).fill(0xff);
  around.set(recordsBytes, 3);
  const scanner = new RecordScanner(recordsBytes, recordCount);
  try {
    scanner.next();
  } catch {
    // What begins again forgets it.
  }
  scanner.reset(around, 3, 3 + recordsBytes.length, recordCount);
  try {
    while (scanner.next()) {
      const offset = baseOffset + scanner.offsetDelta;
      seen.push({
        offset,
        timestamp: baseTimestamp + scanner.timestampDelta,
        key: scanner.key,
        value: scanner.value,
      });
      assert.equal(scanner.hasKey, scanner.key !== null);
    }
    return seen;
  } catch (error) {
    assert.ok(error instanceof RecordsError, String(error));
    return "refused";
  }
}

/** The same by the decoder, which makes every record. */
function decoded(batch: RecordBatch): Seen[] | string {
  const seen: Seen[] = [];
  try {
    for (const { offset, timestamp, key, value } of decodeRecords(batch, { maxBytes: 1 << 20 })) {
      seen.push({ offset, timestamp, key, value });
    }
    return seen;
  } catch (error) {
    assert.ok(error instanceof RecordsError, String(error));
    // The scanner leaves offset deltas to those who read them.
    return /its offset delta is/.test(error.message) ? "offset delta" : "refused";
  }
}

function randomRecord(random: SeededRandom): NewRecord {
  const bytes = () => random.boolean() ? random.bytes(random.integer(0, 200)) : null;
  return {
    timestamp: 1_600_000_000_000 + random.integer(-100_000, 100_000),
    key: bytes(),
    value: bytes(),
    headers: Array.from(
      { length: random.integer(0, 3) },
      (_, index) => ({ key: "k".repeat(index), value: bytes() }),
    ),
  };
}

Deno.test("RecordScanner sees what decodeRecords makes when records are any", () => {
  const random = new SeededRandom(SEED);
  for (let round = 0; round < 300; round++) {
    const records = Array.from({ length: random.integer(1, 20) }, () => randomRecord(random));
    const batch = new RecordBatch(encodeBatch(records, { baseOffset: random.integer(0, 1e9) }));
    assert.deepEqual(scanned(batch), decoded(batch), `round ${round}`);
    assert.equal(scanned(batch).length, records.length);
  }
});

Deno.test("RecordScanner refuses just what decodeRecords refuses when bytes are changed, cut or added", () => {
  const random = new SeededRandom(SEED);
  const count = { refused: 0, taken: 0 };
  for (let round = 0; round < 5000; round++) {
    const records = Array.from({ length: random.integer(1, 3) }, () => randomRecord(random));
    const good = encodeBatch(records).subarray(61);
    const bytes = good.slice(0, random.boolean() ? good.length : random.integer(0, good.length));
    for (let changes = random.integer(0, 2); changes > 0 && bytes.length > 0; changes--) {
      bytes[random.integer(0, bytes.length - 1)] = random.uint32();
    }
    const more = random.boolean() ? bytes : Uint8Array.of(...bytes, ...random.bytes(random.integer(0, 2)));
    const batch = new RecordBatch(rawBatch(more, records.length));
    const wanted = decoded(batch);
    if (wanted === "offset delta") continue;
    const found = scanned(batch);
    assert.deepEqual(found, wanted, `round ${round}`);
    count[found === "refused" ? "refused" : "taken"]++;
  }
  assert.ok(count.refused > 500 && count.taken > 500, JSON.stringify(count));
});
