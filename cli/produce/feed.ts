/**
 * From inputs to the producer, record by record.
 *
 * What must be true: what can't be read, or be taken, ends it with its place, and nothing behind it is handed over; and while
 * the producer has no room nothing is read.
 * @module
 */
import { type Interrupt, STOPPED } from "../interrupt.ts";
import type { Input } from "./input.ts";
import type { ReadLine, Record } from "./line_record.ts";
import { type LineLimits, LineSplitter, LongLineError } from "./line_splitter.ts";
import { Places } from "./places.ts";

/** Where records go: a Producer. */
export interface Sink {
  append(record: Record): Promise<void> | undefined;
}

export interface FeedOptions extends LineLimits {
  readonly sink: Sink;
  readonly read: ReadLine;
  readonly interrupt: Pick<Interrupt, "orStop" | "isRequested">;
  /** Told again and again how many bytes of all inputs have been worked on. */
  readonly onProgress: (doneBytes: number) => void;
  /** Whether it makes no sense to go on. */
  readonly hasFailed: () => boolean;
}

/** A record that could not be handed over; the message begins with its place. */
export class FeedError extends Error {
  override name = "FeedError";

  constructor(place: string, cause: unknown) {
    super(`${place}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

export class Feed {
  readonly places = new Places();
  readonly #options: FeedOptions;
  #records = 0;
  #bytes = 0;
  #readBytes = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Records handed over. */
  get records(): number {
    return this.#records;
  }

  /** Of their keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A record for each line; false: it was stopped before the end. Throws a FeedError. */
  async lines(input: Input): Promise<boolean> {
    const { interrupt, onProgress, hasFailed } = this.#options;
    const splitter = new LineSplitter(this.#options);
    try {
      for (;;) {
        const count = await interrupt.orStop(input.read(splitter.room()));
        if (count === STOPPED) return false;
        if (count === null) break;
        this.#readBytes += count;
        splitter.filled(count);
        for (let line = splitter.next(); line !== undefined; line = splitter.next()) {
          const taking = this.#takeLine(line, splitter.lines, input);
          if (taking === undefined) continue;
          if (await interrupt.orStop(taking) === STOPPED) return false;
          onProgress(this.#readBytes - splitter.pending);
        }
        onProgress(this.#readBytes - splitter.pending);
        if (hasFailed() || interrupt.isRequested) return false;
      }
      const last = splitter.last();
      const taking = last === undefined ? undefined : this.#takeLine(last, splitter.lines, input);
      return taking === undefined || await interrupt.orStop(taking) !== STOPPED;
    } catch (error) {
      if (error instanceof FeedError) throw error;
      throw new FeedError(
        error instanceof LongLineError ? lineOf(input, splitter.lines + 1) : input.name,
        error,
      );
    }
  }

  /** All of it as the value of one record; false: it was stopped before the end. Throws a FeedError. */
  async whole(input: Input): Promise<boolean> {
    const { interrupt, maxBytes, onProgress, read } = this.#options;
    try {
      let bytes = new Uint8Array(Math.min(input.size ?? 64 * 1024, maxBytes) + 1);
      let length = 0;
      for (;;) {
        if (length > maxBytes) {
          throw new Error(`it has more than the ${maxBytes} bytes that a record may have`);
        }
        if (length === bytes.length) bytes = grown(bytes, maxBytes + 1);
        const count = await interrupt.orStop(input.read(bytes.subarray(length)));
        if (count === STOPPED) return false;
        if (count === null) break;
        onProgress(this.#readBytes += count);
        length += count;
      }
      const record = read(bytes.subarray(0, length))!;
      this.places.add(this.#records, input.name, undefined);
      const taking = this.#append(record);
      return taking === undefined || await interrupt.orStop(taking) !== STOPPED;
    } catch (error) {
      throw new FeedError(input.name, error);
    }
  }

  #takeLine(line: Uint8Array, number: number, input: Input): Promise<void> | undefined {
    let taking: Promise<void> | undefined;
    try {
      const record = this.#options.read(line);
      if (record === undefined) return undefined;
      this.places.add(this.#records, input.name, number);
      taking = this.#append(record);
    } catch (error) {
      throw new FeedError(lineOf(input, number), error);
    }
    return taking?.catch((error) => {
      throw new FeedError(lineOf(input, number), error);
    });
  }

  #append(record: Record): Promise<void> | undefined {
    const taking = this.#options.sink.append(record);
    this.#records++;
    this.#bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    return taking;
  }
}

function lineOf({ name }: Input, line: number): string {
  return `line ${line} of ${name}`;
}

function grown(bytes: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(Math.min(bytes.length * 2, most));
  result.set(bytes);
  return result;
}
