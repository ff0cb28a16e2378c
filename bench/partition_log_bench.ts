/**
 * The log engine on this machine's file system: appends by batch size, reads at the tail and anywhere, and the reading of
 * a segment that recovery does. Files are small and written over and over, so that their pages are warm.
 * @module
 */
import { createHash } from "node:crypto";
import { openNativeDisk } from "../ffi/native_disk.ts";
import { RecordBatch } from "../protocol/record_batch.ts";
import { encodeBatch } from "../protocol/records.ts";
import type { BackgroundDisk } from "../storage/environment.ts";
import { defaultLogConfig } from "../storage/log_config.ts";
import { defaultStoreConfig } from "../storage/store_config.ts";
import { noObserver } from "../storage/log_observer.ts";
import type { PartitionLog } from "../storage/partition_log.ts";
import { scanSegment } from "../storage/segment_scan.ts";
import { TopicStore } from "../storage/topic_store.ts";

const MEBIBYTE = 1024 * 1024;
const LOG_BYTES = 32 * MEBIBYTE;
/** When the records were made, and the time it is: what comes from the future is refused. */
const RECORDS_MS = 1_700_000_000_000;

/** Syncs never come: this measures the reactor's side. */
const idle: BackgroundDisk = {
  sync: () => {},
  syncDirectory: () => {},
  warm: () => {},
  compact: () => {},
  remove: () => {},
  populate: () => {},
};

interface Bench extends Disposable {
  readonly log: PartitionLog;
  readonly directory: string;
}

function openLog(indexIntervalBytes = defaultLogConfig.indexIntervalBytes): Bench {
  const directory = Deno.makeTempDirSync({ prefix: "milena-bench-" });
  const store = TopicStore.open({
    directory,
    disk: openNativeDisk(),
    clock: { now: () => RECORDS_MS, monotonic: () => 0 },
    random: { bytes: (length) => new Uint8Array(length).fill(7) },
    background: idle,
    log: () => {},
    nodeId: 0,
    clusterId: undefined,
    config: defaultStoreConfig,
    parseLogConfig: () => ({ ...defaultLogConfig, indexIntervalBytes }),
    onReadableChange: () => {},
    observer: noObserver,
  });
  return {
    directory,
    log: store.createTopic("bench", 1, new Map()).partitions[0]!,
    [Symbol.dispose]: () => {
      store[Symbol.dispose]();
      Deno.removeSync(directory, { recursive: true });
    },
  };
}

/** A batch of records of 100 bytes. */
function batchOf(batchBytes: number): RecordBatch {
  const value = Uint8Array.from({ length: 100 }, (_, index) => index);
  const records = Array.from({ length: Math.max(Math.floor(batchBytes / 107), 1) }, () => ({
    key: null,
    value,
    headers: [],
    timestamp: RECORDS_MS,
  }));
  return new RecordBatch(encodeBatch(records));
}

function fill(log: PartitionLog, batch: RecordBatch, logBytes: number): number {
  let count = 0;
  for (let bytes = 0; bytes < logBytes; bytes += batch.sizeInBytes) {
    log.append(batch);
    count++;
  }
  return count;
}

for (const batchBytes of [1024, 16 * 1024, 256 * 1024]) {
  Deno.bench({
    name: `${LOG_BYTES / MEBIBYTE} MiB in batches of ${batchBytes / 1024} KiB`,
    group: "append",
    fn: (bench) => {
      using opened = openLog();
      const batch = batchOf(batchBytes);
      bench.start();
      fill(opened.log, batch, LOG_BYTES);
      bench.end();
    },
  });
}

for (const [name, isTail] of [["at the tail", true], ["anywhere", false]] as const) {
  Deno.bench({
    name: `1000 reads ${name}`,
    group: "read, batches of 16 KiB",
    fn: (bench) => {
      using opened = openLog();
      const batch = batchOf(16 * 1024);
      fill(opened.log, batch, LOG_BYTES);
      const { endOffset } = opened.log;
      bench.start();
      for (let at = 0; at < 1000; at++) {
        const offset = isTail ? endOffset - batch.recordCount : at * 7919 % endOffset;
        opened.log.read(offset, MEBIBYTE, { minOneBatch: true })!.file.release();
      }
      bench.end();
    },
  });
}

Deno.bench({
  name: `${LOG_BYTES / MEBIBYTE} MiB in batches of 16 KiB`,
  group: "scan, as recovery does",
  fn: (bench) => {
    using opened = openLog();
    fill(opened.log, batchOf(16 * 1024), LOG_BYTES);
    bench.start();
    scan(opened);
    bench.end();
  },
});

function scan({ directory }: Bench): number {
  using file = openNativeDisk().open(`${directory}/bench-0/00000000000000000000.log`);
  const limits = { baseOffset: 0, recoveryPoint: 0, latestEpoch: 0 };
  return scanSegment(file, limits, () => {}).endOffset;
}

/** A small log; the digest of its file, and the offset that a scan ends at. */
export function smoke(): string {
  using opened = openLog();
  const count = fill(opened.log, batchOf(1024), 20_000);
  const slice = opened.log.read(0, MEBIBYTE, { minOneBatch: true })!;
  const bytes = new Uint8Array(slice.length);
  slice.file.readAt(bytes, slice.position);
  slice.file.release();
  return `${createHash("sha256").update(bytes).digest("hex")} ${count} ${scan(opened)}`;
}
