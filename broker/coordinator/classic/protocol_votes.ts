/**
 * Which way of assigning a group takes: one that every member supports, and of those the one that most prefer.
 *
 * The count of each protocol's supporters is kept, so that a joining member is checked without a look at the others.
 * @module
 */
import type { MemberProtocol } from "./classic_member.ts";

interface Voter {
  /** In the order of preference. A name that comes twice counts once. */
  readonly protocols: readonly MemberProtocol[];
}

export class ProtocolVotes {
  /** How many members support it. Only those that some do. */
  readonly #supporters = new Map<string, number>();

  add(voter: Voter): void {
    for (const name of namesOf(voter)) this.#supporters.set(name, (this.#supporters.get(name) ?? 0) + 1);
  }

  remove(voter: Voter): void {
    for (const name of namesOf(voter)) {
      const left = this.#supporters.get(name)! - 1;
      if (left === 0) this.#supporters.delete(name);
      else this.#supporters.set(name, left);
    }
  }

  /** Whether all `memberCount` members support one of the protocols. */
  isSupported(protocols: readonly MemberProtocol[], memberCount: number): boolean {
    return protocols.some(({ name }) => (this.#supporters.get(name) ?? 0) === memberCount);
  }

  /** Each member votes for what it likes best of all that everybody supports; undefined if there is no such protocol. */
  choose(voters: Iterable<Voter>, memberCount: number): string | undefined {
    const votes = new Map<string, number>();
    for (const { protocols } of voters) {
      const vote = protocols.find(({ name }) => this.#supporters.get(name) === memberCount)?.name;
      if (vote !== undefined) votes.set(vote, (votes.get(vote) ?? 0) + 1);
    }
    let chosen: string | undefined;
    let most = 0;
    for (const [name, count] of votes) {
      if (count <= most) continue;
      chosen = name;
      most = count;
    }
    return chosen;
  }
}

function namesOf({ protocols }: Voter): Iterable<string> {
  return protocols.length === 1 ? [protocols[0]!.name] : new Set(protocols.map(({ name }) => name));
}
