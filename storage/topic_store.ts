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
import { BatchWalker } from "./batch_walker.ts";
import { DataDirectory, toDataDirectoryError } from "./data_directory.ts";
import type { Disk, DiskSpace } from "./disk.ts";
import type { BackgroundDisk, Clock, Logger, Random } from "./environment.ts";
import { CATALOG, formatPartitionDirectory, isTopicName, join } from "./file_names.ts";
import { Flusher } from "./flusher.ts";
import type { LogConfig } from "./log_config.ts";
import { diskErrorCode, errorText, LogError } from "./log_error.ts";
import { type LogObserver, noObserver } from "./log_observer.ts";
import { OpenSegments } from "./open_segments.ts";
import { PartitionDirectories, type PartitionRange } from "./partition_directories.ts";
import { type LoadedLog, type LogContext, PartitionLog } from "./partition_log.ts";
import type { CleanerConfig } from "./log_cleaner.ts";
import { PartitionRecovery } from "./recovery.ts";
import { SegmentWriters } from "./segment_writers.ts";
import type { StoreConfig } from "./store_config.ts";
import { type CatalogTopic, TopicCatalog } from "./topic_catalog.ts";
import { Upkeep } from "./upkeep.ts";
import type { AheadSizes } from "./write_ahead.ts";

/** Logs that are synced one by one when the store is closed; more are synced with all that the disk holds. */
const SYNC_AT_ONCE_FROM = 64;
/** So often a recovery says how far it is. */
const PROGRESS_BYTES = 4 * 1024 * 1024;

/**
 * For a topic of Apache Kafka's, which keeps settings elsewhere: this one may have been compacted, or kept for years, and with
 * our defaults all that is older than a week would go.
 */
const KEEP_EVERYTHING: ReadonlyMap<string, string> = new Map([
  ["retention.ms", "-1"],
  ["retention.bytes", "-1"],
]);

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
  readonly config: StoreConfig;
  /** By default what is best for real disks. */
  readonly aheadSizes?: AheadSizes;
  readonly nodeId: number;
  /** Of a new data directory; undefined: a random one. */
  readonly clusterId: string | undefined;
  /** Settings for a topic of that name which is found and not known; undefined: nothing of it is deleted by age or size. */
  readonly configsOfFound?: (name: string) => ReadonlyMap<string, string> | undefined;
  /** The log settings of a topic with these settings of its own. */
  readonly parseLogConfig: (configs: ReadonlyMap<string, string>) => LogConfig;
  /** Called by `open` before any log is: what was stored of settings that are no topic's, by which logs may go. */
  readonly onStoredConfigs?: (configs: StoredConfigs) => void;
  /**
   * What can be read of `log` begins or ends elsewhere now, or it is out of service. Called within an append or another call
   * that changes the log, in `tick`, or when a flush has ended.
   */
  readonly onReadableChange: (log: PartitionLog) => void;
  /** Keeps figures of the logs. */
  readonly observer?: LogObserver;
  /** While `open` recovers from a crash. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** Settings of what is no topic, kept in the catalog: see there. */
export type StoredConfigs = Pick<TopicCatalog, "configsOf" | "namesOf" | "putConfigs">;

/** What a start finds of a topic. */
interface FoundTopic {
  /** Partitions that have a directory; undefined: none has. */
  readonly found: ReadonlySet<number> | undefined;
  readonly recoveryPoints: ReadonlyMap<string, number>;
  readonly logStartOffsets: ReadonlyMap<string, number>;
  /** See {@link RecoveryOptions}. */
  readonly mayHaveGaps: boolean;
}

