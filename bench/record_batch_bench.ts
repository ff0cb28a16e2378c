/**
 * What a broker pays per produced batch, checkBatch with all that it implies, at the sizes that producers send; and what
 * clients pay per batch of 100-byte records to make and read one.
 * @module
 */
import { createHash } from "node:crypto";
import { compressionName, CompressionType } from "../protocol/compression_type.ts";
import { checkBatch, RecordBatch } from "../protocol/record_batch.ts";
import { decodeRecords, encodeBatch, findOffsetByTimestamp, type NewRecord } from "../protocol/records.ts";
import { SeededRandom } from "../protocol/testing/seeded_random.ts";

const SIZES = [1024, 16 * 1024, 256 * 1024];
const MAX_BYTES = 16 * 1024 * 1024;
const codecs = Object.values(CompressionType);

for (const size of SIZES) {
  const bytes = encodeBatch(makeRecords(size));
  const batch = new RecordBatch();
  const group = `${size / 1024} KiB`;
  Deno.bench({
    name: `checkBatch, ${group}`,
    group,
    fn() {
      if (checkBatch(bytes, 0, bytes.length, batch) !== undefined) throw new Error("the batch is good");
    },
  });
}

const records = makeRecords(16 * 1024);
for (const compression of codecs) {
  const name = compressionName(compression);
  const batch = new RecordBatch(encodeBatch(records, { compression }));
  const { maxTimestamp } = batch;
  Deno.bench({
    name: `encodeBatch, ${name}`,
    group: "encode 16 KiB",
    fn: () => void encodeBatch(records, { compression }),
  });
  Deno.bench({ name: `decodeRecords, ${name}`, group: "decode 16 KiB", fn: () => void countBytes(batch) });
  Deno.bench({
    name: `findOffsetByTimestamp, ${name}`,
    group: "find by time in 16 KiB",
    fn: () => void findOffsetByTimestamp(batch, maxTimestamp, { maxBytes: MAX_BYTES }),
  });
}

/**
 * Batches under each codec, what is read from them, and what was found in them. Compressed bytes are left out of the
 * digest where they are the runtime's, which may come to compress better.
 */
export function smoke(): string {
  const hash = createHash("sha256");
  for (const compression of codecs) {
    const bytes = encodeBatch(makeRecords(2000), { compression, baseOffset: 5 });
    const batch = new RecordBatch();
    const problem = checkBatch(bytes, 0, bytes.length, batch);
    if (problem !== undefined) throw new Error(problem.message);
    const isOurs = compression !== CompressionType.gzip && compression !== CompressionType.zstd;
    if (isOurs) hash.update(bytes);
    for (const { offset, timestamp, value } of decodeRecords(batch, { maxBytes: MAX_BYTES })) {
      hash.update(`${offset} ${timestamp} `).update(value ?? "null");
    }
    const found = findOffsetByTimestamp(batch, batch.maxTimestamp, { maxBytes: MAX_BYTES });
    hash.update(`${found?.offset} ${found?.timestamp}\n`);
  }
  return hash.digest("hex");
}

/** Records of 100 bytes of JSON-like text, together about `size` bytes; the last one is the latest. */
function makeRecords(size: number): NewRecord[] {
  const random = new SeededRandom(2);
  const encoder = new TextEncoder();
  return Array.from({ length: Math.max(1, Math.floor(size / 110)) }, (_, id) => {
    const value = encoder.encode(
      `{"id":${id},"user":"user-${random.integer(0, 9999)}","amount":${random.integer(0, 1e6) / 100},` +
        `"note":"${"x".repeat(30)}","ok":${random.boolean()}}`.padEnd(100),
    );
    return { timestamp: 1_700_000_000_000 + id, value: value.subarray(0, 100) };
  });
}

function countBytes(batch: RecordBatch): number {
  let count = 0;
  for (const { value } of decodeRecords(batch, { maxBytes: MAX_BYTES })) count += value?.length ?? 0;
  return count;
}
