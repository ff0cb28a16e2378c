/**
 * One group on one topic: hands out records under leases, and settles leases.
 *
 * What must be true: it works in turns, one after the other. A turn reads what is committed (a request), settles what is to
 * be settled, hands out what there is, and nobody is answered before what his answer says is committed. So within one
 * gateway no two polls get the same records; two gateways may, if both read before one of them commits: then whoever
 * committed last has the lease, and the other's records are delivered twice.
 *
 * All that came while a turn was on its way shares the next: a thousand pollers cost a few requests.
 * @module
 */
import type { Cluster } from "../../../client/cluster.ts";
import { checkCommitted, commitOffsets, fetchCommitted } from "../../../client/consumer/committed_offsets.ts";
import { ResponseError } from "../../../client/response_error.ts";
import { sleep } from "../../../client/retrying.ts";
import { ErrorCode } from "../../../protocol/errors.ts";
import { type Change, LeaseBook, type Settlement } from "./lease_book.ts";
import { GroupHasMembersError, LeaseLostError, OutsideLeaseError } from "./lease_errors.ts";
import { LeaseHandout } from "./lease_handout.ts";
import type { LeaseName } from "./lease_token.ts";
import { parseToken } from "./lease_token.ts";
import { type HandedOut, LeaseWaiters, type PollRequest, Waiter } from "./lease_waiters.ts";
import { LeaseWatch } from "./lease_watch.ts";
import { hasMembers } from "../../../client/consumer/has_members.ts";

export interface LeasedTopicOptions {
  readonly cluster: Cluster;
  readonly groupId: string;
  readonly topic: string;
  /** Most bytes that are fetched for one turn. */
  readonly maxFetchBytes: number;
}

export type SettledLease = { readonly partition: number; readonly offset: number; readonly until?: number };

interface PendingSettlement {
  readonly name: LeaseName;
  readonly settlement: Settlement;
  readonly answer: PromiseWithResolvers<SettledLease>;
}

/** How long what other gateways and other tools commit may go unseen while polls wait. */
const REFRESH_MS = 2000;

export class LeasedTopic {
  readonly #options: LeasedTopicOptions;
  readonly #waiters = new LeaseWaiters();
  readonly #handout: LeaseHandout;
  readonly #watch: LeaseWatch;
  #settlements: PendingSettlement[] = [];
  #isRunning = false;
  /** Between two turns, with polls that wait. */
  #isResting = false;
  #isEnding = false;
  /** A turn is due at once, not only when something happens. */
  #isTurnDue = false;
  #nudge = new AbortController();
  #lookedForMembers = -Infinity;

  constructor(options: LeasedTopicOptions) {
    this.#options = options;
    this.#handout = new LeaseHandout(options);
    this.#watch = new LeaseWatch(options, () => this.#turnSoon());
  }

  /** Whether nothing is on its way. */
  get isIdle(): boolean {
    return !this.#isRunning;
  }

  get waiting(): number {
    return this.#waiters.count;
  }

