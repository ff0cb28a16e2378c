/**
 * The directory under which everything lies: whose it is, who has it open, and whether it was closed well.
 *
 * `.lock` is held while it is open. `.kafka_cleanshutdown` is there only between a clean close and the next start, so
 * that after a crash it is missing. `meta.properties` says which broker it belongs to; a directory that has none and is
 * not empty is somebody else's, and nothing is ever written there.
 * @module
 */
import { newUuid } from "../protocol/uuid.ts";
import { readText, replaceFile } from "./atomic_file.ts";
import type { Disk } from "./disk.ts";
import type { Random } from "./environment.ts";
import {
  BOOT_ID,
  CLEAN_SHUTDOWN,
  join,
  LOCK,
  META_PROPERTIES,
  parentOf,
  TEMPORARY_SUFFIX,
} from "./file_names.ts";
import { DataDirectoryError, diskErrorCode, errorText } from "./log_error.ts";
import { formatMetaProperties, type MetaProperties, parseMetaProperties } from "./meta_properties.ts";

const CLEAN_SHUTDOWN_CONTENT = '{"version":0,"brokerEpoch":-1}';
/** What may lie in a directory that nobody has used yet. "lost+found": the root of a file system. */
const HARMLESS_ENTRIES = [LOCK, META_PROPERTIES + TEMPORARY_SUFFIX, "lost+found"];

export interface DataDirectoryOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly random: Random;
  readonly nodeId: number;
  /** For a new directory; undefined: a random one. An existing directory must have this one, if it is given. */
  readonly clusterId: string | undefined;
}

export class DataDirectory implements Disposable {
  readonly path: string;
  readonly clusterId: string;
  readonly directoryId: string;
  /** The last owner closed everything well: there is nothing to recover. */
  readonly wasClosedCleanly: boolean;
  /**
   * Of what was written last some may be missing, here this and there that, for the power may have failed: a process that
   * was merely killed leaves all that it has written.
   */
  readonly mayHaveLostWrites: boolean;
  readonly #disk: Disk;
  readonly #lock: Disposable;

  private constructor(options: DataDirectoryOptions, lock: Disposable) {
    const { disk, directory } = options;
    this.path = directory;
    this.#disk = disk;
    this.#lock = lock;
    const { clusterId, directoryId } = readOrCreateMeta(options);
    this.clusterId = clusterId;
    this.directoryId = directoryId;
    this.wasClosedCleanly = disk.exists(join(directory, CLEAN_SHUTDOWN));
    const bootId = disk.bootId();
    this.mayHaveLostWrites = !this.wasClosedCleanly &&
      (bootId === undefined || readText(disk, join(directory, BOOT_ID)) !== bootId);
  }

  /** Makes the directory if there is none. Throws DataDirectoryError with one sentence if it can't be used. */
  static open(options: DataDirectoryOptions): DataDirectory {
    const { disk, directory } = options;
    let lock: Disposable | undefined;
    try {
      makeDurableDirectory(disk, directory);
      refuseForeign(disk, directory);
      lock = disk.lock(join(directory, LOCK));
      if (lock === undefined) {
        throw new DataDirectoryError(
          `the data directory ${directory} is in use by another process; stop that one, or choose another --data-dir`,
        );
      }
      return new DataDirectory(options, lock);
    } catch (error) {
      lock?.[Symbol.dispose]();
      throw toDataDirectoryError(error, directory);
    }
  }

  /** From here on a crash needs a recovery. Durable when it returns. */
  markInUse(): void {
    const marker = join(this.path, CLEAN_SHUTDOWN);
    if (this.#disk.exists(marker)) this.#disk.removeFile(marker);
    this.#disk.syncDirectory(this.path);
  }

  /** What the start before may have lost is dealt with. Waits for the disk. */
  markRecovered(): void {
    const path = join(this.path, BOOT_ID);
    const bootId = this.#disk.bootId();
    if (bootId !== undefined && readText(this.#disk, path) !== bootId) {
      replaceFile(this.#disk, path, bootId);
    }
  }

  /** Everything is on stable storage: the very last write before the lock is given up. */
  markClean(): void {
    replaceFile(this.#disk, join(this.path, CLEAN_SHUTDOWN), CLEAN_SHUTDOWN_CONTENT);
  }

  [Symbol.dispose](): void {
    this.#lock[Symbol.dispose]();
  }
}

/** A failed disk call at start, as a sentence for the operator. */
export function toDataDirectoryError(error: unknown, directory: string): unknown {
  const advice: Record<string, string> = {
    ENOSPC: "the disk is full: make room",
    EDQUOT: "the disk quota is used up: make room",
    EACCES: "give this user the right to read and write there, or choose another --data-dir",
    EPERM: "give this user the right to read and write there, or choose another --data-dir",
    EROFS: "that file system is read-only: choose another --data-dir",
    ENOTDIR: "something on that path is not a directory: choose another --data-dir",
    EMFILE: "raise the limit of open files (ulimit -n)",
    ENFILE: "raise the system's limit of open files",
  };
  const code = diskErrorCode(error);
  if (code === undefined || error instanceof DataDirectoryError) return error;
  const what = advice[code];
  return new DataDirectoryError(
    `the data directory ${directory} can't be used: ${errorText(error)}${
      what === undefined ? "" : `; ${what}`
    }`,
    { cause: error },
  );
}

/** With all its missing parents. */
function makeDurableDirectory(disk: Disk, directory: string): void {
  if (disk.exists(directory)) return;
  const parent = parentOf(directory);
  if (parent !== directory) makeDurableDirectory(disk, parent);
  disk.makeDirectory(directory);
  disk.syncDirectory(parent);
}

function refuseForeign(disk: Disk, directory: string): void {
  if (disk.exists(join(directory, META_PROPERTIES))) return;
  const stranger = disk.list(directory).find(({ name }) => !HARMLESS_ENTRIES.includes(name));
  if (stranger === undefined) return;
  throw new DataDirectoryError(
    `${directory} does not look like a Milena or Kafka data directory: it has no ${META_PROPERTIES} but holds ` +
      `"${stranger.name}"; choose an empty directory or one that does not exist yet`,
  );
}

function readOrCreateMeta(options: DataDirectoryOptions): MetaProperties {
  const { disk, directory, random, nodeId, clusterId } = options;
  const path = join(directory, META_PROPERTIES);
  const randomUuid = () => newUuid((length) => random.bytes(length));
  const text = readText(disk, path);
  if (text === undefined) {
    const meta = { nodeId, clusterId: clusterId ?? randomUuid(), directoryId: randomUuid() };
    replaceFile(disk, path, formatMetaProperties(meta));
    return meta;
  }
  const found = parseMetaProperties(text);
  if (typeof found === "string") {
    throw new DataDirectoryError(`${path} can't be read: ${found}; mend it or restore it`);
  }
  if (found.nodeId !== nodeId) {
    throw new DataDirectoryError(
      `the data directory ${directory} belongs to node.id ${found.nodeId}, but node.id is configured as ${nodeId}; ` +
        `set node.id=${found.nodeId}, or choose another --data-dir`,
    );
  }
  if (clusterId !== undefined && found.clusterId !== clusterId) {
    throw new DataDirectoryError(
      `the data directory ${directory} belongs to cluster.id ${found.clusterId}, but cluster.id is configured as ` +
        `${clusterId}; set cluster.id=${found.clusterId}, or choose another --data-dir`,
    );
  }
  return { ...found, directoryId: found.directoryId ?? randomUuid() };
}
