/**
 * Compaction on this machine's file system: a log of 64 MiB, by size of records and by codec, in which each key has four
 * records; the same when there is nothing to do; and what the parts of it cost: hashing a key, and the map.
 * @module
 */
import { createHash } from "node:crypto";
import { openNativeDisk } from "../ffi/native_disk.ts";
import { compressionName, CompressionType } from "../protocol/compression_type.ts";
import { encodeBatch, type NewRecord } from "../protocol/records.ts";
import { SeededRandom } from "../protocol/testing/seeded_random.ts";
import { Compaction } from "../storage/compaction/compaction.ts";
import type { CompactionResult } from "../storage/compaction/compaction_outcome.ts";
import type { CompactionJob, SegmentSummary } from "../storage/compaction/compaction_job.ts";
import { type HashSeed, KeyHash } from "../storage/compaction/key_hash.ts";
import { KeyOffsetMap } from "../storage/compaction/key_offset_map.ts";
import { formatSegmentFile, formatSegmentFileInState } from "../storage/file_names.ts";

const MEBIBYTE = 1024 * 1024;
const LOG_BYTES = 64 * MEBIBYTE;
const SEGMENT_BYTES = 16 * MEBIBYTE;
const BATCH_BYTES = 16 * 1024;
const RECORDS_PER_KEY = 4;
const SEED: HashSeed = [1, 2, 3, 4];

interface LogShape {
  readonly logBytes: number;
  readonly segmentBytes: number;
  /** Of a record's value. */
  readonly valueBytes: number;
  readonly compression: CompressionType;
}

interface MadeLog extends Disposable {
  readonly job: CompactionJob;
}

