/**
 * `uniform`: every member has as many partitions as any other, over all topics together, and as few as possible change hands.
 * Racks don't count.
 *
 * Where all members subscribe to the same topics, their numbers differ by at most one, and no other assignment that does so moves
 * fewer partitions. Where they subscribe to different ones the numbers are as even as the subscriptions allow: no chain of moves
 * from one member to the next brings two members nearer to each other.
 *
 * Source for what is wanted: KIP-848. The ways here are our own.
 * @module
 */
import type { Uuid } from "../../../protocol/uuid.ts";
import type { AssignorInput, AssignorMember } from "./assignor.ts";
import type { Partitions } from "./partitions.ts";

const NOBODY = -1;

interface TopicPartition {
  readonly topicId: Uuid;
  readonly partition: number;
}

export function uniformAssignor({ members, partitionCounts }: AssignorInput): Map<string, Partitions> {
  const first = members[0];
  if (first === undefined) return new Map();
  const sharing = new Sharing(members, partitionCounts);
  if (members.every(({ topicIds }) => topicIds === first.topicIds)) sharing.shareEqually();
  else sharing.shareBySubscription();
  return sharing.result();
}

/** Who has which partition, by the member's place in the list, while it is being settled. */
class Sharing {
  readonly #members: readonly AssignorMember[];
  readonly #owners = new Map<Uuid, Int32Array>();
  /** Of each member, partitions it has. */
  readonly #loads: Int32Array;
  /** Topics by subscription list. */
  readonly #subscriptions = new Map<readonly Uuid[], ReadonlySet<Uuid>>();
  /** Subscribers of each topic. */
  readonly #subscribers = new Map<Uuid, number[]>();

