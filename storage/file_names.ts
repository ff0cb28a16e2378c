/**
 * Every name in a data directory is made and parsed here, and is Kafka's, so that its tools and its broker find
 * what they expect. What they would not know ends in `.corrupt` or begins with `milena.`: Kafka passes over
 * such files.
 * @module
 */

export const LOCK = ".lock";
export const CLEAN_SHUTDOWN = ".kafka_cleanshutdown";
export const META_PROPERTIES = "meta.properties";
/** Ours. A plain file: Kafka refuses a directory here that is not TOPIC-N, but passes over files. */
export const CATALOG = "milena.topics.jsonl";
export const PRODUCER_IDS = "milena.producer-ids";
/** Of the machine that the directory was last in use on: see `Disk.bootId`. */
export const BOOT_ID = "milena.boot-id";
/** Room on the disk that is given up when there is none left. */
export const BALLAST = "milena.ballast";
export const RECOVERY_POINTS = "recovery-point-offset-checkpoint";
export const LOG_START_OFFSETS = "log-start-offset-checkpoint";
/** Up to where compaction has been. */
export const CLEANER_OFFSETS = "cleaner-offset-checkpoint";
/** Kafka's high watermarks. */
export const HIGH_WATERMARKS = "replication-offset-checkpoint";
/** What the compaction under way is to do. Not looked at by a later start. */
export const COMPACTION_JOB = "milena.compaction.tmp";
export const LEADER_EPOCHS = "leader-epoch-checkpoint";
export const PARTITION_METADATA = "partition.metadata";
/** KRaft's own log, beside the topics in a directory that comes from Kafka. */
export const CLUSTER_METADATA_TOPIC = "__cluster_metadata";

/** What is being written, until it is renamed to its name. */
export const TEMPORARY_SUFFIX = ".tmp";
/** A file that is no part of the log any more and waits for its removal. */
export const DELETED_SUFFIX = ".deleted";
/** A file of a compacted segment that is being written. */
export const CLEANED_SUFFIX = ".cleaned";
/** A file of a compacted segment that is to take the place of older ones: see `segment_swap.ts`. */
export const SWAP_SUFFIX = ".swap";
/** Evidence: bytes that recovery took out of a log. */
export const CORRUPT_SUFFIX = ".corrupt";

const MAX_NAME_LENGTH = 255;
const MAX_TOPIC_LENGTH = 249;
const OFFSET_DIGITS = 20;

export type SegmentFileKind = "log" | "index" | "timeindex" | "txnindex" | "snapshot";

/** The files of a segment, its log last: what takes a segment out of the log, or puts it in. */
export const SEGMENT_FILES = ["index", "timeindex", "txnindex", "log"] as const;

export interface SegmentFileName {
  /** First offset of the segment; of a snapshot, the offset up to which it holds. */
  readonly offset: number;
  readonly kind: SegmentFileKind;
}

/** "00000000000000000042.log" */
export function formatSegmentFile(offset: number, kind: SegmentFileKind): string {
  return `${String(offset).padStart(OFFSET_DIGITS, "0")}.${kind}`;
}

export function parseSegmentFile(name: string): SegmentFileName | undefined {
  const match = /^(\d{20})\.(log|index|timeindex|txnindex|snapshot)$/.exec(name);
  if (!match) return undefined;
  const offset = Number(match[1]);
  return Number.isSafeInteger(offset) ? { offset, kind: match[2] as SegmentFileKind } : undefined;
}

/** "00000000000000000042.txnindex.tmp": what a crash left of the making of an index. */
export function isUnfinishedIndex(name: string): boolean {
  return name.endsWith(TEMPORARY_SUFFIX) &&
    parseSegmentFile(name.slice(0, -TEMPORARY_SUFFIX.length))?.kind === "txnindex";
}

/** What a segment's file may be besides a part of the log. */
export type SegmentFileState = "cleaned" | "swap" | "deleted";

const STATE_SUFFIXES: Readonly<Record<SegmentFileState, string>> = {
  cleaned: CLEANED_SUFFIX,
  swap: SWAP_SUFFIX,
  deleted: DELETED_SUFFIX,
};

/** "00000000000000000042.log.swap" */
export function formatSegmentFileInState(
  offset: number,
  kind: SegmentFileKind,
  state: SegmentFileState,
): string {
  return formatSegmentFile(offset, kind) + STATE_SUFFIXES[state];
}

export interface SegmentFileInState extends SegmentFileName {
  readonly state: SegmentFileState;
}

export function parseSegmentFileInState(name: string): SegmentFileInState | undefined {
  const match = /^(.+)\.(cleaned|swap|deleted)$/.exec(name);
  const parsed = match === null ? undefined : parseSegmentFile(match[1]!);
  return parsed === undefined ? undefined : { ...parsed, state: match![2] as SegmentFileState };
}

/** "00000000000000000042.log.1234.corrupt": bytes of that segment from that position on; `copy` tells one from an earlier. */
export function formatCorruptFile(baseOffset: number, position: number, copy: number): string {
  const suffix = copy === 0 ? "" : `.${copy}`;
  return `${formatSegmentFile(baseOffset, "log")}.${position}${suffix}${CORRUPT_SUFFIX}`;
}

export type PartitionDirectoryState = "live" | "delete" | "future" | "stray";

export interface PartitionDirectoryName {
  readonly topic: string;
  readonly partition: number;
  readonly state: PartitionDirectoryState;
}

/** "topic-0" */
export function formatPartitionDirectory(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

/** "topic-0.0123…ef-delete", the topic shortened where the name would be too long for a file system. */
export function formatDeleteDirectory(topic: string, partition: number, uuidHex: string): string {
  const suffix = `-${partition}.${uuidHex}-delete`;
  return topic.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
}

export function parsePartitionDirectory(name: string): PartitionDirectoryName | undefined {
  const match = /^(.+)-(\d{1,10})(?:\.[0-9a-f]{32}-(delete|future|stray))?$/.exec(name);
  if (!match) return undefined;
  const topic = match[1]!;
  const partition = Number(match[2]);
  if (!isTopicName(topic) || String(partition) !== match[2] || partition > 0x7fffffff) return undefined;
  return { topic, partition, state: (match[3] ?? "live") as PartitionDirectoryState };
}

/** Kafka's rule, which also keeps a topic's name from reaching outside the data directory. */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(name) && name.length <= MAX_TOPIC_LENGTH && name !== "." && name !== "..";
}

export function join(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** The directory in which `path` lies; of a root, or of ".", itself. */
export function parentOf(path: string): string {
  const trimmed = path.replace(/(?<=.)\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return ".";
  return trimmed.slice(0, Math.max(slash, 1));
}
