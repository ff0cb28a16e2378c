/**
 * Walks a data directory and reports every invariant that does not hold: what tests run after every story, and what
 * `milena verify` will tell a person. Only reads. It has its own reading of indexes, so that a mistake in theirs does not hide
 * itself.
 * @module
 */
import { getInt64 } from "../protocol/int64.ts";
import { parseEpochCheckpoint, parseOffsetCheckpoint } from "./checkpoint_file.ts";
import type { Disk } from "./disk.ts";
import {
  CATALOG,
  CLEAN_SHUTDOWN,
  CLUSTER_METADATA_TOPIC,
  formatPartitionDirectory,
  formatSegmentFile,
  join,
  LEADER_EPOCHS,
  LOG_START_OFFSETS,
  META_PROPERTIES,
  parsePartitionDirectory,
  parseSegmentFile,
  PARTITION_METADATA,
  RECOVERY_POINTS,
  type SegmentFileKind,
} from "./file_names.ts";
import { parseMetaProperties } from "./meta_properties.ts";
import { parsePartitionMetadata } from "./partition_metadata.ts";
import { decodeProducerSnapshot } from "./producer_snapshot.ts";
import { scanSegment } from "./segment_scan.ts";
import { CatalogContent, type CatalogTopic } from "./topic_catalog.ts";
import { TransactionCheck } from "./transaction_check.ts";

const OFFSET_ENTRY_SIZE = 8;
const TIME_ENTRY_SIZE = 12;

export interface Problem {
  readonly path: string;
  readonly message: string;
}

export interface CheckReport {
  readonly problems: readonly Problem[];
  readonly partitionCount: number;
  readonly batchCount: number;
  /** Bytes of good batches. */
  readonly logBytes: number;
}

/** What the indexes may refer to. */
interface BatchPlace {
  readonly position: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** The largest timestamp up to and with this batch. */
  readonly maxTimestamp: number;
}

/** Checks the data directory of a broker that is not running, or a copy of one's. */
export function checkDataDirectory(disk: Disk, directory: string): CheckReport {
  const check = new Check(disk, directory);
  check.run();
  return check;
}

