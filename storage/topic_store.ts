/**
 * All topics of a broker on one disk: a data directory in Kafka's layout, the catalog of topics, and a log for each
 * partition.
 *
 * A topic exists from the moment its line in the catalog is on stable storage, and is gone from the moment its deletion is;
 * directories follow, and what a crash interrupts is finished by the next `open`. Directories that the catalog
 * does not know, as after a move from Apache Kafka, are taken in by what their `partition.metadata` says.
 *
 * `tick` is called once in each turn of the reactor, after its requests: it begins flushes and writes checkpoints.
 * @module
 */
import { ErrorCode } from "../protocol/errors.ts";
import { newUuid, type Uuid } from "../protocol/uuid.ts";
import { readText, replaceFile, replaceFileInBackground, writeText } from "./atomic_file.ts";
import { BatchWalker } from "./batch_walker.ts";
import { formatOffsetCheckpoint, parseOffsetCheckpoint, type PartitionOffset } from "./checkpoint_file.ts";
import { DataDirectory, toDataDirectoryError } from "./data_directory.ts";
import type { Disk } from "./disk.ts";
import type { BackgroundDisk, Clock, Logger, Random } from "./environment.ts";
import {
  CATALOG,
  CLUSTER_METADATA_TOPIC,
  formatDeleteDirectory,
  formatPartitionDirectory,
  isTopicName,
  join,
  LOG_START_OFFSETS,
  parsePartitionDirectory,
  PARTITION_METADATA,
  RECOVERY_POINTS,
} from "./file_names.ts";
import { Flusher } from "./flusher.ts";
import type { LogConfig } from "./log_config.ts";
import { DataDirectoryError, diskErrorCode, errorText, LogError } from "./log_error.ts";
import { formatPartitionMetadata, parsePartitionMetadata } from "./partition_metadata.ts";
import { type LogContext, PartitionLog } from "./partition_log.ts";
import { PartitionRecovery } from "./recovery.ts";
import { type CatalogTopic, TopicCatalog } from "./topic_catalog.ts";

const CHECKPOINT_INTERVAL_MS = 60_000;
const EXPIRY_INTERVAL_MS = 600_000;

export interface Topic {
  readonly name: string;
  readonly id: Uuid;
  /** Settings that the topic has of its own, by Kafka's names. */
  readonly configs: ReadonlyMap<string, string>;
  readonly logConfig: LogConfig;
  /** By partition number. */
  readonly partitions: readonly PartitionLog[];
}

