/**
 * What producers were told and what readers saw, and whether the two can both be true. The rules are those of Jepsen's
 * test for Kafka-like logs, for a log without transactions: every record's value is unique (producer, partition,
 * index), so each of these can be seen in one pass:
 *
 * - lost write: acknowledged at or below the end that was read, and not there;
 * - unseen: acknowledged beyond the end of a read that began after the acknowledgement (a lost postfix);
 * - duplicate: one record at two offsets;
 * - reordered: a producer's records in another order than they were sent in;
 * - inconsistent offset: two records at one offset, in two reads or in a read and an acknowledgement;
 * - skipped offset: a read that jumps or goes back; offsets are dense here;
 * - nonmonotonic send: offsets told for one producer and partition that do not rise with the index;
 * - phantom: a record that was read and that nobody sent.
 *
 * A record whose sending failed may be there or not: it is counted as unknown, and if it is there, then once.
 * @module
 */

export type Anomaly =
  | "lost write"
  | "unseen"
  | "duplicate"
  | "reordered"
  | "inconsistent offset"
  | "skipped offset"
  | "nonmonotonic send"
  | "phantom";

export interface Finding {
  readonly anomaly: Anomaly;
  readonly message: string;
}

export interface HistoryFigures {
  readonly acknowledged: number;
  /** Sendings that failed, so that the record may be there or not. */
  readonly unknown: number;
  readonly polled: number;
}

/** One record of one producer: `index` counts its records in the partition from 0. */
export interface RecordName {
  readonly producer: string;
  readonly partition: number;
  readonly index: number;
}

/** The value that a record must have: its name, and whatever the producer adds behind it. */
export function recordValue({ producer, index }: RecordName, padding: string): string {
  return `${producer} ${index} ${padding}`;
}

/** Two that are alike tell the same story: a few say enough. */
const FINDINGS_KEPT = 20;

/** A partition's records of one producer. */
class Stream {
  /** By index: the offset told, or one of the two below. */
  readonly told: number[] = [];
  /** By index: the offset at which it was first read. */
  readonly seen: number[] = [];
  lastSeenIndex = -1;
  lastToldOffset = -1;
  lastToldIndex = -1;
  /** Indexes acknowledged since the last {@link History.check}. */
  unchecked: number[] = [];
}

const UNKNOWN = -1;
/** It is stored; where, was not said. */
const SOMEWHERE = -2;

class PartitionHistory {
  readonly streams = new Map<string, Stream>();
  /** By offset. */
  readonly records: { readonly producer: string; readonly index: number }[] = [];

  stream(producer: string): Stream {
    let stream = this.streams.get(producer);
    if (stream === undefined) this.streams.set(producer, stream = new Stream());
    return stream;
  }
}

