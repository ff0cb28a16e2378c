/**
 * Which topics there are: their ids, numbers of partitions and settings. An append-only file of JSON lines, one for each
 * change, each on stable storage before it counts:
 *
 *     {"milena":"topics","version":1}
 *     {"topic":"orders","id":"…","partitions":3,"configs":{"segment.bytes":"1048576"}}     the topic as it is from now on
 *     {"deleting":"…id…"}                                               it is gone for clients; its directories may be there
 *     {"deleted":"…id…"}                                                none of its directories has its name any more
 *
 * So a topic is made or deleted in one moment, the sync of its line, and what a crash interrupts is finished at the next
 * start. A last line that a crash tore is cut off: it never counted. Anything else that can't be read is left alone and
 * told, for somebody to look at. Written anew, atomically, at a start when most of its lines are history.
 * @module
 */
import { isUuid } from "../protocol/uuid.ts";
import { replaceFile } from "./atomic_file.ts";
import type { Disk, DiskFile } from "./disk.ts";
import { isTopicName } from "./file_names.ts";
import { DataDirectoryError, errorText, LogError } from "./log_error.ts";
import { ErrorCode } from "../protocol/errors.ts";

const HEADER = { milena: "topics", version: 1 };
/** So many lines more than there are topics are kept before the file is written anew. */
const HISTORY_LINES = 200;

/** A topic as the catalog knows it. */
export interface CatalogTopic {
  readonly name: string;
  readonly id: string;
  readonly partitionCount: number;
  readonly configs: ReadonlyMap<string, string>;
}

type Line = { topic: string; id: string; partitions: number; configs: Record<string, string> } | {
  deleting: string;
} | { deleted: string };

export class TopicCatalog implements Disposable {
  readonly #file: DiskFile;
  readonly #topics = new Map<string, CatalogTopic>();
  readonly #deleting = new Map<string, CatalogTopic>();
  #size: number;
  #failure: LogError | undefined;

  private constructor(disk: Disk, path: string) {
    this.#file = disk.open(path);
    this.#size = this.#file.size();
  }