/** Writes a log; `logBytes` counts records unpacked. */
function makeLog({ logBytes, segmentBytes, valueBytes, compression }: LogShape): MadeLog {
  const directory = Deno.makeTempDirSync({ prefix: "milena-bench-" });
  const random = new SeededRandom(3);
  const encoder = new TextEncoder();
  const keyCount = Math.max(Math.floor(logBytes / valueBytes / RECORDS_PER_KEY), 1);
  const word = () => ["order", "paid", "shipped", "customer", "amount", "note"][random.integer(0, 5)]!;
  const values = Array.from(
    { length: 16 },
    () => encoder.encode(Array.from({ length: valueBytes }, word).join(" ").slice(0, valueBytes)),
  );
  const segments: SegmentSummary[] = [];
  let offset = 0;
  for (let bytesLeft = logBytes; bytesLeft > 0; bytesLeft -= segmentBytes) {
    const baseOffset = offset;
    using file = openNativeDisk().open(`${directory}/${formatSegmentFile(baseOffset, "log")}`, {
      create: true,
    });
    let sizeInBytes = 0;
    for (let unpacked = 0; unpacked < Math.min(segmentBytes, bytesLeft); unpacked += BATCH_BYTES) {
      const records: NewRecord[] = Array.from({ length: Math.ceil(BATCH_BYTES / valueBytes) }, () => ({
        timestamp: 1_700_000_000_000 + offset,
        key: encoder.encode(`customer-${String(random.integer(0, keyCount - 1)).padStart(9, "0")}`),
        value: values[random.integer(0, 15)]!,
      }));
      const bytes = encodeBatch(records, { compression, baseOffset: offset, leaderEpoch: 0 });
      file.writeAt(bytes, sizeInBytes);
      sizeInBytes += bytes.length;
      offset += records.length;
    }
    segments.push({ baseOffset, endOffset: offset, sizeInBytes, largestTimestampMs: 1 });
  }
  return {
    job: {
      directory,
      segments,
      firstDirtyOffset: 0,
      endOffset: offset,
      nowMs: 0,
      deleteRetentionMs: 0,
      segmentBytes,
      segmentIndexBytes: 10 * MEBIBYTE,
      indexIntervalBytes: 4096,
      producers: [],
      abortedTransactions: [],
      hashSeed: SEED,
      keyMapBytes: 128 * MEBIBYTE,
      bufferBytes: MEBIBYTE / 2,
      maxUnpackedBytes: 64 * MEBIBYTE,
      bytesPerSecond: 0,
    },
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

interface Compacted {
  readonly result: CompactionResult;
  /** Of the new segments. */
  readonly baseOffsets: readonly number[];
}

/** Goes through the log, leaving `.cleaned` files. */
function compact(job: CompactionJob): Compacted {
  const compaction = new Compaction({
    disk: openNativeDisk(),
    clock: { monotonic: () => performance.now() },
    log: (_, message) => {
      throw new Error(message);
    },
    pause: () => {},
  }, job);
  compaction.begin();
  const baseOffsets: number[] = [];
  for (let group = compaction.next(); group !== undefined; group = compaction.next()) {
    if (group.kind === "rewritten") baseOffsets.push(group.baseOffset);
  }
  return { result: compaction.result, baseOffsets };
}

/** Made when first asked for, since every import of this file would make them otherwise. */
const logs = new Map<string, MadeLog>();
globalThis.addEventListener("unload", () => {
  for (const log of logs.values()) log[Symbol.dispose]();
});

function logOf(valueBytes: number, compression: CompressionType): MadeLog {
  const name = `${valueBytes} ${compression}`;
  const log = logs.get(name) ??
    makeLog({ logBytes: LOG_BYTES, segmentBytes: SEGMENT_BYTES, valueBytes, compression });
  logs.set(name, log);
  return log;
}

const options = { group: `${LOG_BYTES / MEBIBYTE} MiB of records, unpacked`, n: 5, warmup: 1 };
for (const valueBytes of [100, 1024, 10 * 1024]) {
  for (const compression of valueBytes === 1024 ? Object.values(CompressionType) : [CompressionType.none]) {
    const name = `${valueBytes} bytes each, ${compressionName(compression)}`;
    Deno.bench(name, options, (bench) => {
      const { job } = logOf(valueBytes, compression);
      bench.start();
      compact(job);
      bench.end();
    });
  }
}

Deno.bench("1024 bytes each, none, nothing to do", options, (bench) => {
  const { job } = logOf(1024, CompressionType.none);
  bench.start();
  compact({ ...job, firstDirtyOffset: job.endOffset });
  bench.end();
});

const keys = Array.from({ length: 100_000 }, (_, index) => new TextEncoder().encode(`customer-${index}`));
const hash = new KeyHash(SEED);
Deno.bench({
  name: "KeyHash, 100,000 keys of 14 bytes",
  group: "keys",
  fn() {
    for (const key of keys) hash.update(key, 0, key.length);
  },
});
Deno.bench({
  name: "MD5 of node:crypto, 10,000 keys of 14 bytes",
  group: "keys",
  fn() {
    for (let index = 0; index < 10_000; index++) createHash("md5").update(keys[index]!).digest();
  },
});
Deno.bench({
  name: "KeyOffsetMap.put, 100,000 keys up to nine slots of ten",
  group: "keys",
  fn(bench) {
    const map = new KeyOffsetMap({ maxBytes: MEBIBYTE * 128, maxKeyCount: keys.length, seed: SEED });
    bench.start();
    keys.forEach((key, offset) => map.put(key, 0, key.length, offset));
    bench.end();
  },
});

/** A small log, compacted: the digest of what it becomes, and its figures. */
export function smoke(): string {
  const digest = createHash("sha256");
  using log = makeLog({
    logBytes: 256 * 1024,
    segmentBytes: 64 * 1024,
    valueBytes: 200,
    compression: CompressionType.lz4,
  });
  const { result: { recordsKept, recordsDropped, bytesRead }, baseOffsets } = compact(log.job);
  const disk = openNativeDisk();
  for (const baseOffset of baseOffsets) {
    for (const kind of ["log", "index", "timeindex"] as const) {
      using file = disk.open(
        `${log.job.directory}/${formatSegmentFileInState(baseOffset, kind, "cleaned")}`,
      );
      const bytes = new Uint8Array(file.size());
      file.readAt(bytes, 0);
      digest.update(bytes);
    }
  }
  return `${digest.digest("hex")} ${recordsKept} ${recordsDropped} ${bytesRead}`;
}
