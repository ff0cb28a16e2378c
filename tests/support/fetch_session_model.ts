/**
 * A fetch session, dumb: a list that is gone through from end to end, each time, for what each partition has for the client.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import { concat } from "./wire.ts";

export interface ModelBatch {
  readonly endOffset: number;
  readonly bytes: Uint8Array;
}

export interface ModelLog {
  start: number;
  end: number;
  readonly batches: ModelBatch[];
}

/** One partition in an answer. */
export interface ModelAnswer {
  readonly key: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly records: Uint8Array;
}

interface Entry {
  readonly key: string;
  readonly partition: number;
  offset: number;
  maxBytes: number;
  /** As answered last; -1: nothing, or an error. */
  told: { highWatermark: number; logStartOffset: number };
  /** There was such a partition when it was looked at last. */
  wasThere: boolean;
}

export interface ModelLook {
  readonly answers: ReadonlyMap<Entry, ModelAnswer>;
  readonly bytes: number;
  /** An error has come up. */
  readonly hastens: boolean;
  readonly isAnyThere: boolean;
}

const NOTHING = new Uint8Array(0);

export class FetchSessionModel {
  #entries: Entry[] = [];
  /** The partition, or the error of there being none. */
  readonly #logOf: (key: string, partition: number) => ModelLog | number;

  constructor(logOf: (key: string, partition: number) => ModelLog | number) {
    this.#logOf = logOf;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  ask(key: string, partition: number, offset: number, maxBytes: number): void {
    const entry = this.#entries.find((one) => one.key === key && one.partition === partition);
    if (entry !== undefined) return void Object.assign(entry, { offset, maxBytes });
    const told = { highWatermark: -1, logStartOffset: -1 };
    this.#entries.push({ key, partition, offset, maxBytes, told, wasThere: false });
  }

  forget(key: string, partition: number): void {
    this.#entries = this.#entries.filter((one) => one.key !== key || one.partition !== partition);
  }

  look(maxBytes: number): ModelLook {
    const answers = new Map<Entry, ModelAnswer>();
    let bytes = 0;
    let hastens = false;
    for (const entry of this.#entries) {
      const { key, partition, offset } = entry;
      const log = this.#logOf(key, partition);
      const isThere = typeof log !== "number";
      const isBehind = isThere && (offset < log.start || offset > log.end);
      if (isThere ? isBehind : entry.wasThere) hastens = true;
      entry.wasThere = isThere;
      if (!isThere || isBehind) {
        const errorCode = isThere ? ErrorCode.OFFSET_OUT_OF_RANGE : log;
        const nowhere = { highWatermark: -1, logStartOffset: -1, records: NOTHING };
        answers.set(entry, { key, partition, errorCode, ...nowhere });
        continue;
      }
      const left = Math.max(0, Math.min(entry.maxBytes, maxBytes - bytes));
      const records = recordsOf(log, offset, left, bytes === 0);
      bytes += records.length;
      const ends = { highWatermark: log.end, logStartOffset: log.start };
      answers.set(entry, { key, partition, errorCode: ErrorCode.NONE, ...ends, records });
    }
    return { answers, bytes, hastens, isAnyThere: this.#entries.some(({ wasThere }) => wasThere) };
  }

  /** What is answered after that look, and noted: all, or what is news. */
  answer({ answers }: ModelLook, isFull: boolean): ModelAnswer[] {
    const told: ModelAnswer[] = [];
    for (const [entry, answer] of answers) {
      const { errorCode, highWatermark, logStartOffset, records } = answer;
      const isNews = errorCode !== ErrorCode.NONE || records.length > 0 ||
        highWatermark !== entry.told.highWatermark || logStartOffset !== entry.told.logStartOffset;
      if (!isFull && !isNews) continue;
      told.push(answer);
      entry.told = { highWatermark, logStartOffset };
      if (records.length === 0) continue;
      this.#entries = [...this.#entries.filter((one) => one !== entry), entry];
    }
    return told;
  }
}

function recordsOf({ batches }: ModelLog, offset: number, maxBytes: number, isFirst: boolean): Uint8Array {
  const rest = batches.filter(({ endOffset }) => endOffset > offset).map(({ bytes }) => bytes);
  const [first] = rest;
  if (first === undefined) return NOTHING;
  if (first.length > maxBytes) return isFirst ? first : NOTHING;
  return concat(...rest).slice(0, maxBytes);
}
