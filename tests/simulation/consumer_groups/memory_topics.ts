/**
 * Topics that groups subscribe to: names, ids and numbers of partitions, and nothing behind them.
 * @module
 */
import type { GroupTopic, GroupTopics } from "../../../broker/coordinator/consumer/group_topics.ts";
import { newUuid } from "../../../protocol/uuid.ts";
import type { SeededRandom } from "../../support/random.ts";

export class MemoryTopics implements GroupTopics {
  readonly #random: SeededRandom;
  readonly #byName = new Map<string, GroupTopic>();
  changeCount = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  topic(name: string): GroupTopic | undefined {
    return this.#byName.get(name);
  }

  topicById(id: string): GroupTopic | undefined {
    return this.topics().find((topic) => topic.id === id);
  }

  topics(): GroupTopic[] {
    return [...this.#byName.values()];
  }

  create(name: string, partitionCount: number): void {
    const id = newUuid((length) => this.#random.bytes(length));
    this.#byName.set(name, { name, id, partitions: { length: partitionCount } });
    this.changeCount++;
  }

  delete(name: string): void {
    if (this.#byName.delete(name)) this.changeCount++;
  }

  grow(name: string): void {
    const topic = this.#byName.get(name);
    if (topic === undefined) return;
    this.#byName.set(name, { ...topic, partitions: { length: topic.partitions.length + 1 } });
    this.changeCount++;
  }
}
