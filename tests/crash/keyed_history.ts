/**
 * The records with keys that one producer has sent to one partition of a compacted topic, what it was told of them, and
 * whether what a reader finds can be what compaction has left:
 *
 * - every record is one that was sent, unchanged, where the producer was told it is;
 * - offsets rise, and so do the producer's indexes: nothing is there twice or in another order;
 * - the newest record of each key is the newest acknowledged one, or one sent later that had no answer yet;
 * - a key without a record has never been acknowledged, or its newest record may be a tombstone.
 * @module
 */
import assert from "node:assert/strict";
import { type CompressionType } from "../../protocol/compression.ts";
import { encodeBatch, type LogRecord } from "../../protocol/records.ts";
import type { SeededRandom } from "../support/random.ts";
import type { RecordName } from "./history.ts";
import type { LoadHistory, ProducerNumbers } from "./load.ts";

interface Sent {
  readonly key: string;
  readonly isTombstone: boolean;
  /** Undefined: not told, or not yet. */
  offset?: number;
}

export interface KeyedHistoryOptions {
  readonly random: SeededRandom;
  readonly keyCount: number;
  readonly codecs: readonly CompressionType[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const PADDING = " keyed".repeat(30);
const TOMBSTONE_EVERY = 10;
const INDEX_HEADER = "index";

export class KeyedHistory implements LoadHistory {
  readonly #options: KeyedHistoryOptions;
  /** By the producer's index. */
  readonly #sent: Sent[] = [];
  /** By key, ascending: all indexes from the newest acknowledged one on. */
  readonly #open = new Map<string, number[]>();
  readonly #acknowledged = new Map<string, number>();
  #acknowledgedCount = 0;

  constructor(options: KeyedHistoryOptions) {
    this.#options = options;
  }

  get acknowledgedCount(): number {
    return this.#acknowledgedCount;
  }

  /** A batch of records with random keys, of which some are tombstones; their index is in a header. */
  encode(names: readonly RecordName[], numbers: Partial<ProducerNumbers>): Uint8Array {
    const { random, keyCount, codecs } = this.#options;
    const timestamp = Date.now();
    const records = names.map(({ index }) => {
      const sent = { key: `key ${random.below(keyCount)}`, isTombstone: random.below(TOMBSTONE_EVERY) === 0 };
      this.#sent[index] = sent;
      const open = this.#open.get(sent.key);
      if (open === undefined) this.#open.set(sent.key, [index]);
      else open.push(index);
      return {
        timestamp,
        key: encoder.encode(sent.key),
        value: sent.isTombstone ? null : encoder.encode(valueOf(index)),
        headers: [{ key: INDEX_HEADER, value: encoder.encode(String(index)) }],
      };
    });
    return encodeBatch(records, { ...numbers, compression: random.pick(codecs) });
  }

  acknowledge({ index }: RecordName, offset: number | undefined): void {
    const sent = this.#sent[index]!;
    if (offset !== undefined) sent.offset = offset;
    this.#acknowledgedCount++;
    const newest = Math.max(index, this.#acknowledged.get(sent.key) ?? -1);
    this.#acknowledged.set(sent.key, newest);
    this.#open.set(sent.key, this.#open.get(sent.key)!.filter((one) => one >= newest));
  }

  fail({ index }: RecordName): void {
    assert.fail(`record ${index} was given up, but an idempotent producer sends it again`);
  }

  /** Holds all records of the partition, in the order in which they were read, against what was acknowledged before. */
  check(records: Iterable<LogRecord>, where: string): void {
    const newest = new Map<string, number>();
    let [lastOffset, lastIndex] = [-1, -1];
    for (const record of records) {
      const { offset } = record;
      const index = this.#checkRecord(record, where);
      assert.ok(offset > lastOffset, `${where}: offset ${offset} after ${lastOffset}`);
      assert.ok(index > lastIndex, `${where}, offset ${offset}: record ${index} comes after ${lastIndex}`);
      [lastOffset, lastIndex] = [offset, index];
      newest.set(this.#sent[index]!.key, index);
    }
    for (const [key, open] of this.#open) this.#checkNewest(key, open, newest.get(key), where);
  }

  #checkRecord({ offset, key, value, headers }: LogRecord, where: string): number {
    const index = Number(decoder.decode(headers[0]?.value ?? undefined));
    const place = `${where}, offset ${offset}`;
    const sent = this.#sent[index];
    assert.ok(headers.length === 1 && sent !== undefined, `${place}: nobody sent a record ${index}`);
    assert.equal(key && decoder.decode(key), sent.key, `${place}: key of record ${index}`);
    assert.equal(value && decoder.decode(value), sent.isTombstone ? null : valueOf(index), place);
    assert.equal(offset, sent.offset ?? offset, `${place}: record ${index} was acknowledged elsewhere`);
    return index;
  }

  #checkNewest(key: string, open: readonly number[], found: number | undefined, where: string): void {
    const acknowledged = this.#acknowledged.get(key);
    if (found === undefined) {
      const mayBeGone = acknowledged === undefined || open.some((index) => this.#sent[index]!.isTombstone);
      assert.ok(mayBeGone, `${where}: ${key} is gone, whose record ${acknowledged} was acknowledged`);
    } else {
      const isOlder = acknowledged !== undefined && found < acknowledged;
      assert.ok(
        !isOlder,
        `${where}: the newest of ${key} is record ${found}; ${acknowledged} was acknowledged`,
      );
    }
  }
}

function valueOf(index: number): string {
  return `${index}${PADDING}`;
}