class Check implements CheckReport {
  readonly problems: Problem[] = [];
  partitionCount = 0;
  batchCount = 0;
  logBytes = 0;
  readonly #disk: Disk;
  readonly #directory: string;
  /** After a crash the end of a log may be torn; after a clean close nothing may be. */
  readonly #wasClosedCleanly: boolean;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
    this.#wasClosedCleanly = disk.exists(join(directory, CLEAN_SHUTDOWN));
  }

  run(): void {
    const meta = this.#readText(join(this.#directory, META_PROPERTIES));
    const parsedMeta = meta === undefined ? "it is missing" : parseMetaProperties(meta);
    if (typeof parsedMeta === "string") this.#report(join(this.#directory, META_PROPERTIES), parsedMeta);
    const recoveryPoints = this.#readOffsets(RECOVERY_POINTS);
    const logStartOffsets = this.#readOffsets(LOG_START_OFFSETS);
    const topics = this.#readCatalog();
    const found = new Set<string>();
    for (const { name, isDirectory } of this.#disk.list(this.#directory)) {
      const parsed = isDirectory ? parsePartitionDirectory(name) : undefined;
      if (parsed?.state !== "live" || parsed.topic === CLUSTER_METADATA_TOPIC) continue;
      found.add(name);
      const topic = topics?.get(parsed.topic);
      this.#checkPartition(name, topic, recoveryPoints.get(name) ?? 0, logStartOffsets.get(name) ?? 0);
      if (topics && parsed.partition >= (topic?.partitionCount ?? 0)) {
        this.#report(join(this.#directory, name), "the catalog does not know this partition");
      }
    }
    for (const { name, partitionCount } of topics?.values() ?? []) {
      for (let partition = 0; this.#wasClosedCleanly && partition < partitionCount; partition++) {
        const path = formatPartitionDirectory(name, partition);
        if (!found.has(path)) this.#report(join(this.#directory, path), "the directory is missing");
      }
    }
  }

  #report(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  #readBytes(path: string): Uint8Array | undefined {
    if (!this.#disk.exists(path)) return undefined;
    using file = this.#disk.open(path, { readOnly: true });
    const bytes = new Uint8Array(file.size());
    return bytes.subarray(0, file.readAt(bytes, 0));
  }

  #readText(path: string): string | undefined {
    const bytes = this.#readBytes(path);
    return bytes && new TextDecoder().decode(bytes);
  }

  #readOffsets(name: string): ReadonlyMap<string, number> {
    const path = join(this.#directory, name);
    const text = this.#readText(path);
    const offsets = text === undefined ? new Map<string, number>() : parseOffsetCheckpoint(text);
    if (typeof offsets !== "string") return offsets;
    this.#report(path, offsets);
    return new Map();
  }

  /** By name; undefined where there is no catalog: a directory of Apache Kafka's. */
  #readCatalog(): Map<string, CatalogTopic> | undefined {
    const path = join(this.#directory, CATALOG);
    const bytes = this.#readBytes(path);
    if (bytes === undefined) return undefined;
    const { topics, deleting, problem, validBytes } = new CatalogContent(bytes);
    if (problem !== undefined) this.#report(path, problem);
    if (this.#wasClosedCleanly && validBytes < bytes.length) this.#report(path, "its last line is torn");
    for (const { name } of this.#wasClosedCleanly ? deleting.values() : []) {
      // Allowed only where the disk has refused; then the broker has said so.
      this.#report(path, `the deletion of "${name}" was not finished`);
    }
    return new Map([...topics.values()].map((topic) => [topic.name, topic]));
  }

  #checkPartition(
    name: string,
    topic: CatalogTopic | undefined,
    recoveryPoint: number,
    logStartOffset: number,
  ): void {
    this.partitionCount++;
    const directory = join(this.#directory, name);
    const metadata = this.#readText(join(directory, PARTITION_METADATA));
    const id = metadata === undefined ? undefined : parsePartitionMetadata(metadata);
    if (this.#wasClosedCleanly && topic !== undefined && id !== topic.id) {
      this.#report(join(directory, PARTITION_METADATA), `it says ${id}; the catalog says ${topic.id}`);
    }
    const latestEpoch = this.#checkEpochs(join(directory, LEADER_EPOCHS));
    const files = new Map<SegmentFileKind, number[]>();
    for (const entry of this.#disk.list(directory)) {
      const parsed = parseSegmentFile(entry.name);
      if (parsed) files.set(parsed.kind, [...files.get(parsed.kind) ?? [], parsed.offset]);
    }
    const baseOffsets = files.get("log") ?? [];
    let endOffset = baseOffsets[0] ?? 0;
    const transactions = new TransactionCheck(endOffset);
    baseOffsets.forEach((baseOffset, index) => {
      const isLast = index === baseOffsets.length - 1;
      if (baseOffset < endOffset || (baseOffset > endOffset && baseOffset > recoveryPoint)) {
        this.#report(
          join(directory, formatSegmentFile(baseOffset, "log")),
          `it begins at ${baseOffset}; the segment before it ends at ${endOffset}`,
        );
      }
      endOffset = this.#checkSegment(
        directory,
        baseOffset,
        isLast,
        recoveryPoint,
        latestEpoch,
        transactions,
      );
    });
    if (this.#wasClosedCleanly && baseOffsets.length === 0) this.#report(directory, "it has no segment");
    if (recoveryPoint > endOffset) {
      this.#report(directory, `its recovery point is ${recoveryPoint}, behind its end, ${endOffset}`);
    }
    if (logStartOffset > endOffset) {
      this.#report(directory, `its log start offset is ${logStartOffset}, behind its end, ${endOffset}`);
    }
    if (this.#wasClosedCleanly) this.#checkSnapshots(directory, files.get("snapshot") ?? [], endOffset);
  }

  #checkEpochs(path: string): number {
    const text = this.#readText(path);
    const epochs = text === undefined ? "it is missing" : parseEpochCheckpoint(text);
    if (typeof epochs !== "string") return epochs[epochs.length - 1]?.epoch ?? Infinity;
    if (this.#wasClosedCleanly) this.#report(path, epochs);
    return Infinity;
  }

  #checkSnapshots(directory: string, offsets: readonly number[], endOffset: number): void {
    for (const offset of offsets) {
      const path = join(directory, formatSegmentFile(offset, "snapshot"));
      const entries = decodeProducerSnapshot(this.#readBytes(path)!);
      if (typeof entries === "string") {
        // Behind a good one nobody needs it: a power cut may have damaged it, as it is not worth a sync.
        if (offset === Math.max(...offsets)) this.#report(path, entries);
      } else if (entries.some(({ lastOffset }) => lastOffset >= offset)) {
        this.#report(path, "a producer's last offset is behind the snapshot's");
      }
      if (offset > endOffset) this.#report(path, `it is of offset ${offset}; the log ends at ${endOffset}`);
    }
  }

  /** Returns the offset behind the segment. */
  #checkSegment(
    directory: string,
    baseOffset: number,
    isLast: boolean,
    recoveryPoint: number,
    latestEpoch: number,
    transactions: TransactionCheck,
  ): number {
    const path = join(directory, formatSegmentFile(baseOffset, "log"));
    const batches: BatchPlace[] = [];
    let maxTimestamp = -1;
    let position = 0;
    using file = this.#disk.open(path, { readOnly: true });
    const scan = scanSegment(file, { baseOffset, recoveryPoint, latestEpoch }, (batch) => {
      maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp);
      batches.push({ position, baseOffset: batch.baseOffset, lastOffset: batch.lastOffset, maxTimestamp });
      position += batch.sizeInBytes;
      transactions.note(batch);
    });
    this.batchCount += batches.length;
    this.logBytes += scan.validBytes;
    const mayBeTorn = isLast && !this.#wasClosedCleanly && scan.tail !== "damaged";
    if (scan.tail !== "clean" && !mayBeTorn) this.#report(path, `at ${scan.validBytes}: ${scan.problem}`);
    // After a crash recovery makes the indexes of what was not flushed again.
    if (this.#wasClosedCleanly || scan.endOffset < recoveryPoint) {
      this.#checkOffsetIndex(join(directory, formatSegmentFile(baseOffset, "index")), baseOffset, batches);
      this.#checkTimeIndex(join(directory, formatSegmentFile(baseOffset, "timeindex")), baseOffset, batches);
      const txnIndexPath = join(directory, formatSegmentFile(baseOffset, "txnindex"));
      const bytes = this.#readBytes(txnIndexPath);
      for (const message of transactions.problems(bytes, [baseOffset, scan.endOffset])) {
        this.#report(txnIndexPath, message);
      }
    }
    return scan.endOffset;
  }

  #readEntries(path: string, entrySize: number): DataView | undefined {
    const bytes = this.#readBytes(path);
    if (bytes === undefined) {
      this.#report(path, "it is missing");
      return undefined;
    }
    if (bytes.length % entrySize !== 0) {
      this.#report(path, `its size, ${bytes.length}, is not a multiple of ${entrySize}`);
      return undefined;
    }
    return new DataView(bytes.buffer, 0, bytes.length);
  }

  #checkOffsetIndex(path: string, baseOffset: number, batches: readonly BatchPlace[]): void {
    const entries = this.#readEntries(path, OFFSET_ENTRY_SIZE);
    if (entries === undefined) return;
    const byPosition = new Map(batches.map((batch) => [batch.position, batch]));
    let lastOffset = -1;
    let lastPosition = 0;
    for (let at = 0; at < entries.byteLength; at += OFFSET_ENTRY_SIZE) {
      const offset = baseOffset + entries.getInt32(at);
      const position = entries.getInt32(at + 4);
      const batch = byPosition.get(position);
      const entry = `entry ${at / OFFSET_ENTRY_SIZE} (offset ${offset} at ${position})`;
      if (offset <= lastOffset || position <= lastPosition) this.#report(path, `${entry} does not rise`);
      if (batch === undefined) this.#report(path, `${entry} points at no batch`);
      // Kafka before 3.8 noted the last offset of all batches that were appended at once.
      else if (offset < batch.lastOffset) {
        this.#report(path, `${entry} points at a batch up to ${batch.lastOffset}`);
      }
      lastOffset = offset;
      lastPosition = position;
    }
  }

  #checkTimeIndex(path: string, baseOffset: number, batches: readonly BatchPlace[]): void {
    const entries = this.#readEntries(path, TIME_ENTRY_SIZE);
    if (entries === undefined) return;
    const byLastOffset = new Map(batches.map((batch) => [batch.lastOffset, batch]));
    let lastTimestamp = -1;
    let lastOffset = -1;
    for (let at = 0; at < entries.byteLength; at += TIME_ENTRY_SIZE) {
      const timestamp = getInt64(entries, at);
      const offset = baseOffset + entries.getInt32(at + 8);
      const entry = `entry ${at / TIME_ENTRY_SIZE} (timestamp ${timestamp} at offset ${offset})`;
      if (timestamp <= lastTimestamp || offset <= lastOffset) this.#report(path, `${entry} does not rise`);
      const batch = byLastOffset.get(offset);
      if (batch !== undefined && batch.maxTimestamp !== timestamp) {
        this.#report(path, `${entry}: the largest timestamp up to there is ${batch.maxTimestamp}`);
      }
      lastTimestamp = timestamp;
      lastOffset = offset;
    }
    const largest = batches[batches.length - 1]?.maxTimestamp ?? -1;
    if (lastTimestamp !== largest) {
      this.#report(path, `its last timestamp is ${lastTimestamp}; the segment's largest is ${largest}`);
    }
  }
}
