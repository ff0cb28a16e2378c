/**
 * Which topics there are: their ids, numbers of partitions and settings; and the settings that were given to other things while
 * the broker ran. An append-only file of JSON lines, one for each change, each on stable storage before it counts:
 *
 *     {"milena":"topics","version":1}
 *     {"topic":"orders","id":"…","partitions":3,"configs":{"segment.bytes":"1048576"}}     the topic as it is from now on
 *     {"deleting":"…id…"}                                               it is gone for clients; its directories may be there
 *     {"deleted":"…id…"}                                                none of its directories has its name any more
 *     {"resource":"broker","name":"1","configs":{"log.retention.ms":"5"}}         all that was given to it; {}: nothing
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
import { DataDirectoryError, errorText, invariant, LogError } from "./log_error.ts";
import { ErrorCode } from "../protocol/errors.ts";

const HEADER = { milena: "topics", version: 1 };
/** So many lines more than there are topics are kept before the file is written anew. */
const HISTORY_LINES = 200;
const NEWLINE = 0x0a;

/** A topic as the catalog knows it. */
export interface CatalogTopic {
  readonly name: string;
  readonly id: string;
  readonly partitionCount: number;
  readonly configs: ReadonlyMap<string, string>;
}

interface TopicLine {
  readonly topic: string;
  readonly id: string;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>>;
}

interface ResourceLine {
  readonly resource: string;
  readonly name: string;
  readonly configs: Readonly<Record<string, string>>;
}

type Line = TopicLine | ResourceLine | { readonly deleting: string } | { readonly deleted: string };

/** By name. */
type Configs = ReadonlyMap<string, string>;

const NO_CONFIGS: Configs = new Map();

/** What the lines of a catalog add up to. */
export class CatalogContent {
  /** By id, without those that are being deleted. */
  readonly topics = new Map<string, CatalogTopic>();
  /** Topics whose deletion has begun and not been finished, by id. */
  readonly deleting = new Map<string, CatalogTopic>();
  /** Settings by kind of resource and name, without those that have none. */
  readonly resources = new Map<string, Map<string, Configs>>();
  /** Number of lines that were read. */
  readonly lineCount: number = 0;
  /** Bytes of these lines. */
  readonly validBytes: number = 0;
  /** What is wrong with the line behind them; undefined if nothing is, or if that is the last one, torn by a crash. */
  readonly problem: string | undefined;

  constructor(bytes: Uint8Array) {
    const decoder = new TextDecoder();
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, this.validBytes)) {
      const problem = this.#applyText(decoder.decode(bytes.subarray(this.validBytes, end)));
      if (problem !== undefined) {
        // Nobody was told of a change whose line is torn: sectors of it may be there and others not.
        const isLast = end === bytes.length - 1 && this.lineCount > 0;
        if (!isLast) this.problem = `line ${this.lineCount + 1}: ${problem}`;
        return;
      }
      this.lineCount++;
      this.validBytes = end + 1;
    }
    if (this.lineCount === 0) this.problem = "line 1: it has no end";
  }

  apply(line: Line): string | undefined {
    if ("topic" in line) {
      const topic = parseTopic(line);
      if (typeof topic === "string") return topic;
      this.topics.set(topic.id, topic);
    } else if ("deleting" in line) {
      const topic = this.topics.get(line.deleting);
      if (topic === undefined) return `there is no topic with the id ${line.deleting}`;
      this.topics.delete(topic.id);
      this.deleting.set(topic.id, topic);
    } else if ("deleted" in line) {
      if (!this.deleting.delete(line.deleted)) return `no topic with the id ${line.deleted} is being deleted`;
    } else if ("resource" in line) {
      return this.#applyResource(line);
    } else {
      return "it is no change that this version knows";
    }
  }

  #applyResource({ resource, name, configs }: ResourceLine): string | undefined {
    if (typeof resource !== "string" || typeof name !== "string") return "its resource has no name";
    const values = parseConfigs(configs);
    if (values === undefined) return "a setting of its resource is not a text";
    const named = this.resources.get(resource) ?? new Map<string, Configs>();
    this.resources.set(resource, named);
    if (values.size === 0) named.delete(name);
    else named.set(name, values);
  }

  #applyText(text: string): string | undefined {
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      return "it is not JSON";
    }
    if (typeof line !== "object" || line === null) return "it is not an object";
    if (this.lineCount > 0) return this.apply(line as Line);
    const { milena, version } = line as Partial<typeof HEADER>;
    if (milena === HEADER.milena && version === HEADER.version) return undefined;
    return `it is not ${
      JSON.stringify(HEADER)
    }: this file was written by another version, or is something else`;
  }
}

export class TopicCatalog implements Disposable {
  readonly #file: DiskFile;
  readonly #content: CatalogContent;
  #size: number;
  #failure: LogError | undefined;

