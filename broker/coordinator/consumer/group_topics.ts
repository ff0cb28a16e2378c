/**
 * What groups see of the broker's topics. The topic store is one.
 * @module
 */
import type { Uuid } from "../../../protocol/uuid.ts";

export interface GroupTopic {
  readonly name: string;
  readonly id: Uuid;
  readonly partitions: { readonly length: number };
}

export interface GroupTopics {
  /** Grows with every topic that is made or deleted or has more partitions: what was looked up before may be outdated. */
  readonly changeCount: number;
  topic(name: string): GroupTopic | undefined;
  topicById(id: Uuid): GroupTopic | undefined;
  topics(): Iterable<GroupTopic>;
}

/**
 * A number that changes when any of these topics is made, deleted, or has more partitions. 53 bits: two lists that differ have
 * the same one by chance alone.
 */
export function hashOfTopics(names: Iterable<string>, topics: GroupTopics): number {
  let low = 0x811c_9dc5;
  let high = 0x1656_67b1;
  let isEmpty = true;
  for (const name of [...names].sort()) {
    const topic = topics.topic(name);
    if (topic === undefined) continue;
    isEmpty = false;
    const text = `${topic.id} ${topic.partitions.length} ${name}\n`;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      low = Math.imul(low ^ code, 0x0100_0193);
      high = Math.imul(high ^ code, 0x85eb_ca6b) ^ (high >>> 13);
    }
  }
  // No topic at all is 0, as for a group that is new.
  return isEmpty ? 0 : ((high ^ low >>> 16) & 0x1f_ffff) * 2 ** 32 + (low >>> 0);
}
