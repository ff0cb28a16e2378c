/**
 * Whether what was acknowledged is there: each record exactly once, in the order in which it was sent, in the partition it
 * was sent to, byte for byte.
 *
 * A record whose delivery was refused may be there or not: the answer may have been lost. Twice it must not be there. Records
 * of others in the topic are counted and otherwise left alone.
 * @module
 */
import { showCount, showMany } from "../units.ts";
import type { Ledger, PartitionLedger } from "./ledger.ts";
import { claimsRun, readStamp } from "./record_stamp.ts";
import { SequenceSet } from "./sequence_set.ts";

export interface CheckResult {
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Of the run, each counted once. */
  readonly readBack: number;
  readonly missing: number;
  readonly doubled: number;
  readonly damaged: number;
  readonly misplaced: number;
  readonly disordered: number;
  /** Records of others. */
  readonly foreign: number;
  /** A sentence for whatever is wrong. Empty: all is well. */
  readonly findings: readonly string[];
}

export interface ReadBackOptions {
  readonly run: number;
  readonly ledger: Ledger;
  /** Whether the producer promises the order (idempotence does). Default true. */
  readonly isOrdered?: boolean;
}

interface PartitionFindings {
  readonly seen: SequenceSet;
  highest: number;
  readonly doubled: Examples;
  readonly disordered: Examples;
  readonly damaged: Examples;
  readonly misplaced: Examples;
}

export class ReadBack {
  readonly #options: ReadBackOptions;
  readonly #partitions: readonly PartitionFindings[];
  #foreign = 0;

  constructor(options: ReadBackOptions) {
    this.#options = options;
    this.#partitions = options.ledger.partitions.map(() => ({
      seen: new SequenceSet(),
      highest: -1,
      doubled: new Examples(),
      disordered: new Examples(),
      damaged: new Examples(),
      misplaced: new Examples(),
    }));
  }

  /** Of the run's records, each counted once. */
  get count(): number {
    return this.#partitions.reduce((sum, { seen }) => sum + seen.size, 0);
  }

  /** A record, as it was read. Returns its sequence if it is a record of the run that comes for the first time. */
  take(partition: number, offset: number, value: Uint8Array | null): number | undefined {
    const { run } = this.#options;
    const found = this.#partitions[partition]!;
    const stamp = value === null ? undefined : readStamp(value);
    if (stamp === undefined || stamp.run !== run) {
      if (value !== null && stamp === undefined && claimsRun(value, run)) found.damaged.add(offset);
      else this.#foreign++;
      return undefined;
    }
    if (stamp.partition !== partition) {
      found.misplaced.add(offset);
      return undefined;
    }
    const { sequence } = stamp;
    if (sequence >= this.#options.ledger.partitions[partition]!.sent) {
      found.damaged.add(offset);
      return undefined;
    }
    if (!found.seen.add(sequence)) {
      found.doubled.add(sequence);
      return undefined;
    }
    if (sequence < found.highest) found.disordered.add(sequence);
    else found.highest = sequence;
    return sequence;
  }

  verdict(): CheckResult {
    const { ledger, isOrdered = true } = this.#options;
    const findings: string[] = [];
    const sums = { sent: 0, acknowledged: 0, refused: 0, missing: 0, doubled: 0, damaged: 0, misplaced: 0 };
    let disordered = 0;
    ledger.partitions.forEach((sent, partition) => {
      const found = this.#partitions[partition]!;
      const missing = missingOf(sent, found.seen);
      const say = (examples: Examples, one: string, many: string, of: string) => {
        if (examples.count === 0) return;
        findings.push(
          `partition ${partition}: ${
            examples.count === 1 ? `1 ${one}` : `${showCount(examples.count)} ${many}`
          } ` +
            `(${of} ${examples})`,
        );
      };
      const ofAll = `of ${showMany(sent.sent, "record")} sent, number`;
      say(missing, "acknowledged record is missing", "acknowledged records are missing", ofAll);
      say(found.doubled, "record is there more than once", "records are there more than once", ofAll);
      say(found.damaged, "record is not as it was sent", "records are not as they were sent", "at offset");
      say(found.misplaced, "record was sent to another", "records were sent to another", "at offset");
      if (isOrdered) {
        say(found.disordered, "record has lost its place", "records have lost their place", ofAll);
      }
      const unanswered = sent.sent - sent.settled;
      if (unanswered > 0) {
        findings.push(
          `partition ${partition}: ${
            unanswered === 1 ? "1 record was" : `${showCount(unanswered)} records were`
          } neither acknowledged nor refused`,
        );
      }
      sums.sent += sent.sent;
      sums.acknowledged += sent.acknowledgedCount;
      sums.refused += sent.refusedCount;
      sums.missing += missing.count;
      sums.doubled += found.doubled.count;
      sums.damaged += found.damaged.count;
      sums.misplaced += found.misplaced.count;
      disordered += found.disordered.count;
    });
    return { ...sums, disordered, readBack: this.count, foreign: this.#foreign, findings };
  }
}

function missingOf(sent: PartitionLedger, seen: SequenceSet): Examples {
  const missing = new Examples();
  // Nobody has seen what was not sent, so to have seen as many is to have seen each.
  if (seen.size === sent.sent) return missing;
  const refused = sent.refused.values();
  let next = refused.next().value;
  for (let sequence = 0; sequence < sent.settled; sequence++) {
    if (next !== undefined && sequence === next.from) {
      sequence = next.to - 1;
      next = refused.next().value;
    } else if (!seen.has(sequence)) missing.add(sequence);
  }
  return missing;
}

/** How many there are, and the first few of them. */
class Examples {
  static readonly #MOST = 5;
  readonly #first: number[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(number: number): void {
    if (this.#count < Examples.#MOST) this.#first.push(number);
    this.#count++;
  }

  toString(): string {
    return this.#first.join(", ") + (this.#count > Examples.#MOST ? ", …" : "");
  }
}