export class TopicStore implements Disposable {
  readonly #options: TopicStoreOptions;
  readonly #home: DataDirectory;
  readonly #catalog: TopicCatalog;
  readonly #directories: PartitionDirectories;
  readonly #upkeep: Upkeep;
  readonly #flusher: Flusher;
  readonly #logContext: LogContext;
  readonly #byName = new Map<string, Topic>();
  readonly #byId = new Map<Uuid, Topic>();
  #partitionCount = 0;
  #changeCount = 0;
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
      options.onStoredConfigs?.(catalog);
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
    const { disk, clock, random, log, background, config, onReadableChange } = options;
    this.#options = options;
    this.#home = home;
    this.#catalog = catalog;
    this.#directories = new PartitionDirectories(options);
    this.#upkeep = new Upkeep({ ...options, logs: () => this.#logs() });
    this.#flusher = new Flusher(background);
    this.#logContext = {
      disk,
      clock,
      random,
      log,
      onReadableChange,
      observer: options.observer ?? noObserver,
      walker: new BatchWalker(),
      openSegments: new OpenSegments(config.maxOpenSegments),
      flusher: this.#flusher,
      freeSpace: this.#upkeep.freeSpace,
      writers: SegmentWriters.of({
        background,
        log,
        freeSpace: this.#upkeep.freeSpace,
        mode: config.writeMode,
        aheadSizes: options.aheadSizes,
      }),
    };
  }

  get clusterId(): string {
    return this.#home.clusterId;
  }

  /** See {@link DataDirectory}. */
  get mayHaveLostWrites(): boolean {
    return this.#home.mayHaveLostWrites;
  }

  /** What was lost is dealt with, in all that rests on several logs: the next start need not. Waits for the disk. */
  markRecovered(): void {
    this.#home.markRecovered();
  }

  get partitionCount(): number {
    return this.#partitionCount;
  }

  /** Grows with every topic that is made or deleted or has more partitions. */
  get changeCount(): number {
    return this.#changeCount;
  }

  get storedConfigs(): StoredConfigs {
    return this.#catalog;
  }

  /** Of the file system that all this lies on. */
  get space(): DiskSpace {
    return this.#options.disk.space(this.#options.directory);
  }

  /** Nothing is appended, because there is hardly any room left. */
  get isDiskLow(): boolean {
    return this.#upkeep.freeSpace.isLow;
  }

  /** Where all this lies. */
  get directory(): string {
    return this.#options.directory;
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
      throw new LogError(ErrorCode.TOPIC_ALREADY_EXISTS, `the topic "${name}" already exists`);
    }
    if (partitionCount < 1) {
      throw new LogError(
        ErrorCode.INVALID_PARTITIONS,
        `a topic has at least 1 partition; asked for ${partitionCount}`,
      );
    }
    this.#refuseIfFull(`the topic "${name}" could not be made`);
    try {
      this.#clearName(name, partitionCount);
      this.#upkeep.forgetPartitions(name, 0);
      const id = newUuid((length) => this.#options.random.bytes(length));
      const entry = { name, id, partitionCount, configs: new Map(configs) };
      this.#catalog.put(entry);
      return this.#openNewTopic(entry);
    } catch (error) {
      throw toLogError(error, `the topic "${name}" could not be made`);
    }
  }

  /**
   * Adds partitions, so that there are `partitionCount`; on stable storage when this returns. Topics are values: whoever holds the
   * one of before looks it up again. Throws LogError, and the topic is as it was.
   */
  addPartitions(name: string, partitionCount: number): Topic {
    const topic = this.#existing(name);
    const from = topic.partitions.length;
    if (partitionCount <= from) {
      throw new LogError(
        ErrorCode.INVALID_PARTITIONS,
        `the topic "${name}" has ${from} partitions; ${partitionCount} would not be more`,
      );
    }
    this.#refuseIfFull(`the topic "${name}" could not be given more partitions`);
    const entry = this.#catalog.topic(topic.id)!;
    try {
      this.#refuseTaken(name, { from, to: partitionCount });
      // They may tell of partitions that an earlier topic of this name had.
      this.#upkeep.forgetPartitions(name, from);
      const grown = { ...entry, partitionCount };
      this.#catalog.put(grown);
      return this.#openAdded(topic, grown, entry);
    } catch (error) {
      throw toLogError(error, `the topic "${name}" could not be given more partitions`);
    }
  }

  /**
   * Gives a topic these settings of its own, and no others. On stable storage when this returns, and in force. Throws LogError,
   * and nothing has changed.
   */
  alterTopic(name: string, configs: ReadonlyMap<string, string>): Topic {
    const topic = this.#existing(name);
    const entry = { ...this.#catalog.topic(topic.id)!, configs: new Map(configs) };
    try {
      this.#catalog.put(entry);
    } catch (error) {
      throw toLogError(error, `the settings of the topic "${name}" could not be changed`);
    }
    return this.#configure({ ...topic, configs: entry.configs });
  }

  /** What topics have by default is another now: `parseLogConfig` is asked for each of them. */
  reconfigureTopics(): void {
    for (const topic of [...this.#byName.values()]) this.#configure(topic);
  }

  reconfigureCleaner(config: CleanerConfig): void {
    this.#upkeep.cleaner.reconfigure(config);
  }

  /** Deletes a topic: it is gone for good when this returns, and its files soon after. Throws LogError. */
  deleteTopic(name: string): void {
    const topic = this.#existing(name);
    const entry = this.#catalog.topic(topic.id)!;
    this.#catalog.beginDelete(topic.id);
    this.#byName.delete(name);
    this.#byId.delete(topic.id);
    this.#partitionCount -= topic.partitions.length;
    this.#changeCount++;
    for (const log of topic.partitions) log.close();
    this.#upkeep.forgetLogs(topic.partitions);
    this.#tryFinishDelete(entry);
  }

  /**
   * The log start offsets that have been moved by `deleteRecordsBefore` stay where they are, whatever happens, when `done` is
   * called without an error.
   */
  whenLogStartsDurable(done: (error?: Error) => void): void {
    this.#upkeep.checkpointLogStarts(done);
  }

  /**
   * Begins the flushes that are wanted or due, and what else is due. Returns the monotonic time at which to call again even
   * if nothing happens until then.
   */
  tick(nowMs: number): number {
    // In this order: upkeep may want something flushed.
    const nextUpkeepMs = this.#upkeep.tick(nowMs);
    return Math.min(this.#flusher.tick(nowMs), nextUpkeepMs);
  }

  /**
   * Brings everything to stable storage, waiting for the disk, and marks the directory as closed well. Where that can't be
   * done, says so, leaves the mark away, and the next start recovers.
   */
  closeCleanly(): void {
    if (this.#isClosed) return;
    const { disk, directory } = this.#options;
    const logs = [...this.#logs()];
    // Thousands of small syncs would take longer than anybody waits for a stop.
    const syncsAtOnce = logs.filter(({ isUnflushed }) => isUnflushed).length > SYNC_AT_ONCE_FROM;
    let isClean = true;
    for (const log of logs) {
      try {
        log.closeCleanly({ syncs: !syncsAtOnce });
      } catch (error) {
        isClean = false;
        this.#options.log("error", `${log.name} could not be closed cleanly: ${errorText(error)}`);
      }
    }
    try {
      if (syncsAtOnce) disk.syncFileSystem(directory);
      this.#upkeep.writeCheckpoints();
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
    for (const entry of [...this.#catalog.deleting()]) this.#finishDelete(entry);
    const found = this.#directories.list();
    const adopted = this.#adopt(found);
    const recoveryPoints = this.#upkeep.recoveryPoints.read();
    const logStartOffsets = this.#upkeep.logStartOffsets.read();
    const plans = Array.from([...this.#catalog.topics(), ...adopted.values()], (entry) => ({
      entry,
      recoveries: this.#planTopic(
        entry,
        {
          found: found.get(entry.name),
          recoveryPoints,
          logStartOffsets,
          // Without the file nobody knows how far compaction may have been.
          mayHaveGaps: adopted.has(entry.name) || !this.#upkeep.recoveryPoints.isKnown,
        },
      ),
    }));
    this.#openAll(plans);
    const offsets = Array.from(this.#logs(), (log) => {
      // What had been flushed before the crash still is.
      const before = Math.min(recoveryPoints.get(log.name) ?? 0, log.endOffset);
      return { topic: log.topic, partition: log.partition, offset: Math.max(before, log.flushedOffset) };
    });
    this.#upkeep.recoveryPoints.write(offsets);
    // Not before: whatever ends this start, the next one is to know that these were not written here.
    for (const entry of adopted.values()) this.#catalog.put(entry);
    this.#home.markInUse();
  }

  #openAll(
    plans: readonly { readonly entry: CatalogTopic; readonly recoveries: readonly PartitionRecovery[] }[],
  ): void {
    const { onProgress } = this.#options;
    let totalBytes = 0;
    for (const { recoveries } of plans) for (const { scanBytes } of recoveries) totalBytes += scanBytes;
    let doneBytes = 0;
    let toldBytes = 0;
    const onScanned = (bytes: number) => {
      doneBytes += bytes;
      // Each batch would be too often: it is told to another thread.
      if (doneBytes - toldBytes < PROGRESS_BYTES && doneBytes < totalBytes) return;
      toldBytes = doneBytes;
      onProgress?.(doneBytes, totalBytes);
    };
    for (const { entry, recoveries } of plans) this.#openTopic(entry, recoveries, onScanned);
  }

  /**
   * Brings the catalog in line with directories that were put there by others: Apache Kafka, or somebody's copy. Returns topics
   * that are new to it, by name, for the catalog when they have been recovered.
   */
  #adopt(found: ReadonlyMap<string, ReadonlySet<number>>): Map<string, CatalogTopic> {
    const adopted = new Map<string, CatalogTopic>();
    const byName = new Map([...this.#catalog.topics()].map((entry) => [entry.name, entry]));
    for (const [name, partitions] of found) {
      const known = byName.get(name);
      const id = this.#directories.idOf(name, partitions) ?? known?.id;
      const partitionCount = Math.max(...partitions) + 1;
      const isAnother = known === undefined || known.id !== id;
      const configs = this.#options.configsOfFound?.(name);
      if (!isAnother && known.partitionCount >= partitionCount) continue;
      if (isAnother && known !== undefined) {
        this.#options.log(
          "warn",
          `the directories of topic "${name}" say that its id is ${id}, not ${known.id}: so it is`,
        );
        this.#catalog.beginDelete(known.id);
        this.#catalog.endDelete(known.id);
      }
      const entry = {
        name,
        id: id ?? newUuid((length) => this.#options.random.bytes(length)),
        partitionCount: Math.max(partitionCount, known?.partitionCount ?? 0),
        configs: isAnother ? configs ?? KEEP_EVERYTHING : known.configs,
      };
      if (isAnother) adopted.set(name, entry);
      else this.#catalog.put(entry);
      this.#options.log(
        "info",
        `topic "${name}" with ${partitionCount} partitions was found and is served from now on` +
          (isAnother && configs === undefined
            ? "; its settings are not here, so nothing of it is deleted by age or size"
            : ""),
      );
    }
    return adopted;
  }

  /** Makes what is missing of a topic's directories and looks at what is there. */
  #planTopic(
    entry: CatalogTopic,
    { found, recoveryPoints, logStartOffsets, mayHaveGaps }: FoundTopic,
  ): PartitionRecovery[] {
    const config = this.#options.parseLogConfig(entry.configs);
    return Array.from({ length: entry.partitionCount }, (_, partition) => {
      const directory = this.#directories.pathOf(entry.name, partition);
      if (!found?.has(partition)) {
        if (found) this.#options.log("warn", `${directory} was missing: the partition begins empty`);
        return this.#newPartition(entry, partition, config);
      }
      this.#directories.make(entry.name, partition, entry.id);
      const name = formatPartitionDirectory(entry.name, partition);
      return new PartitionRecovery(this.#logContext, {
        directory,
        config,
        wasClosedCleanly: this.#home.wasClosedCleanly,
        recoveryPoint: recoveryPoints.get(name) ?? 0,
        logStartOffset: logStartOffsets.get(name) ?? 0,
        mayHaveGaps,
        unsyncedDirectories: [],
      });
    });
  }

  /** Opens all logs of a topic, as `recoveries` find them; new ones if there are none. */
  #openTopic(
    entry: CatalogTopic,
    recoveries: readonly PartitionRecovery[],
    onScanned?: (bytes: number) => void,
  ): Topic {
    const logConfig = this.#options.parseLogConfig(entry.configs);
    const partitions = this.#openLogs(
      entry,
      logConfig,
      0,
      (partition) =>
        (recoveries[partition] ?? this.#newPartition(entry, partition, logConfig)).run(onScanned),
    );
    this.#partitionCount += partitions.length;
    this.#changeCount++;
    return this.#set({ name: entry.name, id: entry.id, configs: entry.configs, logConfig, partitions });
  }

  /** The logs of the partitions from `from` on: of all of them, or it throws and none is open. */
  #openLogs(
    { name, partitionCount }: CatalogTopic,
    config: LogConfig,
    from: number,
    load: (partition: number) => LoadedLog,
  ): PartitionLog[] {
    const logs: PartitionLog[] = [];
    try {
      for (let partition = from; partition < partitionCount; partition++) {
        const loaded = load(partition);
        const identity = { topic: name, partition, directory: this.#directories.pathOf(name, partition) };
        logs.push(new PartitionLog(this.#logContext, identity, config, loaded));
      }
      return logs;
    } catch (error) {
      for (const log of logs) log.close();
      throw error;
    }
  }

  /** The topic with the partitions that it has in the catalog now; it is as `before` if they can't be made. */
  #openAdded(topic: Topic, entry: CatalogTopic, before: CatalogTopic): Topic {
    const from = topic.partitions.length;
    let added: PartitionLog[];
    try {
      added = this.#openLogs(
        entry,
        topic.logConfig,
        from,
        (partition) => this.#newPartition(entry, partition, topic.logConfig).run(),
      );
    } catch (error) {
      this.#takeBackPartitions(before, entry.partitionCount);
      throw error;
    }
    this.#partitionCount += added.length;
    this.#changeCount++;
    return this.#set({ ...topic, partitions: [...topic.partitions, ...added] });
  }

  /** A client has been told that its partitions could not be made: they are not to come to life at the next start. */
  #takeBackPartitions(entry: CatalogTopic, to: number): void {
    const { name, id, partitionCount: from } = entry;
    try {
      // In this order: a directory that a start finds counts, whatever the catalog says.
      const retired = this.#directories.retire(name, { from, to }, id);
      this.#catalog.put(entry);
      this.#directories.removeAll(retired);
    } catch (error) {
      if (diskErrorCode(error) === undefined && !(error instanceof LogError)) throw error;
      this.#options.log(
        "warn",
        `partitions ${from} to ${
          to - 1
        } of topic "${name}" could not be made, and may be there after the next start: ${errorText(error)}`,
      );
    }
  }

  /** `topic` with the log settings that its own and the defaults make, in force for its logs. */
  #configure(topic: Topic): Topic {
    const logConfig = this.#options.parseLogConfig(topic.configs);
    for (const log of topic.partitions) log.reconfigure(logConfig);
    return this.#set({ ...topic, logConfig });
  }

  #set(topic: Topic): Topic {
    this.#byName.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    return topic;
  }

  #existing(name: string): Topic {
    const topic = this.#byName.get(name);
    if (topic !== undefined) return topic;
    throw new LogError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic "${name}"`);
  }

  #refuseIfFull(what: string): void {
    const { isLow, problem } = this.#upkeep.freeSpace;
    if (isLow) throw new LogError(ErrorCode.KAFKA_STORAGE_ERROR, `${what}: ${problem}`);
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
    this.#directories.make(entry.name, partition, entry.id);
    return new PartitionRecovery(this.#logContext, {
      directory: this.#directories.pathOf(entry.name, partition),
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
    this.#refuseTaken(name, { from: 0, to: partitionCount });
  }

  #refuseTaken(name: string, partitions: PartitionRange): void {
    const path = this.#directories.findExisting(name, partitions);
    if (path === undefined) return;
    throw new LogError(
      ErrorCode.KAFKA_STORAGE_ERROR,
      `partitions of "${name}" can't be made: ${path} is there already, of a topic that could not be removed wholly`,
    );
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
  #finishDelete({ name, id, partitionCount }: CatalogTopic): void {
    const retired = this.#directories.retire(name, { from: 0, to: partitionCount }, id);
    this.#catalog.endDelete(id);
    this.#directories.removeAll(retired);
  }
}

function toLogError(error: unknown, what: string): unknown {
  if (error instanceof LogError || diskErrorCode(error) === undefined) return error;
  return new LogError(ErrorCode.KAFKA_STORAGE_ERROR, `${what}: ${errorText(error)}`, { cause: error });
}
