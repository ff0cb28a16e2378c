/**
 * Walks a data directory and reports every invariant that does not hold: what tests run after every story, and what
 * `milena verify` tells a person. Only reads. It has its own reading of indexes and records, so that a mistake in theirs
 * does not hide itself. Of logs and indexes it keeps nothing, however long they are.
 *
 * A problem breaks an invariant. A note is what may be so: the end of a log that a crash has torn, indexes that recovery
 * will make again, files on their way out.
 * @module
 */
import { CheckContext, type CheckCounts } from "./check/check_context.ts";
import { type Finding, Findings, type FindingSink } from "./check/findings.ts";
import { checkPartition, passingMeaning } from "./check/partition_check.ts";
import { parseOffsetCheckpoint } from "./checkpoint_file.ts";
import type { DirectoryEntry, Disk } from "./disk.ts";
import {
  CATALOG,
  CLEAN_SHUTDOWN,
  CLEANER_OFFSETS,
  CLUSTER_METADATA_TOPIC,
  formatPartitionDirectory,
  HIGH_WATERMARKS,
  join,
  LOG_START_OFFSETS,
  META_PROPERTIES,
  parsePartitionDirectory,
  parseSegmentFile,
  PRODUCER_IDS,
  RECOVERY_POINTS,
} from "./file_names.ts";
import { parseMetaProperties } from "./meta_properties.ts";
import { parseProducerIds } from "./producer_ids.ts";
import { CatalogContent, type CatalogTopic } from "./topic_catalog.ts";

export type { Finding, FindingKind } from "./check/findings.ts";

export interface CheckReport extends CheckCounts {
  readonly problems: readonly Finding[];
  readonly notes: readonly Finding[];
}

export interface CheckOptions {
  /** Gets each finding when it is found. */
  readonly onFinding: FindingSink;
  /** `totalBytes` are those of all log files, as they were at the start. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface CheckSummary extends CheckCounts {
  readonly problemCount: number;
  readonly noteCount: number;
  readonly wasClosedCleanly: boolean;
}

/** Checks the data directory of a broker that is not running, or a copy of one's. */
export function checkDataDirectory(disk: Disk, directory: string): CheckReport {
  const found: Record<"problem" | "note", Finding[]> = { problem: [], note: [] };
  const summary = inspectDataDirectory(disk, directory, {
    onFinding: (kind, finding) => found[kind].push(finding),
  });
  return { ...summary, problems: found.problem, notes: found.note };
}

/** The same, for directories of any size: nothing of what is found is kept. */
export function inspectDataDirectory(disk: Disk, directory: string, options: CheckOptions): CheckSummary {
  return new DirectoryCheck(disk, directory, options).run();
}

/** Whether it looks like a data directory of Milena's or Kafka's, in whatever state. */
export function isDataDirectory(disk: Disk, directory: string): boolean {
  const marks = [META_PROPERTIES, CATALOG, RECOVERY_POINTS, LOG_START_OFFSETS];
  return disk.list(directory).some(({ name, isDirectory }) =>
    isDirectory
      ? parsePartitionDirectory(name) !== undefined &&
        disk.list(join(directory, name)).some((entry) => parseSegmentFile(entry.name) !== undefined)
      : marks.includes(name)
  );
}

class DirectoryCheck {
  readonly #context: CheckContext;
  readonly #directory: string;
  readonly #onProgress: CheckOptions["onProgress"];
  #doneBytes = 0;
  #totalBytes = 0;

  constructor(disk: Disk, directory: string, { onFinding, onProgress }: CheckOptions) {
    this.#directory = directory;
    this.#onProgress = onProgress;
    const wasClosedCleanly = disk.exists(join(directory, CLEAN_SHUTDOWN));
    this.#context = new CheckContext(disk, new Findings(onFinding), wasClosedCleanly, (bytes) => {
      this.#doneBytes += bytes;
      onProgress?.(this.#doneBytes, this.#totalBytes);
    });
  }

