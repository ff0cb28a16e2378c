/**
 * Records that come as JSON objects one after the other in one body, a report for each as soon as it is written.
 *
 * What must be true: reports stand in the order of the records; those of a partition are written in the order they came;
 * what is on its way is bounded, and while the broker, or who reads the reports, is slower than the body, the body waits.
 * @module
 */
import { ApiError, wrongShape } from "../api_error.ts";
import type { BulkWindow } from "../bulk_windows.ts";
import { JsonSplitter } from "../json_splitter.ts";
import { PulledText } from "../pulled_text.ts";
import { bodyChunks } from "../body_chunks.ts";
import type { Services } from "../route.ts";
import { type Item, itemOf, type ItemOutcome, type ProduceTarget, writeItems } from "./produce_report.ts";
import { membersOf, producedRecord } from "./produced_record.ts";

/** Records are handed over together up to about this many bytes. */
const PART_BYTES = 64 * 1024;
/** What a record takes besides its bytes, with its report. */
const RECORD_BYTES = 512;

/** The reports of a body that comes as it likes. */
export function produceStream(
  request: Request,
  services: Services,
  target: ProduceTarget,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const window = services.gateway.bulkWindows.open();
  const stop = new AbortController();
  const text = new PulledText(() => stop.abort());
  void new RecordStream(services, target, window, text)
    .run(request, stop.signal)
    .then(() => text.end(), (error) => text.fail(error))
    .finally(() => window[Symbol.dispose]());
  return text.stream;
}

class RecordStream {
  readonly #services: Services;
  readonly #target: ProduceTarget;
  readonly #window: BulkWindow;
  readonly #text: PulledText;
  #items: Item[] = [];
  #itemBytes = 0;
  #hasTaken = false;
  /** Of what is on its way. */
  #heldBytes = 0;
  /** Resolves when all that was handed over is reported. */
  #reported = Promise.resolve();

  constructor(services: Services, target: ProduceTarget, window: BulkWindow, text: PulledText) {
    this.#services = services;
    this.#target = target;
    this.#window = window;
    this.#text = text;
  }

  async run(request: Request, stop: AbortSignal): Promise<void> {
    const { maxBytes, budget } = this.#services.body;
    using splitter = new JsonSplitter({
      maxBytes: Math.min(maxBytes, this.#services.gateway.maxRecordBytes),
      budget,
    });
    try {
      for await (const chunk of bodyChunks(request, this.#services.body, stop)) {
        splitter.push(chunk);
        for (let object = splitter.next(); object !== undefined; object = splitter.next()) {
          this.#take(object);
          if (this.#itemBytes >= PART_BYTES) await this.#handOver();
        }
        await this.#handOver();
      }
      if (!stop.aborted) splitter.end();
      if (!this.#hasTaken && !stop.aborted) {
        throw wrongShape(
          'The body has no record: it must be {"value":{"type":"JSON","data":…}}, or many such.',
        );
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // What follows can't be told apart any more.
      this.#items.push({ error });
      await this.#handOver();
    }
    await this.#reported;
  }

  #take(object: Uint8Array): void {
    this.#hasTaken = true;
    this.#items.push(itemOf(() => producedRecord(membersOf(object, "a record"))));
    this.#itemBytes += object.length + RECORD_BYTES;
  }

  /** Begins to write what was taken. Resolves when there is room for more. */
  async #handOver(): Promise<void> {
    if (this.#items.length === 0) return;
    const byteCount = this.#itemBytes;
    const taken = Promise.withResolvers<void>();
    const writing = writeItems(this.#services, this.#target, this.#items, taken.resolve);
    this.#items = [];
    this.#itemBytes = 0;
    this.#heldBytes += byteCount;
    this.#reported = this.#reported.then(async () => {
      this.#text.write(reportsOf(await writing));
      this.#heldBytes -= byteCount;
    });
    await Promise.race([taken.promise, writing]);
    if (this.#heldBytes > this.#window.bytes / 2) await this.#reported;
    await this.#text.room();
  }
}

/** Each on its line. */
export function reportsOf(outcomes: readonly ItemOutcome[]): string {
  let text = "";
  for (const outcome of outcomes) {
    text +=
      ("error" in outcome ? outcome.error.toJson() : JSON.stringify({ error_code: 200, ...outcome.report })) +
      "\n";
  }
  return text;
}
