/**
 * The leases of one group on one topic, as its committed offsets and the notes beside them say: who may commit what, and
 * what may be handed out.
 *
 * What must be true: the committed offset moves only by who has the lease of its partition, never back, and never past what
 * that lease handed out; and a partition has one lease at a time, so its records are worked on in order. Nothing here asks
 * a clock or the cluster: every change comes out as an offset to be committed, and is in force here at once.
 * @module
 */
import type { CommittedOffset } from "../../../client/consumer/committed_offsets.ts";
import { type Handed, handedAfter, handOut, timesHanded } from "./handed.ts";
import { formatNote, type LeaseNote, parseNote } from "./lease_note.ts";
import type { LeaseName } from "./lease_token.ts";

/** An offset with its note, to be committed. */
export interface Change {
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

export type Settlement =
  /** Done: with what was handed out, or with what is before `offset`. Either way the lease ends. */
  | { readonly kind: "commit"; readonly offset?: number }
  /** Give back: whoever polls next gets the records again. */
  | { readonly kind: "release" }
  | { readonly kind: "extend"; readonly until: number };

export type Settled =
  | { readonly isSettled: true; readonly offset: number; readonly until?: number; readonly change?: Change }
  | { readonly isSettled: false; readonly reason: "lost" }
  | { readonly isSettled: false; readonly reason: "outside"; readonly offset: number; readonly to: number };

export interface Grant {
  readonly id: string;
  /** Of the first record handed out, or where the reading began. */
  readonly offset: number;
  readonly nextOffset: number;
  readonly until: number;
}

interface Entry {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly note: LeaseNote;
}

const NO_NOTE: LeaseNote = { handed: [] };

export class LeaseBook {
  readonly #partitionCount: number;
  readonly #entries = new Map<number, Entry>();

  /** `committed`: by partition; those that the group has not committed are not in it. */
  constructor(partitionCount: number, committed: ReadonlyMap<number, CommittedOffset>) {
    this.#partitionCount = partitionCount;
    for (const [partition, { offset, leaderEpoch, metadata }] of committed) {
      this.#entries.set(partition, { offset, leaderEpoch, note: parseNote(metadata) ?? NO_NOTE });
    }
  }

  /** Partitions that nobody has at `nowMs`, each with the offset to go on at, -1 where nothing is committed. */
  available(nowMs: number): { readonly partition: number; readonly offset: number }[] {
    const partitions = [];
    for (let partition = 0; partition < this.#partitionCount; partition++) {
      const entry = this.#entries.get(partition);
      if (entry?.note.lease !== undefined && entry.note.lease.until > nowMs) continue;
      partitions.push({ partition, offset: entry?.offset ?? -1 });
    }
    return partitions;
  }

  /** When the first of the leases that hold at `nowMs` is over; Infinity: there is none. */
  nextExpiry(nowMs: number): number {
    let earliest = Infinity;
    for (const { note: { lease } } of this.#entries.values()) {
      if (lease !== undefined && lease.until > nowMs) earliest = Math.min(earliest, lease.until);
    }
    return earliest;
  }

  settle({ partition, id }: LeaseName, settlement: Settlement): Settled {
    const entry = this.#entries.get(partition);
    if (entry === undefined) return { isSettled: false, reason: "lost" };
    const { offset, note: { lease, handed, done } } = entry;
    if (lease?.id !== id) {
      // The answer to the first commit may have been lost.
      return isAgain(done, id, settlement)
        ? { isSettled: true, offset }
        : { isSettled: false, reason: "lost" };
    }
    switch (settlement.kind) {
      case "release":
        return this.#settled(partition, entry, offset, noteOf({ handed, done }));
      case "extend": {
        const { until } = settlement;
        return {
          ...this.#settled(partition, entry, offset, { ...entry.note, lease: { ...lease, until } }),
          until,
        };
      }
      case "commit": {
        const { to } = lease;
        const committed = settlement.offset ?? to;
        if (committed < offset || committed > to) return { isSettled: false, reason: "outside", offset, to };
        return this.#settled(partition, entry, committed, {
          handed: handedAfter(handed, committed),
          done: committed === to ? id : partOf(id, committed),
        });
      }
    }
  }

  /** Gives a partition to who has `id`; returns how often its first record has been handed out, this time included. */
  grant(partition: number, { id, offset, nextOffset, until }: Grant): { deliveries: number; change: Change } {
    const entry = this.#entries.get(partition);
    const { handed: before, done } = entry?.note ?? NO_NOTE;
    const handed = handOut(entry?.offset === offset ? before : [], nextOffset);
    const change = this.#set(partition, entry, offset, {
      ...noteOf({ handed, done }),
      lease: { id, to: nextOffset, until },
    });
    return { deliveries: timesHanded(handed, offset), change };
  }

  /** The group goes on at `offset`: where it begins, or past what nobody can see. */
  move(partition: number, offset: number): Change {
    const entry = this.#entries.get(partition);
    const { handed, done } = entry?.note ?? NO_NOTE;
    const isFurther = entry !== undefined && offset > entry.offset;
    return this.#set(
      partition,
      entry,
      offset,
      noteOf({ handed: isFurther ? handedAfter(handed, offset) : [], done }),
    );
  }

  #settled(partition: number, entry: Entry, offset: number, note: LeaseNote) {
    return { isSettled: true, offset, change: this.#set(partition, entry, offset, note) } as const;
  }

  #set(partition: number, before: Entry | undefined, offset: number, note: LeaseNote): Change {
    // The epoch is of the record before the offset: of another offset it is not known.
    const leaderEpoch = before?.offset === offset ? before.leaderEpoch : -1;
    this.#entries.set(partition, { offset, leaderEpoch, note });
    return { partition, offset, leaderEpoch, metadata: formatNote(note) };
  }
}

function noteOf({ handed, done }: { handed: Handed; done: string | undefined }): LeaseNote {
  return { handed, ...done === undefined ? {} : { done } };
}

/** What is noted of a commit of a part of what a lease had. */
function partOf(id: string, offset: number): string {
  return `${id}@${offset}`;
}

/** Whether the commit noted as `done` is this one, whose answer may have been lost. */
function isAgain(done: string | undefined, id: string, settlement: Settlement): boolean {
  if (settlement.kind !== "commit") return false;
  return done === id || (settlement.offset !== undefined && done === partOf(id, settlement.offset));
}