  /** undefined: nothing came in time. */
  async poll(request: PollRequest): Promise<HandedOut | undefined> {
    if (this.#isEnding || request.signal.aborted) return undefined;
    const waiter = new Waiter(request, performance.now(), () => this.#nudge.abort());
    this.#waiters.add(waiter);
    // While others wait and the watch with them it is known that there is nothing: who has time joins them.
    if (request.waitMs === 0 || !this.#isResting || !this.#watch.isOn) this.#turnSoon();
    else this.#nudge.abort();
    const handedOut = await waiter.answer;
    if (handedOut === undefined || !request.signal.aborted) return handedOut;
    // Nobody will ever see it: the next may have it at once.
    this.settle(parseToken(handedOut.token)!, { kind: "release" }).catch(() => {});
    return undefined;
  }

  /** Throws LeaseLostError, OutsideLeaseError, or what the cluster refuses. */
  settle(name: LeaseName, settlement: Settlement): Promise<SettledLease> {
    const answer = Promise.withResolvers<SettledLease>();
    this.#settlements.push({ name, settlement, answer });
    this.#turnSoon();
    return answer.promise;
  }

  /** Polls that wait are answered with nothing, now and from now on. */
  end(): void {
    this.#isEnding = true;
    this.#waiters.endAll();
    this.#nudge.abort();
  }

  #turnSoon(): void {
    this.#isTurnDue = true;
    this.#nudge.abort();
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#settlements.length + this.#waiters.count > 0) {
      this.#isTurnDue = false;
      const settlements = this.#settlements.splice(0);
      let wakeAtMs = 0;
      try {
        wakeAtMs = await this.#turn(settlements);
      } catch (error) {
        for (const { answer } of settlements) answer.reject(error);
        this.#waiters.failAll(error);
      }
      await this.#rest(wakeAtMs);
    }
    this.#isRunning = false;
  }

  /** Waits until a turn is due, or there is nobody to have one for. */
  async #rest(wakeAtMs: number): Promise<void> {
    for (;;) {
      const now = performance.now();
      this.#waiters.endLate(now);
      if (this.#isTurnDue || this.#waiters.count === 0 || now >= wakeAtMs) return;
      this.#nudge = new AbortController();
      this.#isResting = true;
      await sleep(Math.min(wakeAtMs, this.#waiters.nextDeadline) - now, this.#nudge.signal);
      this.#isResting = false;
    }
  }

  /** Returns when, by performance.now(), the next is due if nothing happens. */
  async #turn(settlements: readonly PendingSettlement[]): Promise<number> {
    const { cluster, groupId, topic } = this.#options;
    const partitionCount = (await cluster.leadersOf(topic)).length;
    const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
    const committed = await fetchCommitted(cluster, groupId, partitions);
    const book = new LeaseBook(
      partitionCount,
      new Map(Array.from(committed, ({ partition, value }) => [partition, value])),
    );
    await this.#settleAll(book, settlements);
    this.#waiters.endLate(-Infinity);
    if (this.#waiters.count === 0) return Infinity;
    const { changes, handedOut, isMoving } = await this.#handout.prepare(book, this.#waiters.waiting);
    await this.#commit(changes);
    for (const [waiter, answer] of handedOut) {
      this.#waiters.remove(waiter);
      if (answer instanceof Error) waiter.reject(answer);
      else waiter.resolve(answer);
    }
    if (isMoving) return 0;
    if (handedOut.size === 0) await this.#refuseIfMembers();
    if (this.#waiters.count === 0) return Infinity;
    const wallNow = Date.now();
    const now = performance.now();
    this.#watch.over(this.#handout.idle(book, wallNow), Math.ceil(this.#waiters.lastDeadline - now));
    return now + Math.min(REFRESH_MS, Math.max(1, book.nextExpiry(wallNow) - wallNow));
  }

  async #settleAll(book: LeaseBook, settlements: readonly PendingSettlement[]): Promise<void> {
    const changes = new Map<number, Change>();
    const settled: (() => void)[] = [];
    for (const { name, settlement, answer } of settlements) {
      const result = book.settle(name, settlement);
      if (result.isSettled) {
        const { offset, until, change } = result;
        if (change !== undefined) changes.set(name.partition, change);
        settled.push(() =>
          answer.resolve({ partition: name.partition, offset, ...until === undefined ? {} : { until } })
        );
      } else if (result.reason === "lost") {
        answer.reject(new LeaseLostError(name.partition));
      } else {
        const wanted = settlement.kind === "commit" ? settlement.offset ?? -1 : -1;
        answer.reject(new OutsideLeaseError(wanted, result.offset, result.to));
      }
    }
    await this.#commit([...changes.values()]);
    for (const answer of settled) answer();
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const { cluster, groupId, topic } = this.#options;
    const codes = await commitOffsets(cluster, groupId, changes.map((change) => ({ topic, ...change })));
    try {
      checkCommitted(codes, groupId);
    } catch (error) {
      throw isAboutMembers(error) ? new GroupHasMembersError(groupId, topic) : error;
    }
  }

  /** Where members take all there is, nothing would ever be handed out, and nobody would know why. */
  async #refuseIfMembers(): Promise<void> {
    const now = performance.now();
    if (now - this.#lookedForMembers < REFRESH_MS) return;
    this.#lookedForMembers = now;
    const { cluster, groupId, topic } = this.#options;
    if (await hasMembers(cluster, groupId)) throw new GroupHasMembersError(groupId, topic);
  }
}

function isAboutMembers(error: unknown): boolean {
  return error instanceof ResponseError &&
    [
      ErrorCode.UNKNOWN_MEMBER_ID,
      ErrorCode.ILLEGAL_GENERATION,
      ErrorCode.STALE_MEMBER_EPOCH,
      ErrorCode.REBALANCE_IN_PROGRESS,
    ].includes(error.code as never);
}
