/**
 * One of Kafka's checkpoint files of a data directory: an offset for each partition.
 *
 * `recovery-point-offset-checkpoint`: all below was flushed, so that recovery need not read it. It may lag behind, and never
 * be ahead. `log-start-offset-checkpoint`: where a log begins, if that is behind the begin of its first segment.
 * @module
 */
import { readText, replaceFile, replaceFileInBackground } from "./atomic_file.ts";
import { formatOffsetCheckpoint, parseOffsetCheckpoint, type PartitionOffset } from "./checkpoint_file.ts";
import type { Disk } from "./disk.ts";
import type { BackgroundDisk, Logger } from "./environment.ts";

interface Write {
  readonly text: string;
  /** Another write came in its place, and failed. */
  failure?: Error;
}

export class OffsetCheckpoint {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #log: Logger;
  /** What is in the file, if that is known. */
  #written: string | undefined;
  /** What is on its way there. */
  #beingWritten: Write | undefined;
  /** Writes that wait for the one under way. */
  readonly #next: (() => void)[] = [];

  constructor(disk: Disk, path: string, log: Logger) {
    this.#disk = disk;
    this.#path = path;
    this.#log = log;
  }

  /** Offsets by partition directory ("topic-0"); none if the file is missing or damaged. */
  read(): ReadonlyMap<string, number> {
    const text = readText(this.#disk, this.#path);
    if (text === undefined) return new Map();
    const offsets = parseOffsetCheckpoint(text);
    if (typeof offsets !== "string") {
      this.#written = text;
      return offsets;
    }
    this.#log("warn", `${this.#path} can't be read, so more has to be recovered: ${offsets}`);
    return new Map();
  }

  /** The file was there and good when it was read, or has been written since. */
  get isKnown(): boolean {
    return this.#written !== undefined;
  }

  /** Whether there is an offset of a partition of `topic`, `from` or a later one, in the file, or may soon be. */
  mentions(topic: string, from = 0): boolean {
    const line = new RegExp(`^${topic.replaceAll(".", "\\.")} (\\d+) `, "gm");
    return [this.#written, this.#beingWritten?.text].some((text) => {
      return text?.matchAll(line).some(([, partition]) => Number(partition) >= from);
    });
  }

  /** Waits for the disk. What is being written in the background comes too late. */
  write(offsets: readonly PartitionOffset[]): void {
    const text = formatOffsetCheckpoint(offsets);
    const dropped = this.#beingWritten;
    this.#beingWritten = undefined;
    this.#written = undefined;
    try {
      replaceFile(this.#disk, this.#path, text);
    } catch (error) {
      // Neither of the two is there.
      if (dropped !== undefined) dropped.failure = error as Error;
      throw error;
    }
    this.#written = text;
  }

  /**
   * Writes what `collect` gives, now or, if a write is under way, after that one; `done` is called when it is on stable
   * storage, or could not be written. Writes nothing if it would write what it wrote last: an idle broker leaves the disk
   * alone.
   */
  writeInBackground<Offset extends PartitionOffset>(
    background: BackgroundDisk,
    collect: () => readonly Offset[],
    done: (error: Error | undefined, offsets: readonly Offset[]) => void = () => {},
  ): void {
    const start = () => this.#start(background, collect(), done);
    if (this.#beingWritten === undefined) start();
    else this.#next.push(start);
  }

  #start<Offset extends PartitionOffset>(
    background: BackgroundDisk,
    offsets: readonly Offset[],
    done: (error: Error | undefined, offsets: readonly Offset[]) => void,
  ): void {
    const text = formatOffsetCheckpoint(offsets);
    if (text === this.#written) return done(undefined, offsets);
    const write: Write = this.#beingWritten = { text };
    const isSuperseded = () => this.#beingWritten !== write;
    replaceFileInBackground(this.#disk, background, this.#path, text, (failure) => {
      const error = failure ?? write.failure;
      if (error) this.#log("warn", `${this.#path} could not be written: ${error.message}`);
      if (!isSuperseded()) {
        this.#beingWritten = undefined;
        this.#written = error ? undefined : text;
      }
      done(error, offsets);
      while (this.#beingWritten === undefined && this.#next.length > 0) this.#next.shift()!();
    }, isSuperseded);
  }
}
