/**
 * Who is in a classic group: members by id and by instance id, who leads, and how many have a request that waits.
 *
 * What must be true:
 * - An instance id belongs to one member.
 * - There is a leader if there are members, and it is one of them.
 * - `awaitingJoinCount` and `owingSyncCount` are how many members await a join and owe a sync: waiters are put and taken here.
 * @module
 */
import { invariant } from "../../../storage/log_error.ts";
import type { JoinWaiter } from "./classic_events.ts";
import type { ClassicMember, MemberProtocol } from "./classic_member.ts";
import { ProtocolVotes } from "./protocol_votes.ts";

export class Membership {
  readonly #members = new Map<string, ClassicMember>();
  /** Static members; made for the first one, since most groups have none. */
  #byInstance: Map<string, ClassicMember> | undefined;
  readonly #votes = new ProtocolVotes();
  #leaderId: string | null;
  #awaitingJoinCount = 0;
  #owingSyncCount = 0;

  constructor(leaderId: string | null = null) {
    this.#leaderId = leaderId;
  }

  get size(): number {
    return this.#members.size;
  }

  /** null if there is no member. */
  get leaderId(): string | null {
    return this.#leaderId;
  }

  get awaitingJoinCount(): number {
    return this.#awaitingJoinCount;
  }

  get owingSyncCount(): number {
    return this.#owingSyncCount;
  }

  /** The most patient member's patience, at least 1 ms. */
  get rebalanceTimeoutMs(): number {
    let most = 1;
    for (const { rebalanceTimeoutMs } of this.#members.values()) most = Math.max(most, rebalanceTimeoutMs);
    return most;
  }

  [Symbol.iterator](): IterableIterator<ClassicMember> {
    return this.#members.values();
  }

  get(id: string): ClassicMember | undefined {
    return this.#members.get(id);
  }

  ofInstance(instanceId: string | null): ClassicMember | undefined {
    return instanceId === null ? undefined : this.#byInstance?.get(instanceId);
  }

  supports(protocols: readonly MemberProtocol[]): boolean {
    return this.#votes.isSupported(protocols, this.size);
  }

  /** The protocol by the members' votes. There are members, and a protocol that all support: nobody is let in without. */
  chooseProtocol(): string {
    const chosen = this.#votes.choose(this, this.size);
    invariant(chosen !== undefined, () => "the members of a group have no protocol in common");
    return chosen;
  }

  add(member: ClassicMember): void {
    invariant(
      this.ofInstance(member.instanceId) === undefined,
      () => `instance ${member.instanceId} is a member already`,
    );
    this.#put(member);
    this.#votes.add(member);
    this.#leaderId ??= member.id;
  }

  /** Its requests must have been taken before. If it led, another does. */
  remove(member: ClassicMember): void {
    this.#members.delete(member.id);
    if (member.instanceId !== null) this.#byInstance!.delete(member.instanceId);
    this.#votes.remove(member);
    this.setOwesSync(member, false);
    if (this.#leaderId === member.id) this.#leaderId = this.#members.keys().next().value ?? null;
  }

  /** Puts `member` in the place of `replaced`, of the same instance, whose requests must have been taken before. */
  replace(replaced: ClassicMember, member: ClassicMember): void {
    member.owesSync = replaced.owesSync;
    this.#members.delete(replaced.id);
    this.#put(member);
    this.#votes.remove(replaced);
    this.#votes.add(member);
    if (this.#leaderId === replaced.id) this.#leaderId = member.id;
  }

  update(member: ClassicMember, protocols: readonly MemberProtocol[]): void {
    this.#votes.remove(member);
    member.setProtocols(protocols);
    this.#votes.add(member);
  }

  awaitJoin(member: ClassicMember, waiter: JoinWaiter): void {
    invariant(!member.isAwaitingJoin, () => `${member.id} awaits a join already`);
    member.joinWaiter = waiter;
    this.#awaitingJoinCount++;
  }

  takeJoin(member: ClassicMember): JoinWaiter | undefined {
    const waiter = member.joinWaiter;
    if (waiter === undefined) return undefined;
    member.joinWaiter = undefined;
    this.#awaitingJoinCount--;
    return waiter;
  }

  setOwesSync(member: ClassicMember, owesSync: boolean): void {
    if (member.owesSync === owesSync) return;
    member.owesSync = owesSync;
    this.#owingSyncCount += owesSync ? 1 : -1;
  }

  /** Lets a member that awaits its join lead. False if there is none. */
  electJoinedLeader(): boolean {
    const leader = this.#leaderId === null ? undefined : this.#members.get(this.#leaderId);
    if (leader === undefined) return false;
    if (leader.isAwaitingJoin) return true;
    for (const member of this) {
      if (!member.isAwaitingJoin) continue;
      this.#leaderId = member.id;
      return true;
    }
    return false;
  }

  #put(member: ClassicMember): void {
    this.#members.set(member.id, member);
    if (member.instanceId !== null) (this.#byInstance ??= new Map()).set(member.instanceId, member);
  }
}
