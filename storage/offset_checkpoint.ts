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

export class OffsetCheckpoint {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #log: Logger;
  #written: string | undefined;
  #isWriting = false;

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
    if (typeof offsets !== "string") return offsets;
    this.#log("warn", `${this.#path} can't be read, so more has to be recovered: ${offsets}`);
    return new Map();
  }

  /** Waits for the disk. */
  write(offsets: readonly PartitionOffset[]): void {
    this.#written = formatOffsetCheckpoint(offsets);
    replaceFile(this.#disk, this.#path, this.#written);
  }

  /** Does nothing if it would write what it wrote last, or is still at it: an idle broker leaves the disk alone. */
  writeInBackground(background: BackgroundDisk, offsets: readonly PartitionOffset[]): void {
    const text = formatOffsetCheckpoint(offsets);
    if (this.#isWriting || text === this.#written) return;
    this.#isWriting = true;
    replaceFileInBackground(this.#disk, background, this.#path, text, (error) => {
      this.#isWriting = false;
      if (!error) this.#written = text;
      else {
        this.#log(
          "warn",
          `${this.#path} could not be written, so a recovery would take longer: ${error.message}`,
        );
      }
    });
  }
}
