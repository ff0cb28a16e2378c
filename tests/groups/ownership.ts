/**
 * Who owns which partition, as the members themselves see it: written down when a member is told, and when it lets go. Two
 * owners of one partition, at one time or in one generation, are what a group must never have.
 * @module
 */
export class Ownership {
  readonly #owners = new Map<number, string>();
  readonly #ownersByGeneration = new Map<number, Map<number, string>>();
  readonly violations: string[] = [];

  get ownedCount(): number {
    return this.#owners.size;
  }

  /** `member` may work on `partitions` from now on. A classic group's assignment belongs to a generation. */
  claim(member: string, partitions: Iterable<number>, generation?: number): void {
    for (const partition of partitions) {
      this.#note(this.#owners, partition, member, "at the same time");
      if (generation === undefined) continue;
      let owners = this.#ownersByGeneration.get(generation);
      if (owners === undefined) this.#ownersByGeneration.set(generation, owners = new Map());
      this.#note(owners, partition, member, `in generation ${generation}`);
    }
  }

  release(member: string, partitions: Iterable<number>): void {
    for (const partition of partitions) {
      if (this.#owners.get(partition) === member) this.#owners.delete(partition);
    }
  }

  #note(owners: Map<number, string>, partition: number, member: string, when: string): void {
    const owner = owners.get(partition);
    if (owner !== undefined && owner !== member) {
      this.violations.push(`partition ${partition} is owned by ${owner} and by ${member} ${when}`);
    }
    owners.set(partition, member);
  }
}
