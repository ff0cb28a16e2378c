/**
 * Producer ids, each given out once in the life of a data directory.
 *
 * Ids are taken from a block whose end is on stable storage before the first of them is used, so a crash may skip ids but
 * never repeats one. The next block is reserved in the background while half of the present one is left.
 * @module
 */
import { readText, replaceFile, replaceFileInBackground } from "./atomic_file.ts";
import type { Disk } from "./disk.ts";
import type { BackgroundDisk, Logger } from "./environment.ts";
import { DataDirectoryError } from "./log_error.ts";
import { join, PRODUCER_IDS } from "./file_names.ts";

const BLOCK_SIZE = 10_000;

export interface ProducerIdsOptions {
  readonly disk: Disk;
  readonly background: BackgroundDisk;
  readonly directory: string;
  readonly log: Logger;
  /** No id below this is given out: logs may know producers that another broker named. */
  readonly atLeast: number;
}

export class ProducerIds {
  readonly #options: ProducerIdsOptions;
  readonly #path: string;
  #next: number;
  /** Ids below it are reserved on stable storage. */
  #reservedUntil: number;
  #isReserving = false;

  /** Reads what was reserved before and reserves a block, waiting for the disk: for start only. */
  constructor(options: ProducerIdsOptions) {
    this.#options = options;
    this.#path = join(options.directory, PRODUCER_IDS);
    const text = readText(options.disk, this.#path);
    this.#next = Math.max(options.atLeast, text === undefined ? 0 : parse(text, this.#path));
    this.#reservedUntil = this.#next + BLOCK_SIZE;
    replaceFile(options.disk, this.#path, format(this.#reservedUntil));
  }

  /** An id never given out before; undefined if the next block is not reserved yet: ask again shortly. */
  next(): number | undefined {
    if (this.#reservedUntil - this.#next <= BLOCK_SIZE / 2) this.#reserve();
    return this.#next < this.#reservedUntil ? this.#next++ : undefined;
  }

  /** No id up to `producerId` is given out from now on. Waits for the disk if that is news: for start only. */
  passOver(producerId: number): void {
    if (producerId < this.#next) return;
    this.#next = producerId + 1;
    this.provide(1);
  }

  /** Makes sure that the next `count` ids are to be had at once. Waits for the disk if they are not: for start only. */
  provide(count: number): void {
    if (this.#next + count <= this.#reservedUntil) return;
    this.#reservedUntil = this.#next + count + BLOCK_SIZE;
    replaceFile(this.#options.disk, this.#path, format(this.#reservedUntil));
  }

  #reserve(): void {
    if (this.#isReserving) return;
    this.#isReserving = true;
    const until = this.#reservedUntil + BLOCK_SIZE;
    const { disk, background, log } = this.#options;
    replaceFileInBackground(disk, background, this.#path, format(until), (error) => {
      this.#isReserving = false;
      if (error === undefined) this.#reservedUntil = until;
      else log("error", `producer ids could not be reserved: ${error.message}`);
    });
  }
}

function format(nextId: number): string {
  return `version: 0\nnext_producer_id: ${nextId}\n`;
}

/** No id below it may be given out; undefined if the text is something else. */
export function parseProducerIds(text: string): number | undefined {
  const found = /^version: 0\nnext_producer_id: (\d{1,15})\n$/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function parse(text: string, path: string): number {
  const found = parseProducerIds(text);
  if (found !== undefined) return found;
  throw new DataDirectoryError(
    `${path} can't be read, so no producer id can be given out safely; it should be two lines, "version: 0" and ` +
      `"next_producer_id: N" with N above every producer id in use; found ${
        JSON.stringify(text.slice(0, 80))
      }`,
  );
}