  /** Reads the catalog at `path`; makes an empty one if there is none. */
  static open(disk: Disk, path: string): TopicCatalog {
    if (!disk.exists(path)) replaceFile(disk, path, formatLine(HEADER));
    let catalog = new TopicCatalog(disk, path);
    try {
      const lineCount = catalog.#load();
      const topics = [...catalog.#topics.values(), ...catalog.#deleting.values()];
      if (lineCount <= topics.length + HISTORY_LINES) return catalog;
      catalog.close();
      replaceFile(disk, path, [HEADER, ...catalog.#history()].map(formatLine).join(""));
      catalog = new TopicCatalog(disk, path);
      catalog.#load();
      return catalog;
    } catch (error) {
      catalog.close();
      throw error;
    }
  }

  /** All topics but those that are being deleted. */
  topics(): IterableIterator<CatalogTopic> {
    return this.#topics.values();
  }

  topic(id: string): CatalogTopic | undefined {
    return this.#topics.get(id);
  }

  /** Topics whose deletion has begun and not been finished. */
  deleting(): IterableIterator<CatalogTopic> {
    return this.#deleting.values();
  }

  /** A new topic, or one that has changed. On stable storage when it returns. */
  put(topic: CatalogTopic): void {
    this.#append(formatTopic(topic));
    this.#topics.set(topic.id, topic);
  }

  beginDelete(id: string): void {
    this.#append({ deleting: id });
    this.#deleting.set(id, this.#topics.get(id)!);
    this.#topics.delete(id);
  }

  endDelete(id: string): void {
    this.#append({ deleted: id });
    this.#deleting.delete(id);
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #append(line: Line): void {
    if (this.#failure) throw this.#failure;
    const bytes = new TextEncoder().encode(formatLine(line));
    try {
      this.#file.writeAt(bytes, this.#size);
    } catch (error) {
      const failure = new LogError(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `the catalog of topics could not be written: ${errorText(error)}`,
        { cause: error },
      );
      try {
        this.#file.truncate(this.#size);
      } catch {
        this.#failure = failure;
      }
      throw failure;
    }
    try {
      this.#file.syncData();
    } catch (error) {
      // Whether the line is there nobody knows before the next start, so no other may come behind it.
      this.#failure = new LogError(
        ErrorCode.KAFKA_STORAGE_ERROR,
        `the catalog of topics could not be brought to stable storage, so topics can't be changed before the broker is ` +
          `restarted: ${errorText(error)}`,
        { cause: error },
      );
      throw this.#failure;
    }
    this.#size += bytes.length;
  }

  /** Takes in all lines, cutting a torn last one; returns their number. */
  #load(): number {
    const bytes = new Uint8Array(this.#size);
    this.#file.readAt(bytes, 0);
    const text = new TextDecoder().decode(bytes);
    const lines = text.split("\n");
    const isWhole = lines[lines.length - 1] === "";
    if (isWhole) lines.pop();
    lines.forEach((line, index) => {
      const isLast = index === lines.length - 1;
      const problem = isLast && !isWhole ? "it has no end" : this.#loadLine(line, index);
      if (problem === undefined) return;
      // Nobody was told of a change whose line is torn.
      if (isLast && index > 0) return this.#cut(lines.slice(0, -1));
      throw new DataDirectoryError(
        `${this.#file.path}, line ${index + 1}: ${problem}; restore the file, or mend that line`,
      );
    });
    return lines.length;
  }

  /** Returns what is wrong with a line, which then has had no effect. */
  #loadLine(text: string, index: number): string | undefined {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      return "it is not JSON";
    }
    if (typeof line !== "object" || line === null) return "it is not an object";
    if (index === 0) {
      const { milena, version } = line as Partial<typeof HEADER>;
      return milena === HEADER.milena && version === HEADER.version
        ? undefined
        : `it is not ${
          JSON.stringify(HEADER)
        }: this file was written by another version, or is something else`;
    }
    return this.#apply(line as Record<string, unknown>);
  }

  #apply(line: Record<string, unknown>): string | undefined {
    if (typeof line.topic === "string") {
      const topic = parseTopic(line);
      if (typeof topic === "string") return topic;
      this.#topics.set(topic.id, topic);
    } else if (typeof line.deleting === "string") {
      const topic = this.#topics.get(line.deleting);
      if (topic === undefined) return `there is no topic with the id ${line.deleting}`;
      this.#topics.delete(topic.id);
      this.#deleting.set(topic.id, topic);
    } else if (typeof line.deleted === "string") {
      if (!this.#deleting.delete(line.deleted)) {
        return `no topic with the id ${line.deleted} is being deleted`;
      }
    } else {
      return "it is no change that this version knows";
    }
  }

  #cut(lines: readonly string[]): void {
    this.#size = new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")).length;
    this.#file.truncate(this.#size);
    this.#file.syncData();
  }

  *#history(): Generator<Line> {
    for (const topic of this.#deleting.values()) {
      yield formatTopic(topic);
      yield { deleting: topic.id };
    }
    for (const topic of this.#topics.values()) yield formatTopic(topic);
  }
}

function formatLine(line: object): string {
  return JSON.stringify(line) + "\n";
}

function formatTopic({ name, id, partitionCount, configs }: CatalogTopic): Line {
  return { topic: name, id, partitions: partitionCount, configs: Object.fromEntries(configs) };
}

function parseTopic(
  { topic: name, id, partitions, configs }: Record<string, unknown>,
): CatalogTopic | string {
  if (typeof name !== "string" || !isTopicName(name)) return "its topic has no possible name";
  if (typeof id !== "string" || !isUuid(id)) return "its topic has no id";
  if (typeof partitions !== "number" || !Number.isInteger(partitions) || partitions < 1) {
    return "its topic has no number of partitions";
  }
  const entries = Object.entries(typeof configs === "object" && configs !== null ? configs : {});
  if (entries.some(([, value]) => typeof value !== "string")) return "a setting of its topic is not a text";
  return { name, id, partitionCount: partitions, configs: new Map(entries as [string, string][]) };
}