export interface TopicStoreOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly background: BackgroundDisk;
  readonly log: Logger;
  readonly nodeId: number;
  /** Of a new data directory; undefined: a random one. */
  readonly clusterId: string | undefined;
  /** The log settings of a topic with these settings of its own. */
  readonly parseLogConfig: (configs: ReadonlyMap<string, string>) => LogConfig;
  /** More of `log` can be read and is acknowledged, or it is out of service. Called within `append`, or when a flush has ended. */
  readonly onReadableChange: (log: PartitionLog) => void;
  /** While `open` recovers from a crash. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export class TopicStore implements Disposable {
  readonly #options: TopicStoreOptions;
  readonly #home: DataDirectory;
  readonly #catalog: TopicCatalog;
  readonly #flusher: Flusher;
  readonly #logContext: LogContext;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<Uuid, Topic>();
  #partitionCount = 0;
  #nextCheckpointMs: number;
  #nextExpiryMs: number;
  #isWritingCheckpoint = false;
  #writtenCheckpoint = "";
  #isClosed = false;

  /** Opens the data directory, recovering what a crash left. Throws DataDirectoryError with one sentence if it can't be. */
  static open(options: TopicStoreOptions): TopicStore {
    const { disk, directory } = options;
    const home = DataDirectory.open(options);
    let catalog: TopicCatalog | undefined;
    let store: TopicStore | undefined;
    try {
      catalog = TopicCatalog.open(disk, join(directory, CATALOG));
      store = new TopicStore(options, home, catalog);
      store.#load();
      return store;
    } catch (error) {
      if (store) store[Symbol.dispose]();
      else {
        catalog?.close();
        home[Symbol.dispose]();
      }
      throw toDataDirectoryError(error, directory);
    }
  }

  private constructor(options: TopicStoreOptions, home: DataDirectory, catalog: TopicCatalog) {
    const { disk, clock, log, background, onReadableChange } = options;
    this.#options = options;
    this.#home = home;
    this.#catalog = catalog;
    this.#flusher = new Flusher(background);
    this.#logContext = {
      disk,
      clock,
      log,
      onReadableChange,
      walker: new BatchWalker(),
      flusher: this.#flusher,
    };
    const nowMs = clock.monotonic();
    this.#nextCheckpointMs = nowMs + CHECKPOINT_INTERVAL_MS;
    this.#nextExpiryMs = nowMs + EXPIRY_INTERVAL_MS;
  }

  get clusterId(): string {
    return this.#home.clusterId;
  }

  get partitionCount(): number {
    return this.#partitionCount;
  }

  /** Ids up to this one must not be given to new producers: logs that came from another broker know them. -1: any may. */
  get largestProducerId(): number {
    let largest = -1;
    for (const log of this.#logs()) largest = Math.max(largest, log.largestProducerId);
    return largest;
  }

  topics(): IterableIterator<Topic> {
    return this.#byName.values();
  }

  topic(name: string): Topic | undefined {
    return this.#byName.get(name);
  }

  topicById(id: Uuid): Topic | undefined {
    return this.#byId.get(id);
  }

  /** Makes a topic; it is on stable storage when this returns. Throws LogError. */
  createTopic(name: string, partitionCount: number, configs: ReadonlyMap<string, string>): Topic {
    if (!isTopicName(name)) {
      throw new LogError(ErrorCode.INVALID_TOPIC_EXCEPTION, `a topic can't be called "${name}"`);
    }
    if (this.#byName.has(name)) {
      throw new LogError(ErrorCode.TOPIC_ALREADY_EXISTS, `there is a topic "${name}" already`);
    }
    if (partitionCount < 1) {
      throw new LogError(
        ErrorCode.INVALID_PARTITIONS,
        `a topic has at least 1 partition; asked for ${partitionCount}`,
      );
    }
    try {
      this.#clearName(name, partitionCount);
      const id = newUuid((length) => this.#options.random.bytes(length));
      const entry = { name, id, partitionCount, configs: new Map(configs) };
      this.#catalog.put(entry);
      return this.#openNewTopic(entry);
    } catch (error) {
      throw toLogError(error, `the topic "${name}" could not be made`);
    }
  }

  /** Deletes a topic: it is gone for good when this returns, and its files soon after. Throws LogError. */
  deleteTopic(name: string): void {
    const topic = this.#byName.get(name);
    if (topic === undefined) {
      throw new LogError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
    }
    const entry = this.#catalog.topic(topic.id)!;
    this.#catalog.beginDelete(topic.id);
    this.#byName.delete(name);
    this.#byId.delete(topic.id);
    this.#partitionCount -= topic.partitions.length;
    for (const log of topic.partitions) log.close();
    this.#tryFinishDelete(entry);
    // Soon: its recovery points must not be taken for those of another topic of its name.
    this.#nextCheckpointMs = 0;
  }

  /**
   * Begins the flushes that are wanted or due, and what else is due. Returns the monotonic time at which to call again even
   * if nothing happens until then.
   */
  tick(nowMs: number): number {
    if (nowMs >= this.#nextCheckpointMs) {
      this.#nextCheckpointMs = nowMs + CHECKPOINT_INTERVAL_MS;
      this.#writeCheckpointInBackground();
    }
    if (nowMs >= this.#nextExpiryMs) {
      this.#nextExpiryMs = nowMs + EXPIRY_INTERVAL_MS;
      for (const log of this.#logs()) log.expireProducers(nowMs);
    }
    return Math.min(this.#flusher.tick(nowMs), this.#nextCheckpointMs, this.#nextExpiryMs);
  }

  /**
   * Brings everything to stable storage, waiting for the disk, and marks the directory as closed well. Where that can't be
   * done, says so, leaves the mark away, and the next start recovers.
   */
  closeCleanly(): void {
    if (this.#isClosed) return;
    let isClean = true;
    const offsets: PartitionOffset[] = [];
    const starts: PartitionOffset[] = [];
    for (const log of this.#logs()) {
      try {
        log.closeCleanly();
      } catch (error) {
        isClean = false;
        this.#options.log("error", `${log.name} could not be closed cleanly: ${errorText(error)}`);
      }
      offsets.push(pointOf(log, log.flushedOffset));
      if (log.logStartOffset > 0) starts.push(pointOf(log, log.logStartOffset));
    }
    try {
      const { disk, directory } = this.#options;
      replaceFile(disk, join(directory, RECOVERY_POINTS), formatOffsetCheckpoint(offsets));
      replaceFile(disk, join(directory, LOG_START_OFFSETS), formatOffsetCheckpoint(starts));
      if (isClean) this.#home.markClean();
    } catch (error) {
      this.#options.log("error", `the data directory could not be closed cleanly: ${errorText(error)}`);
    }
    this[Symbol.dispose]();
  }

  /** Gives everything back as it is: without `closeCleanly` before, that is a crash to whoever opens it next. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const log of this.#logs()) log.close();
    this.#catalog.close();
    this.#home[Symbol.dispose]();
  }

  *#logs(): Generator<PartitionLog> {
    for (const { partitions } of this.#byName.values()) yield* partitions;
  }

  #load(): void {
    const { disk, directory, onProgress } = this.#options;
    for (const entry of [...this.#catalog.deleting()]) this.#finishDelete(entry);
    const found = this.#listPartitions();
    this.#adopt(found);
    const checkpoints = {
      recoveryPoints: this.#readCheckpoint(RECOVERY_POINTS),
      logStartOffsets: this.#readCheckpoint(LOG_START_OFFSETS),
    };
    const plans = [...this.#catalog.topics()].map((entry) => ({
      entry,
      recoveries: this.#planTopic(entry, found.get(entry.name), checkpoints),
    }));
    const totalBytes = plans.flatMap(({ recoveries }) => recoveries).reduce(
      (sum, { scanBytes }) => sum + scanBytes,
      0,
    );
    let doneBytes = 0;
    const onScanned = (bytes: number) => onProgress?.(doneBytes += bytes, totalBytes);
    for (const { entry, recoveries } of plans) {
      this.#openTopic(entry, recoveries, totalBytes > 0 ? onScanned : undefined);
    }
    const offsets = [...this.#logs()].map((log) => {
      // What had been flushed before the crash still is.
      const before = Math.min(checkpoints.recoveryPoints.get(log.name) ?? 0, log.endOffset);
      return pointOf(log, Math.max(before, log.flushedOffset));
    });
    this.#writtenCheckpoint = formatOffsetCheckpoint(offsets);
    replaceFile(disk, join(directory, RECOVERY_POINTS), this.#writtenCheckpoint);
    this.#home.markInUse();
  }

  /** Partition directories by topic and number. Removes what a deletion has left. */
  #listPartitions(): Map<string, Set<number>> {
    const { disk, directory, log } = this.#options;
    const found = new Map<string, Set<number>>();
    for (const { name, isDirectory } of disk.list(directory)) {
      if (!isDirectory) continue;
      const parsed = parsePartitionDirectory(name);
      if (parsed?.topic === CLUSTER_METADATA_TOPIC || name === "lost+found") continue;
      if (parsed?.state === "delete") {
        this.#removeDirectory(name);
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

  /** Brings the catalog in line with directories that were put there by others: Apache Kafka, or somebody's copy. */
  #adopt(found: ReadonlyMap<string, ReadonlySet<number>>): void {
    const byName = new Map([...this.#catalog.topics()].map((entry) => [entry.name, entry]));
    for (const [name, partitions] of found) {
      const known = byName.get(name);
      const id = this.#idOf(name, partitions) ?? known?.id;
      const partitionCount = Math.max(...partitions) + 1;
      if (known !== undefined && known.id === id && known.partitionCount >= partitionCount) continue;
      if (known !== undefined && known.id !== id) {
        this.#options.log(
          "warn",
          `the directories of topic "${name}" say that its id is ${id}, not ${known.id}: so it is`,
        );
        this.#catalog.beginDelete(known.id);
        this.#catalog.endDelete(known.id);
      }
      this.#catalog.put({
        name,
        id: id ?? newUuid((length) => this.#options.random.bytes(length)),
        partitionCount: Math.max(partitionCount, known?.partitionCount ?? 0),
        configs: known?.configs ?? new Map(),
      });
      this.#options.log(
        "info",
        `topic "${name}" with ${partitionCount} partitions was found and is served from now on`,
      );
    }
  }

  /** The topic id in the partitions' directories, which must be one; undefined if none tells. */
  #idOf(topic: string, partitions: ReadonlySet<number>): Uuid | undefined {
    let id: Uuid | undefined;
    for (const partition of partitions) {
      const path = this.#partitionPath(topic, partition);
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

  /** The topic id in a partition's directory. */
  #idIn(directory: string): Uuid | undefined {
    const text = readText(this.#options.disk, join(directory, PARTITION_METADATA));
    return text === undefined ? undefined : parsePartitionMetadata(text);
  }

  #readCheckpoint(name: string): ReadonlyMap<string, number> {
    const { disk, directory, log } = this.#options;
    const text = readText(disk, join(directory, name));
    if (text === undefined) return new Map();
    const offsets = parseOffsetCheckpoint(text);
    if (typeof offsets !== "string") return offsets;
    log("warn", `${join(directory, name)} can't be read, so more has to be recovered: ${offsets}`);
    return new Map();
  }

  /** Makes what is missing of a topic's directories and looks at what is there. */
  #planTopic(
    entry: CatalogTopic,
    found: ReadonlySet<number> | undefined,
    checkpoints: {
      readonly recoveryPoints: ReadonlyMap<string, number>;
      readonly logStartOffsets: ReadonlyMap<string, number>;
    },
  ): PartitionRecovery[] {
    const config = this.#options.parseLogConfig(entry.configs);
    return Array.from({ length: entry.partitionCount }, (_, partition) => {
      const directory = this.#partitionPath(entry.name, partition);
      const name = formatPartitionDirectory(entry.name, partition);
      const isThere = found?.has(partition) ?? false;
      if (!isThere && found !== undefined) {
        this.#options.log("warn", `${directory} was missing: the partition begins empty`);
      }
      this.#makeDirectory(entry, partition);
      return new PartitionRecovery(this.#logContext, {
        directory,
        config,
        wasClosedCleanly: this.#home.wasClosedCleanly,
        recoveryPoint: isThere ? checkpoints.recoveryPoints.get(name) ?? 0 : 0,
        logStartOffset: isThere ? checkpoints.logStartOffsets.get(name) ?? 0 : 0,
        unsyncedDirectories: isThere ? [] : [this.#options.directory],
      });
    });
  }

  /** Makes a partition's directory and tells in it whose it is, if that is not so. */
  #makeDirectory(entry: CatalogTopic, partition: number): string {
    const { disk } = this.#options;
    const directory = this.#partitionPath(entry.name, partition);
    disk.makeDirectory(directory);
    if (this.#idIn(directory) !== entry.id) {
      // Not worth a sync for each partition: the catalog knows it too.
      writeText(disk, join(directory, PARTITION_METADATA), formatPartitionMetadata(entry.id));
    }
    return directory;
  }

  /** Opens all logs of a topic, as `recoveries` find them; new ones if there are none. */
  #openTopic(
    entry: CatalogTopic,
    recoveries: readonly PartitionRecovery[],
    onScanned?: (bytes: number) => void,
  ): Topic {
    const logConfig = this.#options.parseLogConfig(entry.configs);
    const partitions: PartitionLog[] = [];
    try {
      for (let partition = 0; partition < entry.partitionCount; partition++) {
        const recovery = recoveries[partition] ?? this.#newPartition(entry, partition, logConfig);
        const identity = {
          topic: entry.name,
          partition,
          directory: this.#partitionPath(entry.name, partition),
        };
        partitions.push(new PartitionLog(this.#logContext, identity, logConfig, recovery.run(onScanned)));
      }
    } catch (error) {
      for (const log of partitions) log.close();
      throw error;
    }
    const topic = { name: entry.name, id: entry.id, configs: entry.configs, logConfig, partitions };
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    this.#partitionCount += partitions.length;
    return topic;
  }

  #openNewTopic(entry: CatalogTopic): Topic {
    try {
      return this.#openTopic(entry, []);
    } catch (error) {
      // It must not come to life at the next start, when its client has long been told that it could not be made.
      this.#removeTopic(entry);
      throw error;
    }
  }

  #newPartition(entry: CatalogTopic, partition: number, config: LogConfig): PartitionRecovery {
    return new PartitionRecovery(this.#logContext, {
      directory: this.#makeDirectory(entry, partition),
      config,
      wasClosedCleanly: true,
      recoveryPoint: 0,
      logStartOffset: 0,
      unsyncedDirectories: [this.#options.directory],
    });
  }

  /** Sees to it that no directory of an earlier topic is in the way of a new one. */
  #clearName(name: string, partitionCount: number): void {
    for (const entry of [...this.#catalog.deleting()]) if (entry.name === name) this.#tryFinishDelete(entry);
    for (let partition = 0; partition < partitionCount; partition++) {
      const path = this.#partitionPath(name, partition);
      if (!this.#options.disk.exists(path)) continue;
      throw new LogError(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `the topic "${name}" can't be made: ${path} is there already, of a topic that could not be removed wholly`,
      );
    }
  }

  #removeTopic(entry: CatalogTopic): void {
    try {
      this.#catalog.beginDelete(entry.id);
    } catch (error) {
      this.#options.log(
        "warn",
        `the topic "${entry.name}", though half made, will be there: ${errorText(error)}`,
      );
      return;
    }
    this.#tryFinishDelete(entry);
  }

  #tryFinishDelete(entry: CatalogTopic): void {
    try {
      this.#finishDelete(entry);
    } catch (error) {
      if (diskErrorCode(error) === undefined && !(error instanceof LogError)) throw error;
      this.#options.log(
        "warn",
        `the deletion of topic "${entry.name}" will be finished at the next start: ${errorText(error)}`,
      );
    }
  }

  /** Second half of a deletion: no directory keeps the topic's name, then nothing is left to remember. */
  #finishDelete(entry: CatalogTopic): void {
    const { disk, directory, random } = this.#options;
    const renamed: string[] = [];
    for (let partition = 0; partition < entry.partitionCount; partition++) {
      const path = this.#partitionPath(entry.name, partition);
      // Only what is this topic's: there may be another of its name.
      if (!disk.exists(path) || (this.#idIn(path) ?? entry.id) !== entry.id) continue;
      const name = formatDeleteDirectory(entry.name, partition, hex(random.bytes(16)));
      disk.rename(path, join(directory, name));
      renamed.push(name);
    }
    disk.syncDirectory(directory);
    this.#catalog.endDelete(entry.id);
    for (const name of renamed) this.#removeDirectory(name);
  }

  /** In the background; what remains is removed at the next start. */
  #removeDirectory(name: string): void {
    const { disk, directory, background, log } = this.#options;
    const path = join(directory, name);
    const files = disk.list(path).map((entry) => join(path, entry.name));
    background.remove({ files, directories: [path], parent: directory }, (error) => {
      if (error) {
        log(
          "warn",
          `${path} could not be removed, which will be tried again at the next start: ${error.message}`,
        );
      }
    });
  }

  #recoveryPoints(): string {
    return formatOffsetCheckpoint([...this.#logs()].map((log) => pointOf(log, log.flushedOffset)));
  }

  #writeCheckpointInBackground(): void {
    if (this.#isWritingCheckpoint) return;
    const { disk, background, directory, log } = this.#options;
    const checkpoint = this.#recoveryPoints();
    // An idle broker leaves the disk alone.
    if (checkpoint === this.#writtenCheckpoint) return;
    this.#isWritingCheckpoint = true;
    const path = join(directory, RECOVERY_POINTS);
    replaceFileInBackground(disk, background, path, checkpoint, (error) => {
      this.#isWritingCheckpoint = false;
      if (error === undefined) this.#writtenCheckpoint = checkpoint;
      else {
        log("warn", `${path} could not be written, so a recovery would take longer: ${error.message}`);
      }
    });
  }

  #partitionPath(topic: string, partition: number): string {
    return join(this.#options.directory, formatPartitionDirectory(topic, partition));
  }
}

function pointOf({ topic, partition }: PartitionLog, offset: number): PartitionOffset {
  return { topic, partition, offset };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function toLogError(error: unknown, what: string): unknown {
  if (error instanceof LogError || diskErrorCode(error) === undefined) return error;
  return new LogError(ErrorCode.KAFKA_STORAGE_ERROR, `${what}: ${errorText(error)}`, { cause: error });
}
