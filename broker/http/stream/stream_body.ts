/**
 * The body of a live stream: pulled piece by piece, as fast as the other side takes it.
 *
 * What must be true: there is no more than one piece of it in memory; it ends its work at once when the other side is gone;
 * and what goes wrong on the way is said in the stream, since the status has long been sent.
 * @module
 */
import { ApiError, ApiErrorCode } from "../api_error.ts";
import { ByteWriter } from "../byte_writer.ts";
import type { Filter } from "../filter/filter.ts";
import { failureOf } from "../kafka_failures.ts";
import { formatPositions, type Positions } from "./positions.ts";
import { shownFailure, type StreamFormat } from "./stream_format.ts";
import type { StreamItem, TopicStream } from "./topic_stream.ts";

export interface StreamBodyOptions {
  readonly topic: string;
  readonly stream: TopicStream;
  readonly format: StreamFormat;
  readonly filter: Filter | undefined;
  /** Ends after so many records. */
  readonly maxRecords: number;
  /** Says how far it is while it reads on. */
  readonly showsProgress: boolean;
  /** Where each partition ends, as far as known: for the progress. */
  readonly ends: Positions;
  /** Tells of partitions that the topic has got meanwhile. */
  readonly newPartitions: (() => Promise<readonly number[]>) | undefined;
  readonly signal: AbortSignal;
  /** True when everything is being shut down: the stream ends without a word, and its reader comes back by itself. */
  readonly isEnding: () => boolean;
  /** Called once, however it ends. */
  readonly onEnd: () => void;
}

const MIN_PIECE_BYTES = 512;
const PIECE_BYTES = 64 * 1024;
const KEEP_ALIVE_MS = 15_000;
const PROGRESS_MS = 500;
const LOOK_FOR_PARTITIONS_MS = 5000;
/** Others have their turn on this thread when a filter lets nothing through for so long. */
const MAX_TURN_MS = 10;

export function streamBody(options: StreamBodyOptions): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = new StreamPieces(options);
  return new ReadableStream({
    async pull(controller) {
      try {
        const piece = await pieces.next();
        if (piece !== undefined) return controller.enqueue(piece);
        controller.close();
      } catch {
        // Only when the other side is gone.
        controller.close();
      }
      pieces.end();
    },
    cancel: () => pieces.end(),
  }, { highWaterMark: 0 });
}

class StreamPieces {
  readonly #options: StreamBodyOptions;
  #writer = new ByteWriter(0);
  #hasBegun = false;
  #isOver = false;
  #hasEnded = false;
  #scannedCount = 0;
  #matchedCount = 0;
  #lastProgressMs = performance.now();
  #lastSentMs = performance.now();
  #lastLookMs = performance.now();

  constructor(options: StreamBodyOptions) {
    this.#options = options;
  }

  /** The next piece; undefined: it is over. Rejects if the other side is gone. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#isOver) return undefined;
    // As large as the last, which is mostly right: one record at the end of a topic, a whole piece before.
    this.#writer = new ByteWriter(Math.max(MIN_PIECE_BYTES, this.#writer.length));
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#options.format.begin(this.#writer, this.#id);
      if (this.#writer.length > 0) return this.#writer.finish();
    }
    try {
      await this.#fill();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (this.#options.isEnding()) return undefined;
      this.#say("error", shownFailure(failureIn(error, this.#options.topic)));
      this.#isOver = true;
    }
    this.#lastSentMs = performance.now();
    return this.#writer.length > 0 ? this.#writer.finish() : undefined;
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#options.stream.close();
    this.#options.onEnd();
  }

  readonly #id = () => formatPositions(this.#options.stream.positions);

  /** Writes until there is a piece worth sending, or the stream is over. */
  async #fill(): Promise<void> {
    const { stream } = this.#options;
    let turnStartMs = performance.now();
    while (!this.#isOver && this.#writer.length < PIECE_BYTES) {
      const item = stream.take();
      if (item !== undefined) {
        this.#show(item);
        continue;
      }
      const nowMs = performance.now();
      this.#sayProgress(nowMs);
      if (this.#writer.length > 0) return;
      if (nowMs - turnStartMs > MAX_TURN_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turnStartMs = performance.now();
      }
      await this.#lookForPartitions(nowMs);
      const idleMs = KEEP_ALIVE_MS - (nowMs - this.#lastSentMs);
      if (idleMs <= 0) return this.#options.format.keepAlive(this.#writer, this.#id);
      if (!await stream.more(Math.min(idleMs, this.#waitMs(nowMs)))) this.#finish();
    }
  }

  #waitMs(nowMs: number): number {
    const { newPartitions } = this.#options;
    return newPartitions === undefined
      ? KEEP_ALIVE_MS
      : Math.max(1, this.#lastLookMs + LOOK_FOR_PARTITIONS_MS - nowMs);
  }

  #show(item: StreamItem): void {
    if (item.kind === "gap") {
      const { partition, from, to } = item;
      return this.#say("gap", { partition, from, to });
    }
    this.#scannedCount++;
    const { filter, format, maxRecords } = this.#options;
    if (filter !== undefined && !filter.matches(item.record)) return;
    this.#matchedCount++;
    format.record(this.#writer, item.record, this.#id);
    if (this.#matchedCount >= maxRecords) this.#finish();
  }

  #finish(): void {
    this.#isOver = true;
    if (this.#options.showsProgress) this.#say("progress", this.#progress());
    this.#say("end", { scanned_records: this.#scannedCount, matched_records: this.#matchedCount });
  }

  #sayProgress(nowMs: number): void {
    if (!this.#options.showsProgress || nowMs - this.#lastProgressMs < PROGRESS_MS) return;
    this.#lastProgressMs = nowMs;
    this.#say("progress", this.#progress());
  }

  #progress(): unknown {
    const { stream, ends } = this.#options;
    return {
      partitions: Array.from(stream.positions, ([partition, offset]) => ({
        partition,
        offset,
        end_offset: Math.max(offset, ends.get(partition) ?? offset),
      })),
      scanned_records: this.#scannedCount,
      matched_records: this.#matchedCount,
    };
  }

  #say(name: string, body: unknown): void {
    this.#options.format.message(this.#writer, name, body, this.#id);
  }

  async #lookForPartitions(nowMs: number): Promise<void> {
    const { newPartitions, stream } = this.#options;
    if (newPartitions === undefined || nowMs - this.#lastLookMs < LOOK_FOR_PARTITIONS_MS) return;
    this.#lastLookMs = nowMs;
    for (const partition of await newPartitions()) stream.add(partition);
  }
}

function failureIn(error: unknown, topic: string): ApiError {
  return failureOf(error, topic) ??
    new ApiError(
      500,
      ApiErrorCode.INTERNAL,
      "Something went wrong inside the gateway; connecting again may help.",
    );
}
