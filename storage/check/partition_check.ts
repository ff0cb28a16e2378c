/**
 * One partition's directory: that its segments follow each other, and what stands beside them.
 * @module
 */
import { type EpochStart, parseEpochCheckpoint } from "../checkpoint_file.ts";
import {
  CLEANED_SUFFIX,
  CORRUPT_SUFFIX,
  DELETED_SUFFIX,
  formatSegmentFile,
  join,
  LEADER_EPOCHS,
  parseSegmentFile,
  PARTITION_METADATA,
  type SegmentFileKind,
  SWAP_SUFFIX,
  TEMPORARY_SUFFIX,
} from "../file_names.ts";
import { parsePartitionMetadata } from "../partition_metadata.ts";
import { decodeProducerSnapshot } from "../producer_snapshot.ts";
import { TransactionCheck } from "../transaction_check.ts";
import type { CatalogTopic } from "../topic_catalog.ts";
import type { CheckContext } from "./check_context.ts";
import { checkSegment } from "./segment_check.ts";

export interface PartitionFacts {
  readonly directory: string;
  /** As the catalog has it; undefined if there is no catalog, or it does not know it. */
  readonly topic: CatalogTopic | undefined;
  readonly recoveryPoint: number;
  readonly logStartOffset: number;
  /** KRaft's own log: no checkpoint speaks of it, and it has files of its own. */
  readonly isKafkasOwn: boolean;
}

/** What is there for a while, and why that is no problem. */
const PASSING_SUFFIXES: readonly (readonly [suffix: string, meaning: string])[] = [
  [DELETED_SUFFIX, "it is no part of the log any more and waits for its removal"],
  [CLEANED_SUFFIX, "a compaction was writing it"],
  [SWAP_SUFFIX, "a compaction had written it and not yet put it in its place"],
  [TEMPORARY_SUFFIX, "it was being written and not yet put in its place"],
  [CORRUPT_SUFFIX, "an earlier recovery set these bytes aside as damaged"],
];

/** What a file with this name is in passing; undefined if it is none of these. */
export function passingMeaning(name: string): string | undefined {
  return PASSING_SUFFIXES.find(([suffix]) => name.endsWith(suffix))?.[1];
}

/** Returns the offset behind the last record. */
export function checkPartition(context: CheckContext, facts: PartitionFacts): number {
  return new PartitionCheck(context, facts).run();
}

class PartitionCheck {
  readonly #context: CheckContext;
  readonly #facts: PartitionFacts;

  constructor(context: CheckContext, facts: PartitionFacts) {
    this.#context = context;
    this.#facts = facts;
  }

