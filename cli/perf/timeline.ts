/**
 * What has come when: records and bytes by spans of time that are equally long, and get longer when there are too many, so
 * that an hour takes no more memory than ten seconds.
 * @module
 */

/** Long enough for a line to have a shape on a page, and no longer than a page has room for. */
const MAX_SPANS = 240;
const FIRST_SPAN_MS = 50;

/** A span, by its middle. */
export interface TimelinePoint {
  /** Since the begin. */
  readonly seconds: number;
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

export class Timeline {
  readonly #beginMs: number;
  readonly #records = new Float64Array(MAX_SPANS);
  readonly #bytes = new Float64Array(MAX_SPANS);
  #spanMs = FIRST_SPAN_MS;
  #totalRecords = 0;
  #totalBytes = 0;

  constructor(beginMs: number) {
    this.#beginMs = beginMs;
  }

  get records(): number {
    return this.#totalRecords;
  }

  get bytes(): number {
    return this.#totalBytes;
  }

  add(nowMs: number, records: number, bytes: number): void {
    const since = Math.max(0, nowMs - this.#beginMs);
    while (since >= this.#spanMs * MAX_SPANS) this.#widen();
    const span = Math.floor(since / this.#spanMs);
    this.#records[span]! += records;
    this.#bytes[span]! += bytes;
    this.#totalRecords += records;
    this.#totalBytes += bytes;
  }

  /** Up to `endMs`, with which the last span ends. */
  points(endMs: number): TimelinePoint[] {
    const endsAfter = Math.max(endMs - this.#beginMs, 0);
    const points: TimelinePoint[] = [];
    for (let span = 0; span < MAX_SPANS; span++) {
      const from = span * this.#spanMs;
      const width = Math.min(this.#spanMs, endsAfter - from);
      // What is left of a last span may be so short that its rate means nothing.
      if (width < this.#spanMs / 4 && points.length > 0 || width <= 0) break;
      points.push({
        seconds: (from + width / 2) / 1000,
        recordsPerSecond: this.#records[span]! / width * 1000,
        bytesPerSecond: this.#bytes[span]! / width * 1000,
      });
    }
    return points;
  }

  #widen(): void {
    for (const counts of [this.#records, this.#bytes]) {
      for (let span = 0; span < MAX_SPANS / 2; span++) {
        counts[span] = counts[2 * span]! + counts[2 * span + 1]!;
      }
      counts.fill(0, MAX_SPANS / 2);
    }
    this.#spanMs *= 2;
  }
}
