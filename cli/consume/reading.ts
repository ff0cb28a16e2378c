/**
 * From a consumer to standard output.
 *
 * What must be true: each record that is wanted is written once, in the order of its partition; it ends exactly where the
 * stretches end, also if nothing can be read there (markers of transactions, what was compacted away); and for a group only
 * what was written is committed.
 * @module
 */
import type { PollOptions, TopicPartition } from "../../client/mod.ts";
import type { ByteOutput } from "../byte_output.ts";
import { type Interrupt, STOPPED } from "../interrupt.ts";
import type { RecordFormat, ShownRecord } from "./record_format.ts";
import type { Reader, Stretches } from "./stretches.ts";
import type { WrittenOffsets } from "./written_offsets.ts";

/** What is read from: a Consumer. */
export interface Source extends Reader {
  poll(options: PollOptions): Promise<readonly ShownRecord[]>;
  pause(partitions: readonly TopicPartition[]): void;
  commit(offsets: ReturnType<WrittenOffsets["take"]>): Promise<void>;
}

export interface ReadingOptions {
  readonly consumer: Source;
  readonly stretches: Stretches;
  readonly output: ByteOutput;
  readonly format: RecordFormat;
  readonly isWanted: ((record: ShownRecord) => boolean) | undefined;
  /** undefined: nothing is committed. */
  readonly written: WrittenOffsets | undefined;
  readonly maxRecords: number;
  readonly interrupt: Pick<Interrupt, "orStop" | "isRequested" | "signal">;
}

const POLL_RECORDS = 10_000;
/** Also how late it may be seen that nothing can be read at the end, */
const POLL_MS = 100;
/** and where there is none, that whoever reads has gone. */
const ENDLESS_POLL_MS = 250;
const COMMIT_INTERVAL_MS = 5000;

export class Reading {
  readonly #options: ReadingOptions;
  #left: number;

  constructor(options: ReadingOptions) {
    this.#options = options;
    this.#left = options.maxRecords;
  }

  /** Resolves when all is written, or when it is interrupted. */
  async run(): Promise<void> {
    const { consumer, stretches, interrupt, isWanted } = this.#options;
    let commitMs = performance.now() + COMMIT_INTERVAL_MS;
    while (this.#left > 0 && !interrupt.isRequested && !stretches.areDone(consumer)) {
      const records = await consumer.poll({
        timeoutMs: stretches.haveEnds ? POLL_MS : ENDLESS_POLL_MS,
        maxRecords: isWanted === undefined ? Math.min(this.#left, POLL_RECORDS) : POLL_RECORDS,
        signal: interrupt.signal,
      });
      if (await this.#write(records) === STOPPED) break;
      if (records.length === 0) await this.#options.output.checkReader();
      const finished = stretches.newlyFinished(consumer);
      if (finished.length > 0) consumer.pause(finished);
      if (performance.now() < commitMs) continue;
      commitMs = performance.now() + COMMIT_INTERVAL_MS;
      await this.#commit();
    }
    await this.#commit();
  }

  async #write(records: readonly ShownRecord[]): Promise<void | typeof STOPPED> {
    const { stretches, output, format, isWanted, written } = this.#options;
    for (const record of records) {
      if (!stretches.wants(record)) continue;
      if (isWanted === undefined || isWanted(record)) {
        if (this.#left-- === 0) break;
        format.write(output.writer, record);
        if (output.isFull && await this.#flush() === STOPPED) return STOPPED;
      }
      written?.add(record);
    }
    return await this.#flush();
  }

  async #flush(): Promise<void | typeof STOPPED> {
    const { output, interrupt, written } = this.#options;
    const flushed = await interrupt.orStop(output.flush());
    if (flushed !== STOPPED) written?.flushed();
    return flushed;
  }

  async #commit(): Promise<void> {
    const { consumer, written } = this.#options;
    const offsets = written?.take() ?? [];
    if (offsets.length > 0) await consumer.commit(offsets);
  }
}