  private constructor(disk: Disk, path: string) {
    this.#file = disk.open(path);
    try {
      const bytes = new Uint8Array(this.#file.size());
      this.#file.readAt(bytes, 0);
      this.#content = new CatalogContent(bytes);
      this.#size = this.#content.validBytes;
      const { problem } = this.#content;
      if (problem !== undefined) {
        throw new DataDirectoryError(`${path}, ${problem}; restore the file, or mend that line`);
      }
      if (this.#size < bytes.length) {
        this.#file.truncate(this.#size);
        this.#file.syncData();
      }
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** Reads the catalog at `path`; makes an empty one if there is none. */
  static open(disk: Disk, path: string): TopicCatalog {
    if (!disk.exists(path)) replaceFile(disk, path, formatLine(HEADER));
    const catalog = new TopicCatalog(disk, path);
    const { topics, deleting, resources, lineCount } = catalog.#content;
    let lines = topics.size + deleting.size;
    for (const named of resources.values()) lines += named.size;
    if (lineCount <= lines + HISTORY_LINES) return catalog;
    catalog.close();
    replaceFile(disk, path, [HEADER, ...historyOf(catalog.#content)].map(formatLine).join(""));
    return new TopicCatalog(disk, path);
  }

  /** All topics but those that are being deleted. */
  topics(): IterableIterator<CatalogTopic> {
    return this.#content.topics.values();
  }

  topic(id: string): CatalogTopic | undefined {
    return this.#content.topics.get(id);
  }

  /** Topics whose deletion has begun and not been finished. */
  deleting(): IterableIterator<CatalogTopic> {
    return this.#content.deleting.values();
  }

  /** A new topic, or one that has changed. On stable storage when it returns. */
  put(topic: CatalogTopic): void {
    this.#append(formatTopic(topic));
  }

  /** The settings of a resource that is no topic; `kind`: of which kind it is. */
  configsOf(kind: string, name: string): Configs {
    return this.#content.resources.get(kind)?.get(name) ?? NO_CONFIGS;
  }

  /** Names of the resources of a kind that have settings. */
  namesOf(kind: string): string[] {
    return [...this.#content.resources.get(kind)?.keys() ?? []];
  }

  /** Gives a resource these settings and no others. On stable storage when it returns. */
  putConfigs(kind: string, name: string, configs: Configs): void {
    this.#append({ resource: kind, name, configs: Object.fromEntries(configs) });
  }

  beginDelete(id: string): void {
    this.#append({ deleting: id });
  }

  endDelete(id: string): void {
    this.#append({ deleted: id });
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
    this.#write(bytes);
    try {
      this.#file.syncData();
    } catch (error) {
      // Whether the line is there nobody knows before the next start, so no other may come behind it.
      throw this.#failure = new LogError(
        ErrorCode.KAFKA_STORAGE_ERROR,
        "the catalog of topics could not be brought to stable storage, so topics can't be changed before the broker is " +
          `restarted: ${errorText(error)}`,
        { cause: error },
      );
    }
    this.#size += bytes.length;
    const problem = this.#content.apply(line);
    invariant(problem === undefined, () => `the catalog was told something impossible: ${problem}`);
  }

  #write(bytes: Uint8Array): void {
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
  }
}

function* historyOf({ topics, deleting, resources }: CatalogContent): Generator<Line> {
  for (const [resource, named] of resources) {
    for (const [name, configs] of named) yield { resource, name, configs: Object.fromEntries(configs) };
  }
  for (const topic of deleting.values()) {
    yield formatTopic(topic);
    yield { deleting: topic.id };
  }
  for (const topic of topics.values()) yield formatTopic(topic);
}

function formatLine(line: object): string {
  return JSON.stringify(line) + "\n";
}

function formatTopic({ name, id, partitionCount, configs }: CatalogTopic): TopicLine {
  return { topic: name, id, partitions: partitionCount, configs: Object.fromEntries(configs) };
}

/** Checks what JSON may have made of a line. */
function parseTopic({ topic: name, id, partitions, configs }: TopicLine): CatalogTopic | string {
  if (typeof name !== "string" || !isTopicName(name)) return "its topic has no possible name";
  if (typeof id !== "string" || !isUuid(id)) return "its topic has no id";
  if (!Number.isInteger(partitions) || partitions < 1) return "its topic has no number of partitions";
  const values = parseConfigs(configs);
  if (values === undefined) return "a setting of its topic is not a text";
  return { name, id, partitionCount: partitions, configs: values };
}

function parseConfigs(configs: Readonly<Record<string, string>> | undefined): Configs | undefined {
  const entries = Object.entries(configs ?? {});
  return entries.every(([, value]) => typeof value === "string") ? new Map(entries) : undefined;
}
