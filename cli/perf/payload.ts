/**
 * What perf's records are made of: a stock of bodies that is made before the run and used around and around, each with a
 * stamp of its own (`record_stamp.ts`). The stock is larger than any codec's window on what Kafka calls a batch, so a
 * body does not help to compress the one that repeats it.
 * @module
 */
import { checksumOf, writeStamp } from "./record_stamp.ts";

/** Twice what a batch has at most by default (max.request.size). */
const STOCK_BYTES = 2 * 1024 * 1024;
/** Records that are large need not be many: these do not fit into one batch either. */
const LEAST_BODIES = 4;

export const payloadKinds = ["random", "text", "json-like"] as const;
export type PayloadKind = typeof payloadKinds[number];

export interface PayloadOptions {
  readonly kind: PayloadKind;
  /** Of a record's value, at least STAMP_BYTES. */
  readonly recordBytes: number;
  /** The same seed gives the same bodies. */
  readonly seed: number;
}

export class Payload {
  readonly recordBytes: number;
  readonly #bodies: readonly Uint8Array[];
  readonly #views: readonly DataView[];
  readonly #checksums: Int32Array;
  #next = 0;

  constructor({ kind, recordBytes, seed }: PayloadOptions) {
    this.recordBytes = recordBytes;
    const count = Math.max(LEAST_BODIES, Math.ceil(STOCK_BYTES / recordBytes));
    const stock = new Uint8Array(count * recordBytes);
    fill[kind](stock, new Dice(seed));
    this.#bodies = Array.from({ length: count }, (_, at) => {
      return stock.subarray(at * recordBytes, (at + 1) * recordBytes);
    });
    this.#views = this.#bodies.map((body) => new DataView(body.buffer, body.byteOffset, body.byteLength));
    this.#checksums = Int32Array.from(this.#bodies, checksumOf);
  }

  /** The next record. Its bytes are written over when the stock has been used up. */
  next(run: number, partition: number, sequence: number): Uint8Array {
    const at = this.#next;
    this.#next = at + 1 === this.#bodies.length ? 0 : at + 1;
    writeStamp(this.#views[at]!, 0, { run, partition, sequence }, this.#checksums[at]!);
    return this.#bodies[at]!;
  }
}

const fill: Record<PayloadKind, (stock: Uint8Array, dice: Dice) => void> = {
  random(stock, dice) {
    for (let at = 0; at < stock.length; at++) stock[at] = dice.below(256);
  },
  text: (stock, dice) => fillWith(stock, () => `${dice.word()}${dice.below(12) === 0 ? ". " : " "}`),
  "json-like": (stock, dice) =>
    fillWith(stock, () => {
      const id = String(dice.below(1e9)).padStart(9, "0");
      return `{"id":${id},"user":"${dice.word()}-${dice.below(5000)}","action":"${dice.word()}",` +
        `"amount":${dice.below(100_000) / 100},"tags":["${dice.word()}","${dice.word()}"],"ok":${
          dice.below(8) > 0
        }}\n`;
    }),
};

function fillWith(stock: Uint8Array, piece: () => string): void {
  const encoder = new TextEncoder();
  for (let at = 0; at < stock.length;) at += encoder.encodeInto(piece(), stock.subarray(at)).written;
}

/** Words as long as those of a language, some of them much more often than others. */
class Dice {
  #state: number;
  readonly #words: readonly string[];

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
    this.#words = Array.from({ length: 2000 }, () => {
      return Array.from({ length: 2 + this.below(4) }, () => syllables[this.below(syllables.length)]).join(
        "",
      );
    });
  }

  /** 0 … limit - 1, by xorshift. */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.floor((x >>> 0) / 2 ** 32 * limit);
  }

  word(): string {
    // The square of an even chance: the first words of the list come most often.
    return this.#words[Math.floor((this.below(1000) / 1000) ** 2 * this.#words.length)]!;
  }
}

const syllables = "ka mi le na to ri so an el or be du fe gi ho lu pe ra si ta ve wo ne as en in ul ot".split(
  " ",
);