  run(): number {
    const { directory, logStartOffset, recoveryPoint, isKafkasOwn } = this.#facts;
    const { counts, findings, wasClosedCleanly } = this.#context;
    counts.partitionCount++;
    this.#checkMetadata();
    const epochs = this.#readEpochs();
    const files = this.#listFiles();
    const baseOffsets = [...files.get("log") ?? []];
    this.#tellOrphans(files);
    let endOffset = baseOffsets[0] ?? 0;
    const transactions = new TransactionCheck(endOffset);
    baseOffsets.forEach((baseOffset, index) => {
      this.#checkBegin(baseOffset, endOffset);
      endOffset = checkSegment(this.#context, {
        directory,
        baseOffset,
        isLast: index === baseOffsets.length - 1,
        recoveryPoint,
        logStartOffset,
        epochs,
        transactions,
        has: (kind) => files.get(kind)?.has(baseOffset) === true,
      });
    });
    if (wasClosedCleanly && baseOffsets.length === 0) findings.problem(directory, "it has no segment");
    if (!isKafkasOwn && recoveryPoint > endOffset) {
      findings.problem(directory, `its recovery point is ${recoveryPoint}, behind its end, ${endOffset}`);
    } else if (!isKafkasOwn && wasClosedCleanly && recoveryPoint < endOffset) {
      findings.problem(
        directory,
        `it was closed cleanly, and its recovery point is ${recoveryPoint}, before its end, ${endOffset}`,
      );
    }
    if (logStartOffset > endOffset) {
      findings.problem(directory, `its log start offset is ${logStartOffset}, behind its end, ${endOffset}`);
    }
    this.#checkSnapshots([...files.get("snapshot") ?? []], endOffset);
    return endOffset;
  }

  #checkMetadata(): void {
    const { directory, topic } = this.#facts;
    const path = join(directory, PARTITION_METADATA);
    const text = this.#context.readText(path);
    const id = text === undefined ? undefined : parsePartitionMetadata(text);
    if (topic !== undefined && id !== topic.id) {
      const found = text === undefined
        ? "it is missing"
        : id === undefined
        ? "it has no id"
        : `it says ${id}`;
      this.#context.tellUnlessCrashed(path, `${found}; the catalog says ${topic.id}`);
    } else if (text !== undefined && id === undefined) {
      this.#context.tellUnlessCrashed(path, "it has no topic id");
    }
  }

  #readEpochs(): readonly EpochStart[] | undefined {
    const path = join(this.#facts.directory, LEADER_EPOCHS);
    const text = this.#context.readText(path);
    const epochs = text === undefined ? "it is missing" : parseEpochCheckpoint(text);
    if (typeof epochs !== "string") return epochs;
    this.#context.tellUnlessCrashed(path, epochs);
    return undefined;
  }

  /** Offsets by kind, rising. */
  #listFiles(): Map<SegmentFileKind, Set<number>> {
    const { directory } = this.#facts;
    const files = new Map<SegmentFileKind, Set<number>>();
    for (const { name, isDirectory } of this.#context.disk.list(directory)) {
      if (isDirectory) continue;
      const parsed = parseSegmentFile(name);
      if (parsed === undefined) {
        const meaning = passingMeaning(name);
        if (meaning !== undefined) this.#context.findings.note(join(directory, name), meaning);
        continue;
      }
      const offsets = files.get(parsed.kind);
      if (offsets) offsets.add(parsed.offset);
      else files.set(parsed.kind, new Set([parsed.offset]));
    }
    return files;
  }

  #tellOrphans(files: ReadonlyMap<SegmentFileKind, ReadonlySet<number>>): void {
    for (const kind of ["index", "timeindex", "txnindex"] as const) {
      for (const offset of files.get(kind) ?? []) {
        if (files.get("log")?.has(offset)) continue;
        const path = join(this.#facts.directory, formatSegmentFile(offset, kind));
        this.#context.tellUnlessCrashed(path, "there is no log file that it is the index of");
      }
    }
  }

  /** Offsets may be missing only below the recovery point: there compaction has been, or a damaged segment was cut. */
  #checkBegin(baseOffset: number, endOffset: number): void {
    if (baseOffset === endOffset) return;
    const { directory, recoveryPoint, topic } = this.#facts;
    const path = join(directory, formatSegmentFile(baseOffset, "log"));
    const message = `it begins at ${baseOffset}; the segment before it ends at ${endOffset}`;
    if (baseOffset < endOffset || baseOffset > recoveryPoint) {
      this.#context.findings.problem(path, message, { offset: endOffset });
    } else if (!topic?.configs.get("cleanup.policy")?.includes("compact")) {
      this.#context.findings.note(path, `${message}: compaction, or a recovery, took out what was between`, {
        offset: endOffset,
      });
    }
  }

  #checkSnapshots(offsets: readonly number[], endOffset: number): void {
    const { findings, wasClosedCleanly } = this.#context;
    for (const offset of offsets) {
      const path = join(this.#facts.directory, formatSegmentFile(offset, "snapshot"));
      const bytes = this.#context.readBytes(path);
      if (bytes === undefined) continue;
      const entries = decodeProducerSnapshot(bytes);
      if (typeof entries === "string") {
        // Behind a good one nobody needs it: a power cut may have damaged it, as it is not worth a sync.
        const isProblem = wasClosedCleanly && offset === Math.max(...offsets);
        findings.tell(isProblem ? "problem" : "note", path, entries);
      } else if (entries.some(({ lastOffset }) => lastOffset >= offset)) {
        this.#context.tellUnlessCrashed(path, "a producer's last offset is behind the snapshot's");
      }
      if (offset > endOffset) {
        this.#context.tellUnlessCrashed(path, `it is of offset ${offset}; the log ends at ${endOffset}`);
      }
    }
  }
}
