/**
 * What a file of a data directory holds, by its name: also of one that was renamed on its way out, or set aside.
 * @module
 */
import {
  CATALOG,
  CLEANER_OFFSETS,
  HIGH_WATERMARKS,
  LEADER_EPOCHS,
  LOG_START_OFFSETS,
  META_PROPERTIES,
  parseSegmentFile,
  PARTITION_METADATA,
  PRODUCER_IDS,
  RECOVERY_POINTS,
  type SegmentFileKind,
} from "./file_names.ts";

export type FileKind =
  | SegmentFileKind
  | "offset-checkpoint"
  | "epoch-checkpoint"
  | "partition-metadata"
  | "properties"
  | "producer-ids"
  | "catalog";

export interface FileContent {
  readonly kind: FileKind;
  /** The offset that its name says; undefined if it says none. */
  readonly baseOffset?: number;
}

const KIND_OF_NAME: Readonly<Record<string, FileKind>> = {
  [RECOVERY_POINTS]: "offset-checkpoint",
  [LOG_START_OFFSETS]: "offset-checkpoint",
  [CLEANER_OFFSETS]: "offset-checkpoint",
  [HIGH_WATERMARKS]: "offset-checkpoint",
  [LEADER_EPOCHS]: "epoch-checkpoint",
  [PARTITION_METADATA]: "partition-metadata",
  [META_PROPERTIES]: "properties",
  [PRODUCER_IDS]: "producer-ids",
  [CATALOG]: "catalog",
};

const SEGMENT_KINDS: readonly SegmentFileKind[] = ["log", "index", "timeindex", "txnindex", "snapshot"];

/** Undefined if the name is none of those in a data directory. */
export function fileContent(name: string): FileContent | undefined {
  // "….log.1234.corrupt" begins in the middle of a segment, at a batch or at what is left of one.
  const bare = name.replace(/(\.deleted|\.cleaned|\.swap|\.tmp|\.\d+(\.\d+)?\.corrupt)+$/, "");
  const kind = KIND_OF_NAME[bare];
  if (kind !== undefined) return { kind };
  const segment = parseSegmentFile(bare);
  if (segment !== undefined) return { kind: segment.kind, baseOffset: segment.offset };
  // Snapshots of KRaft's log are batches like a log's.
  if (bare.endsWith(".checkpoint")) return { kind: "log" };
  const extension = SEGMENT_KINDS.find((kind) => bare.endsWith(`.${kind}`));
  return extension === undefined ? undefined : { kind: extension };
}