  constructor(members: readonly AssignorMember[], partitionCounts: ReadonlyMap<Uuid, number>) {
    this.#members = members;
    this.#loads = new Int32Array(members.length);
    for (const [index, { topicIds }] of members.entries()) {
      if (!this.#subscriptions.has(topicIds)) this.#subscriptions.set(topicIds, new Set(topicIds));
      for (const topicId of topicIds) {
        const known = this.#subscribers.get(topicId);
        if (known !== undefined) known.push(index);
        else {
          this.#subscribers.set(topicId, [index]);
          this.#owners.set(topicId, new Int32Array(partitionCounts.get(topicId) ?? 0).fill(NOBODY));
        }
      }
    }
  }

  /** All members subscribe to the same topics: each keeps what it has up to its share, and what is left fills the others up. */
  shareEqually(): void {
    const count = this.#members.length;
    const total = [...this.#owners.values()].reduce((sum, owners) => sum + owners.length, 0);
    const share = Math.floor(total / count);
    // So many members have one more. Who has more than the share already goes first: nothing moves for it.
    let larger = total % count;
    const shares = new Int32Array(count).fill(share);
    for (const [index, member] of this.#members.entries()) {
      for (const { topicId, partition } of this.#previousOf(member)) {
        if (this.#loads[index]! === share && larger > 0 && shares[index] === share) {
          shares[index]!++;
          larger--;
        }
        if (this.#loads[index]! === shares[index]!) break;
        this.#give(topicId, partition, index);
      }
    }
    for (let index = 0; index < count && larger > 0; index++) {
      if (shares[index]! > share) continue;
      shares[index]!++;
      larger--;
    }
    // In turns, so that the partitions of one topic spread over many members.
    let open = Array.from({ length: count }, (_, index) => index).filter((index) =>
      this.#loads[index]! < shares[index]!
    );
    let turn = 0;
    for (const { topicId, partition } of this.#unowned()) {
      if (turn >= open.length) {
        open = open.filter((index) => this.#loads[index]! < shares[index]!);
        turn = 0;
      }
      this.#give(topicId, partition, open[turn++]!);
    }
  }

  /** Each keeps what it may; what is left goes to whoever has least; then moves make it even. */
  shareBySubscription(): void {
    for (const [index, member] of this.#members.entries()) {
      for (const { topicId, partition } of this.#previousOf(member)) this.#give(topicId, partition, index);
    }
    const fewestFirst = [...this.#subscribers].sort(([, a], [, b]) => a.length - b.length);
    for (const [topicId, subscribers] of fewestFirst) this.#fill(topicId, subscribers);
    this.#even();
  }

  result(): Map<string, Partitions> {
    const assignment = this.#members.map(() => new Map<Uuid, Set<number>>());
    for (const [topicId, owners] of this.#owners) {
      for (const [partition, owner] of owners.entries()) {
        const of = assignment[owner]!;
        const partitions = of.get(topicId);
        if (partitions === undefined) of.set(topicId, new Set([partition]));
        else partitions.add(partition);
      }
    }
    return new Map(this.#members.map(({ id }, index) => [id, assignment[index]!]));
  }

  /**
   * Moves partitions one by one, along chains of members, from whoever has two more than somebody at the chain's other end.
   *
   * A search begins at all that have least, and goes backwards: from a member over its topics to those who have partitions of them.
   * If it meets nobody who has two more, then nobody it meets takes part in any further move, and they are settled.
   */
  #even(): void {
    const settled = new Uint8Array(this.#members.length);
    for (;;) {
      const reached = this.#search(settled);
      if (reached === undefined) return;
      const { order, via, from } = reached;
      const least = this.#loads[order[0]!]!;
      let most = order[0]!;
      for (const index of order) if (this.#loads[index]! > this.#loads[most]!) most = index;
      if (this.#loads[most]! < least + 2) {
        for (const index of order) settled[index] = 1;
        continue;
      }
      for (let giver = most; from[giver] !== NOBODY; giver = from[giver]!) {
        const topicId = via[giver]!;
        this.#give(topicId, this.#owners.get(topicId)!.indexOf(giver), from[giver]!);
      }
    }
  }

  /** Whom the members that have least could get partitions from, directly or over others; undefined: all are settled. */
  #search(settled: Uint8Array) {
    let least = Infinity;
    for (const [index, load] of this.#loads.entries()) if (!settled[index]) least = Math.min(least, load);
    if (least === Infinity) return undefined;
    const order: number[] = [];
    /** To whom a member would give, and a partition of which topic. */
    const from = new Int32Array(this.#members.length).fill(NOBODY);
    const via: (Uuid | undefined)[] = new Array(this.#members.length);
    const isMet = settled.slice();
    for (const [index, load] of this.#loads.entries()) {
      if (isMet[index] || load !== least) continue;
      isMet[index] = 1;
      order.push(index);
    }
    const seenTopics = new Set<Uuid>();
    const seenLists = new Set<readonly Uuid[]>();
    for (const taker of order) {
      const { topicIds } = this.#members[taker]!;
      if (seenLists.has(topicIds)) continue;
      seenLists.add(topicIds);
      for (const topicId of topicIds) {
        if (seenTopics.has(topicId)) continue;
        seenTopics.add(topicId);
        for (const giver of this.#owners.get(topicId)!) {
          if (isMet[giver]) continue;
          isMet[giver] = 1;
          from[giver] = taker;
          via[giver] = topicId;
          order.push(giver);
        }
      }
    }
    return { order, from, via };
  }

  /** Gives what nobody has of a topic to those of its subscribers that have least: as water fills a vessel, from the bottom. */
  #fill(topicId: Uuid, subscribers: readonly number[]): void {
    const unowned = [...this.#owners.get(topicId)!.entries()].filter(([, owner]) => owner === NOBODY);
    if (unowned.length === 0) return;
    const fromBottom = subscribers.toSorted((a, b) => this.#loads[a]! - this.#loads[b]!);
    for (let next = 0; next < unowned.length;) {
      const level = this.#loads[fromBottom[0]!]!;
      // Those at the level are raised by one, and stay in front of all others.
      for (const index of fromBottom) {
        if (this.#loads[index]! > level || next === unowned.length) break;
        this.#give(topicId, unowned[next++]![0], index);
      }
    }
  }

  #give(topicId: Uuid, partition: number, to: number): void {
    const owners = this.#owners.get(topicId)!;
    const before = owners[partition]!;
    if (before !== NOBODY) this.#loads[before]!--;
    owners[partition] = to;
    this.#loads[to]!++;
  }

  /** What a member had, and may still have: it is subscribed to the topic, the partition exists, nobody else has it. */
  *#previousOf({ topicIds, previous }: AssignorMember): Generator<TopicPartition> {
    const subscription = this.#subscriptions.get(topicIds)!;
    for (const [topicId, partitions] of previous) {
      if (!subscription.has(topicId)) continue;
      const owners = this.#owners.get(topicId)!;
      for (const partition of partitions) if (owners[partition] === NOBODY) yield { topicId, partition };
    }
  }

  *#unowned(): Generator<TopicPartition> {
    for (const [topicId, owners] of this.#owners) {
      for (const [partition, owner] of owners.entries()) if (owner === NOBODY) yield { topicId, partition };
    }
  }
}