export class History {
  readonly #partitions = new Map<number, PartitionHistory>();
  readonly #findings: Finding[] = [];
  readonly #counts = new Map<Anomaly, number>();
  readonly #acknowledgedBy = new Map<string, number>();
  #acknowledged = 0;
  #unknown = 0;
  #polled = 0;

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  get figures(): HistoryFigures {
    return { acknowledged: this.#acknowledged, unknown: this.#unknown, polled: this.#polled };
  }

  /** How often each of `anomalies` was found, in all. */
  countOf(...anomalies: readonly Anomaly[]): number {
    return anomalies.reduce((sum, anomaly) => sum + (this.#counts.get(anomaly) ?? 0), 0);
  }

  acknowledgedBy(producer: string): number {
    return this.#acknowledgedBy.get(producer) ?? 0;
  }

  /** `producer` was told that its record is at `offset`; undefined: that it is stored, but no longer where. */
  acknowledge({ producer, partition, index }: RecordName, offset: number | undefined): void {
    const stream = this.#partition(partition).stream(producer);
    stream.told[index] = offset ?? SOMEWHERE;
    stream.unchecked.push(index);
    this.#acknowledged++;
    this.#acknowledgedBy.set(producer, this.acknowledgedBy(producer) + 1);
    if (offset === undefined) return;
    if (index > stream.lastToldIndex && offset <= stream.lastToldOffset) {
      this.#find(
        "nonmonotonic send",
        `partition ${partition}: ${producer} was told offset ${stream.lastToldOffset} for its record ` +
          `${stream.lastToldIndex} and ${offset} for ${index}`,
      );
    }
    if (index > stream.lastToldIndex) {
      stream.lastToldIndex = index;
      stream.lastToldOffset = offset;
    }
  }

  /** The sending failed: nobody knows. */
  fail({ producer, partition, index }: RecordName): void {
    this.#partition(partition).stream(producer).told[index] = UNKNOWN;
    this.#unknown++;
  }

  /** The offset after the last one that was read. */
  positionOf(partition: number): number {
    return this.#partition(partition).records.length;
  }

  /** A reader found `value` at `offset`, the one behind `previousOffset` in its read. */
  poll(partition: number, offset: number, value: string, previousOffset: number): void {
    this.#polled++;
    const history = this.#partition(partition);
    const [producer, text] = value.split(" ", 2);
    const index = Number(text);
    const where = `partition ${partition}, offset ${offset}`;
    if (producer === undefined || !Number.isSafeInteger(index)) {
      return this.#find("phantom", `${where}: "${value.slice(0, 40)}" is nobody's record`);
    }
    if (offset !== previousOffset + 1) {
      this.#find("skipped offset", `${where} was read after offset ${previousOffset}`);
    }
    const before = history.records[offset];
    if (before !== undefined) {
      if (before.producer !== producer || before.index !== index) {
        this.#find(
          "inconsistent offset",
          `${where}: record ${before.index} of ${before.producer} was read there, now ${index} of ${producer}`,
        );
      }
      return;
    }
    history.records[offset] = { producer, index };
    const stream = history.stream(producer);
    const first = stream.seen[index];
    if (first !== undefined) {
      this.#find("duplicate", `${where}: record ${index} of ${producer} was read at offset ${first}, too`);
    } else if (index < stream.lastSeenIndex) {
      this.#find("reordered", `${where}: record ${index} of ${producer} comes after ${stream.lastSeenIndex}`);
    }
    stream.seen[index] ??= offset;
    stream.lastSeenIndex = Math.max(stream.lastSeenIndex, index);
  }

  /** Begins a check: returns what finishes it, when all partitions have been read to their ends. */
  beginCheck(): () => void {
    const due = [...this.#partitions].flatMap(([partition, { streams }]) =>
      [...streams].map(([producer, stream]) => {
        const indexes = stream.unchecked;
        stream.unchecked = [];
        return { producer, partition, indexes };
      })
    );
    return () => {
      for (const { producer, partition, indexes } of due) {
        for (const index of indexes) this.#checkAcknowledged({ producer, partition, index });
      }
    };
  }

  /** After the last read, when every producer has had its last answer: whoever was read must have been sent. */
  checkPhantoms(): void {
    for (const [partition, { streams }] of this.#partitions) {
      for (const [producer, { seen, told }] of streams) {
        seen.forEach((offset, index) => {
          if (told[index] !== undefined) return;
          this.#find(
            "phantom",
            `partition ${partition}, offset ${offset}: ${producer} knows nothing of record ${index}`,
          );
        });
      }
    }
  }

  /** Throws with the first findings if there are any. */
  assertSound(): void {
    if (this.#findings.length === 0) return;
    const counts = [...this.#counts].map(([anomaly, count]) => `${anomaly}: ${count}`).join(", ");
    throw new Error(
      [`the history can't be true (${counts})`, ...this.#findings.map(({ message }) => message)].join("\n"),
    );
  }

  #checkAcknowledged({ producer, partition, index }: RecordName): void {
    const { records, streams } = this.#partitions.get(partition)!;
    const { told, seen } = streams.get(producer)!;
    const offset = told[index]!;
    const record = `record ${index} of ${producer} in partition ${partition}`;
    if (offset === SOMEWHERE) {
      if (seen[index] === undefined) this.#find("lost write", `${record} was acknowledged and is nowhere`);
    } else if (offset >= records.length) {
      this.#find(
        "unseen",
        `${record} was acknowledged at offset ${offset}; the log ends at ${records.length}`,
      );
    } else if (seen[index] === undefined) {
      this.#find("lost write", `${record} was acknowledged at offset ${offset} and is nowhere`);
    } else if (seen[index] !== offset) {
      this.#find(
        "inconsistent offset",
        `${record} was acknowledged at offset ${offset}, is at ${seen[index]}`,
      );
    }
  }

  #partition(partition: number): PartitionHistory {
    let history = this.#partitions.get(partition);
    if (history === undefined) this.#partitions.set(partition, history = new PartitionHistory());
    return history;
  }

  #find(anomaly: Anomaly, message: string): void {
    this.#counts.set(anomaly, (this.#counts.get(anomaly) ?? 0) + 1);
    if (this.#findings.length < FINDINGS_KEPT) {
      this.#findings.push({ anomaly, message: `${anomaly}: ${message}` });
    }
  }
}
