/**
 * Partitions of several topics, by topic id. Topics without a partition are left out.
 * @module
 */
import type { Uuid } from "../../../protocol/uuid.ts";

export type Partitions = ReadonlyMap<Uuid, ReadonlySet<number>>;

/** What a member holds: each partition with the member epoch in which it was assigned (KIP-1251). */
export type HeldPartitions = ReadonlyMap<Uuid, ReadonlyMap<number, number>>;

export const NO_PARTITIONS: ReadonlyMap<Uuid, never> = new Map<Uuid, never>();

/** As messages have them. */
export interface TopicPartitions {
  readonly topicId: Uuid;
  readonly partitions: readonly number[];
}

export function partitionsOf(list: readonly TopicPartitions[]): Partitions {
  const partitions = new Map<Uuid, Set<number>>();
  for (const { topicId, partitions: numbers } of list) {
    if (numbers.length === 0) continue;
    const known = partitions.get(topicId);
    if (known === undefined) partitions.set(topicId, new Set(numbers));
    else for (const number of numbers) known.add(number);
  }
  return partitions;
}

/** In order, so that the same partitions make the same bytes. */
export function listOf(partitions: Partitions | HeldPartitions): TopicPartitions[] {
  return [...partitions].map(([topicId, numbers]) => ({
    topicId,
    partitions: [...numbers.keys()].sort((a, b) => a - b),
  }));
}

export function samePartitions(a: Partitions, b: Partitions): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, numbers] of a) {
    const others = b.get(topicId);
    if (others === undefined || others.size !== numbers.size) return false;
    for (const number of numbers) if (!others.has(number)) return false;
  }
  return true;
}

export function sameHeld(a: HeldPartitions, b: HeldPartitions): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [topicId, epochs] of a) {
    const others = b.get(topicId);
    if (others === undefined || others.size !== epochs.size) return false;
    for (const [number, epoch] of epochs) if (others.get(number) !== epoch) return false;
  }
  return true;
}

/** Whether any partition is in both. */
export function intersects(a: Partitions, b: HeldPartitions): boolean {
  for (const [topicId, numbers] of a) {
    const others = b.get(topicId);
    if (others === undefined) continue;
    for (const number of numbers) if (others.has(number)) return true;
  }
  return false;
}

export function isSubset(a: Partitions, b: HeldPartitions): boolean {
  for (const [topicId, numbers] of a) {
    const others = b.get(topicId);
    for (const number of numbers) if (!others?.has(number)) return false;
  }
  return true;
}

/** All of `partitions`, as assigned in `epoch`. */
export function heldSince(partitions: Partitions, epoch: number): HeldPartitions {
  return new Map(
    [...partitions].map((
      [topicId, numbers],
    ) => [topicId, new Map([...numbers].map((number) => [number, epoch]))]),
  );
}