  run(): CheckSummary {
    const { findings, counts, wasClosedCleanly } = this.#context;
    // Before the logs: what was flushed stays flushed, if a broker is at work.
    const recoveryPoints = this.#readOffsets(RECOVERY_POINTS);
    const logStartOffsets = this.#readOffsets(LOG_START_OFFSETS);
    const upperBounds = [CLEANER_OFFSETS, HIGH_WATERMARKS].map((name) =>
      [name, this.#readOffsets(name)] as const
    );
    this.#checkMeta();
    this.#checkProducerIds();
    const entries = this.#context.disk.list(this.#directory);
    const topics = this.#readCatalog();
    if (this.#onProgress) this.#totalBytes = this.#sumLogBytes(entries);
    const found = new Set<string>();
    for (const { name, isDirectory } of entries) {
      const parsed = isDirectory ? parsePartitionDirectory(name) : undefined;
      const path = join(this.#directory, name);
      if (parsed === undefined) {
        const meaning = isDirectory ? undefined : passingMeaning(name);
        if (meaning !== undefined) findings.note(path, meaning);
        continue;
      }
      if (parsed.state !== "live") {
        findings.note(path, `a directory of the kind "${parsed.state}" is not looked into`);
        continue;
      }
      found.add(name);
      const topic = topics?.get(parsed.topic);
      const isKafkasOwn = parsed.topic === CLUSTER_METADATA_TOPIC;
      const endOffset = this.#context.reading(path, () =>
        checkPartition(this.#context, {
          directory: path,
          topic,
          isKafkasOwn,
          recoveryPoint: isKafkasOwn ? Infinity : recoveryPoints.get(name) ?? 0,
          logStartOffset: logStartOffsets.get(name) ?? 0,
        }));
      for (const [checkpoint, offsets] of upperBounds) {
        const offset = offsets.get(name) ?? 0;
        if (endOffset !== undefined && offset > endOffset) {
          const message = `it says ${offset} for ${name}, which ends at ${endOffset}`;
          this.#context.tellUnlessCrashed(join(this.#directory, checkpoint), message);
        }
      }
      if (topics && !isKafkasOwn && parsed.partition >= (topic?.partitionCount ?? 0)) {
        findings.problem(path, "the catalog does not know this partition");
      }
    }
    for (const { name, partitionCount } of topics?.values() ?? []) {
      for (let partition = 0; wasClosedCleanly && partition < partitionCount; partition++) {
        const path = formatPartitionDirectory(name, partition);
        if (!found.has(path)) findings.problem(join(this.#directory, path), "the directory is missing");
      }
    }
    for (const name of wasClosedCleanly ? recoveryPoints.keys() : []) {
      if (found.has(name)) continue;
      const path = join(this.#directory, RECOVERY_POINTS);
      findings.tell(topics ? "problem" : "note", path, `it speaks of ${name}, which is not there`);
    }
    findings.finish();
    const { problemCount, noteCount } = findings;
    return { ...counts, problemCount, noteCount, wasClosedCleanly };
  }

  #checkMeta(): void {
    const path = join(this.#directory, META_PROPERTIES);
    const text = this.#context.readText(path);
    const parsed = text === undefined ? "it is missing" : parseMetaProperties(text);
    if (typeof parsed === "string") this.#context.findings.problem(path, parsed);
  }

  #checkProducerIds(): void {
    const path = join(this.#directory, PRODUCER_IDS);
    const text = this.#context.readText(path);
    if (text !== undefined && parseProducerIds(text) === undefined) {
      this.#context.findings.problem(path, "it says no number of producer ids");
    }
  }

  #sumLogBytes(entries: readonly DirectoryEntry[]): number {
    const { disk } = this.#context;
    let sum = 0;
    for (const { name, isDirectory } of entries) {
      if (!isDirectory || parsePartitionDirectory(name)?.state !== "live") continue;
      const directory = join(this.#directory, name);
      // What can't be read is told of when its turn comes.
      try {
        for (const file of disk.list(directory)) {
          if (parseSegmentFile(file.name)?.kind !== "log") continue;
          using log = disk.open(join(directory, file.name), { readOnly: true });
          sum += log.size();
        }
      } catch {
        continue;
      }
    }
    return sum;
  }

  #readOffsets(name: string): ReadonlyMap<string, number> {
    const path = join(this.#directory, name);
    const text = this.#context.readText(path);
    // Kafka makes such a file empty before it has anything to say.
    const isKafkas = text === "" && !this.#context.disk.exists(join(this.#directory, CATALOG));
    const offsets = text === undefined || isKafkas ? new Map<string, number>() : parseOffsetCheckpoint(text);
    if (typeof offsets !== "string") return offsets;
    this.#context.findings.problem(path, offsets);
    return new Map();
  }

  /** By name; undefined where there is no catalog: a directory of Apache Kafka's. */
  #readCatalog(): Map<string, CatalogTopic> | undefined {
    const path = join(this.#directory, CATALOG);
    const bytes = this.#context.readBytes(path);
    if (bytes === undefined) return undefined;
    const { findings, wasClosedCleanly } = this.#context;
    const { topics, deleting, problem, validBytes } = new CatalogContent(bytes);
    if (problem !== undefined) findings.problem(path, problem, { position: validBytes });
    else if (validBytes < bytes.length) this.#context.tellUnlessCrashed(path, "its last line is torn");
    for (const { name } of wasClosedCleanly ? deleting.values() : []) {
      // Allowed only where the disk has refused; then the broker has said so.
      findings.problem(path, `the deletion of "${name}" was not finished`);
    }
    return new Map([...topics.values()].map((topic) => [topic.name, topic]));
  }
}
