/**
 * The directories of partitions, TOPIC-N, directly under the data directory, and what they go through: made, told apart by
 * the topic id in their `partition.metadata`, renamed when their topic is deleted, and removed in the background.
 * @module
 */
import type { Uuid } from "../protocol/uuid.ts";
import { readText, writeText } from "./atomic_file.ts";
import type { Disk } from "./disk.ts";
import type { BackgroundDisk, Logger, Random } from "./environment.ts";
import {
  CLUSTER_METADATA_TOPIC,
  formatDeleteDirectory,
  formatPartitionDirectory,
  join,
  parsePartitionDirectory,
  PARTITION_METADATA,
} from "./file_names.ts";
import { DataDirectoryError } from "./log_error.ts";
import { formatPartitionMetadata, parsePartitionMetadata } from "./partition_metadata.ts";

/** At the root of a file system. */
const LOST_AND_FOUND = "lost+found";

export interface PartitionDirectoriesOptions {
  readonly disk: Disk;
  readonly background: BackgroundDisk;
  readonly random: Random;
  readonly log: Logger;
  /** The data directory. */
  readonly directory: string;
}

/** Partitions of a topic: numbers from `from` on, below `to`. */
export interface PartitionRange {
  readonly from: number;
  readonly to: number;
}

export class PartitionDirectories {
  readonly #options: PartitionDirectoriesOptions;
  readonly #disk: Disk;

  constructor(options: PartitionDirectoriesOptions) {
    this.#options = options;
    this.#disk = options.disk;
  }

  pathOf(topic: string, partition: number): string {
    return join(this.#options.directory, formatPartitionDirectory(topic, partition));
  }

  /** What is there: partition numbers by topic. Removes what a deletion has left, and warns of strangers. */
  list(): Map<string, Set<number>> {
    const { directory, log } = this.#options;
    const found = new Map<string, Set<number>>();
    for (const { name, isDirectory } of this.#disk.list(directory)) {
      if (!isDirectory || name === LOST_AND_FOUND) continue;
      const parsed = parsePartitionDirectory(name);
      if (parsed?.topic === CLUSTER_METADATA_TOPIC) continue;
      if (parsed?.state === "delete") {
        this.#remove(name);
      } else if (parsed?.state !== "live") {
        log("warn", `${join(directory, name)} is not the directory of a partition in use: it is left alone`);
      } else {
        const partitions = found.get(parsed.topic);
        if (partitions) partitions.add(parsed.partition);
        else found.set(parsed.topic, new Set([parsed.partition]));
      }
    }
    return found;
  }

  /** The first of these partitions' directories that exists. */
  findExisting(topic: string, { from, to }: PartitionRange): string | undefined {
    for (let partition = from; partition < to; partition++) {
      const path = this.pathOf(topic, partition);
      if (this.#disk.exists(path)) return path;
    }
    return undefined;
  }

  /** Makes a partition's directory if it is missing, and tells in it whose it is. */
  make(topic: string, partition: number, id: Uuid): void {
    const path = this.pathOf(topic, partition);
    this.#disk.makeDirectory(path);
    // Not worth a sync for each partition: the catalog knows the id too.
    if (this.#idIn(path) !== id) {
      writeText(this.#disk, join(path, PARTITION_METADATA), formatPartitionMetadata(id));
    }
  }

  /** The topic id that these partitions' directories name, which must be one; undefined if none does. */
  idOf(topic: string, partitions: Iterable<number>): Uuid | undefined {
    let id: Uuid | undefined;
    for (const partition of partitions) {
      const path = this.pathOf(topic, partition);
      const found = this.#idIn(path);
      if (found === undefined) continue;
      if (id !== undefined && found !== id) {
        throw new DataDirectoryError(
          `the directories of topic "${topic}" belong to different topics: that of ${path} is ${found}, another's ${id}; ` +
            "move those that are not wanted out of the data directory",
        );
      }
      id = found;
    }
    return id;
  }

  /** Takes directories of a topic out of use, durably; returns their new names, for `removeAll`. */
  retire(topic: string, { from, to }: PartitionRange, id: Uuid): string[] {
    const { directory, random } = this.#options;
    const names: string[] = [];
    for (let partition = from; partition < to; partition++) {
      const path = this.pathOf(topic, partition);
      // Only what is this topic's: there may be another of its name.
      if (!this.#disk.exists(path) || (this.#idIn(path) ?? id) !== id) continue;
      const name = formatDeleteDirectory(topic, partition, hex(random.bytes(16)));
      this.#disk.rename(path, join(directory, name));
      names.push(name);
    }
    this.#disk.syncDirectory(directory);
    return names;
  }

  /** Removes retired directories in the background; what remains is removed at the next start. */
  removeAll(names: readonly string[]): void {
    for (const name of names) this.#remove(name);
  }

  #idIn(path: string): Uuid | undefined {
    const text = readText(this.#disk, join(path, PARTITION_METADATA));
    return text === undefined ? undefined : parsePartitionMetadata(text);
  }

  #remove(name: string): void {
    const { directory, background, log } = this.#options;
    const path = join(directory, name);
    const files = this.#disk.list(path).map((entry) => join(path, entry.name));
    background.remove({ files, directories: [path], parent: directory }, (error) => {
      if (!error) return;
      log(
        "warn",
        `${path} could not be removed, which will be tried again at the next start: ${error.message}`,
      );
    });
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
