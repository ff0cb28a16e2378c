/**
 * Fetches ahead: from each leader, over a connection of its own, as long as less than `queuedMaxBytes` are kept.
 *
 * What must be true:
 * - Bytes kept and bytes that fetches on their way may bring are together no more than `queuedMaxBytes`, but for a batch
 *   that is larger than what was asked for (one always comes whole).
 * - A partition is in one fetch at a time. What has changed meanwhile (a seek, a pause, a rebalance) takes it out of that
 *   fetch, whose answer for it is then passed over.
 * - What can be fetched never waits for a fetch that waits: it goes with another, and if there are two, the older is ended.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { FetchResponse } from "../../protocol/messages/01_fetch.ts";
import { backoffMs } from "../backoff.ts";
import type { Cluster } from "../cluster.ts";
import type { Connection } from "../connection.ts";
import { ResponseError } from "../response_error.ts";
import { isNotLeading } from "../unsettled.ts";
import { AbortedTransactions } from "./aborted_transactions.ts";
import { FETCH_MARGIN_MS, MAX_FETCH_VERSION } from "./fetch_partitions.ts";
import { splitBatches } from "./fetched_batch.ts";
import { lastingError } from "./lasting_error.ts";
import type { FetchBudget, PartitionState } from "./partition_state.ts";
import { byTopic, type PartitionMap } from "./topic_partitions.ts";

export interface PrefetcherOptions {
  readonly cluster: Cluster;
  readonly partitions: PartitionMap<PartitionState>;
  readonly budget: FetchBudget;
  readonly queuedMaxBytes: number;
  readonly fetchMaxBytes: number;
  readonly partitionMaxBytes: number;
  readonly minBytes: number;
  readonly maxWaitMs: number;
  readonly isReadCommitted: boolean;
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** Only while `want` says so. */
  readonly isOnDemand: boolean;
  /** Told that there may be something to give of this partition: records, or an error. */
  readonly onArrival: (state: PartitionState) => void;
  /** Told that its position is none, or no more. */
  readonly onOutOfRange: (state: PartitionState) => void;
}

interface LeaderFetch {
  readonly leader: number;
  readonly ending: AbortController;
  states: readonly PartitionState[];
  reservedBytes: number;
}

type Answered = FetchResponse["responses"][number]["partitions"][number];

const MAX_FETCHES_OF_LEADER = 2;

export class Prefetcher {
  readonly #options: PrefetcherOptions;
  readonly #fetches = new Map<number, LeaderFetch[]>();
  readonly #failures = new Map<number, { count: number; untilMs: number }>();
  readonly #looking = new Set<string>();
  #reservedBytes = 0;
  /** Brokers that lead partitions of ours: each gets its part of the room. */
  #leaderCount = 1;
  /** There was no room for a fetch. */
  #isStarved = false;
  #isPoked = false;
  #isStopped = false;
  #wantedUntilMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAtMs = Infinity;

  constructor(options: PrefetcherOptions) {
    this.#options = options;
  }

  /** Looks, at the end of this turn, for what can be fetched. To be called when anything has changed. */
  poke(): void {
    if (this.#isPoked || this.#isStopped) return;
    this.#isPoked = true;
    queueMicrotask(() => {
      this.#isPoked = false;
      if (!this.#isStopped) this.#look();
    });
  }

  /** There is room again: looks whether that makes a difference to `state`. */
  pokeFor(state: PartitionState): void {
    if (this.#isStarved) this.poke();
    else if (state.isFetchable && state.queuedBytes <= this.#shareBytes / 2) this.poke();
  }

  /** Somebody waits for records until then, by performance.now(). */
  want(untilMs: number): void {
    this.#wantedUntilMs = Math.max(this.#wantedUntilMs, untilMs);
    this.poke();
  }

  /** Ends what is on its way. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const fetches of this.#fetches.values()) for (const { ending } of fetches) ending.abort();
  }

  /** What each partition may keep, so that one that nobody asks for does not keep out the others. */
  get #shareBytes(): number {
    return this.#options.queuedMaxBytes / Math.max(1, this.#options.partitions.size);
  }

  get #isWanted(): boolean {
    return !this.#isStopped && (!this.#options.isOnDemand || performance.now() < this.#wantedUntilMs);
  }

  #isFetchable(state: PartitionState, nowMs: number): boolean {
    return state.isFetchable && state.notBeforeMs <= nowMs && state.queuedBytes < this.#shareBytes;
  }

  #look(): void {
    if (!this.#isWanted) return;
    const { cluster, partitions } = this.#options;
    const nowMs = performance.now();
    const leaders = new Set<number>(this.#fetches.keys());
    const wanted = new Set<number>();
    for (const { value: state } of partitions) {
      const leader = cluster.rememberedLeader(state.topic, state.partition);
      if (leader !== undefined) leaders.add(leader);
      if (!state.isFetchable) continue;
      if (state.notBeforeMs > nowMs) this.#later(state.notBeforeMs);
      if (!this.#isFetchable(state, nowMs)) continue;
      if (leader === undefined) this.#findLeaders(state);
      else wanted.add(leader);
    }
    this.#leaderCount = Math.max(1, leaders.size);
    this.#isStarved = false;
    for (const leader of wanted) this.#startOf(leader, nowMs);
  }

  #startOf(leader: number, nowMs: number): void {
    const { untilMs = 0 } = this.#failures.get(leader) ?? {};
    if (untilMs > nowMs) return this.#later(untilMs);
    const fetches = this.#fetches.get(leader) ?? [];
    if (this.#grant() === 0) return;
    // Its end looks again.
    if (fetches.length >= MAX_FETCHES_OF_LEADER) return fetches[0]!.ending.abort();
    const fetch = { leader, ending: new AbortController(), states: [], reservedBytes: 0 };
    this.#fetches.set(leader, [...fetches, fetch]);
    void this.#run(fetch);
  }

  async #run(fetch: LeaderFetch): Promise<void> {
    const { leader, ending } = fetch;
    try {
      await this.#options.cluster.lendBroker(leader, async (connection) => {
        for (;;) {
          this.#giveBack(fetch);
          this.#take(fetch);
          if (fetch.states.length === 0) return;
          this.#arrived(fetch, await this.#ask(connection, fetch));
          this.#failures.delete(leader);
        }
      }, ending.signal);
    } catch (error) {
      if (!ending.signal.aborted) this.#failed(fetch, error);
    }
    this.#giveBack(fetch);
    const left = (this.#fetches.get(leader) ?? []).filter((other) => other !== fetch);
    if (left.length > 0) this.#fetches.set(leader, left);
    else this.#fetches.delete(leader);
    this.poke();
  }

  /** Puts into `fetch` what can be fetched of its leader now. */
  #take(fetch: LeaderFetch): void {
    const { leader, ending } = fetch;
    if (!this.#isWanted || ending.signal.aborted) return;
    const grantedBytes = this.#grant();
    if (grantedBytes === 0) return;
    const { cluster, partitions } = this.#options;
    const nowMs = performance.now();
    const states: PartitionState[] = [];
    for (const { value: state } of partitions) {
      if (!this.#isFetchable(state, nowMs)) continue;
      if (cluster.rememberedLeader(state.topic, state.partition) === leader) states.push(state);
    }
    if (states.length === 0) return;
    for (const state of states) state.fetching = fetch;
    fetch.states = states;
    fetch.reservedBytes = grantedBytes;
    this.#reservedBytes += grantedBytes;
  }

  /** How many bytes a fetch may bring; 0: there is no room for as much as is worth one. */
  #grant(): number {
    const { queuedMaxBytes, fetchMaxBytes, partitionMaxBytes, budget } = this.#options;
    const fetches = this.#leaderCount * MAX_FETCHES_OF_LEADER;
    const mostBytes = Math.max(1, Math.min(fetchMaxBytes, Math.ceil(queuedMaxBytes / fetches)));
    const roomBytes = queuedMaxBytes - budget.usedBytes - this.#reservedBytes;
    if (roomBytes >= Math.min(mostBytes, partitionMaxBytes)) return Math.min(mostBytes, roomBytes);
    this.#isStarved = true;
    return 0;
  }

  #giveBack(fetch: LeaderFetch): void {
    this.#reservedBytes -= fetch.reservedBytes;
    fetch.reservedBytes = 0;
    for (const state of fetch.states) if (state.fetching === fetch) state.fetching = undefined;
    fetch.states = [];
    if (this.#isStarved) this.poke();
  }

  #ask(
    connection: Connection,
    { reservedBytes: maxBytes, states }: LeaderFetch,
  ): Promise<FetchResponse> {
    const { isOnDemand, maxWaitMs, minBytes, partitionMaxBytes, isReadCommitted } = this.#options;
    const waitMs = isOnDemand ? Math.max(0, Math.ceil(this.#wantedUntilMs - performance.now())) : maxWaitMs;
    return connection.request(api.Fetch, {
      maxWaitMs: waitMs,
      minBytes: Math.min(minBytes, maxBytes),
      maxBytes,
      isolationLevel: isReadCommitted ? 1 : 0,
      topics: byTopic(states, ({ partition, fetchOffset }) => ({
        partition,
        fetchOffset,
        partitionMaxBytes: Math.min(partitionMaxBytes, maxBytes),
      })).map(({ name: topic, partitions }) => ({ topic, partitions })),
    }, { maxVersion: MAX_FETCH_VERSION, timeoutMs: waitMs + FETCH_MARGIN_MS });
  }

  #arrived(fetch: LeaderFetch, { errorCode, responses }: FetchResponse): void {
    for (const { topic, partitions } of responses) {
      for (const found of partitions) {
        const state = this.#options.partitions.get({ topic, partition: found.partitionIndex });
        // It is another's by now, or is to go on elsewhere.
        if (state?.fetching !== fetch) continue;
        state.fetching = undefined;
        if (found.errorCode === ErrorCode.NONE) this.#received(state, found);
        else this.#refused(state, found.errorCode);
      }
    }
    if (errorCode === ErrorCode.NONE) return;
    for (const state of fetch.states) if (state.fetching === fetch) this.#refused(state, errorCode);
  }

  #received(state: PartitionState, found: Answered): void {
    const { isReadCommitted, onArrival } = this.#options;
    state.endOffset = isReadCommitted ? found.lastStableOffset : found.highWatermark;
    const { records } = found;
    if (records === null || records.length === 0) return;
    const aborted = isReadCommitted ? new AbortedTransactions(found.abortedTransactions ?? []) : undefined;
    const batches = splitBatches(records, state.fetchOffset, aborted);
    if (batches.length > 0) state.add(batches);
    else this.#cutOff(state, records.length);
    onArrival(state);
  }

  /** Asked again it would bring the same: this is for people to look at. */
  #cutOff(state: PartitionState, byteCount: number): void {
    const { topic, partition, fetchOffset } = state;
    state.error = new Error(
      `no whole batch is in the ${byteCount} bytes that came of ${topic}-${partition} from offset ${fetchOffset} on`,
    );
  }

  #refused(state: PartitionState, errorCode: number): void {
    const { cluster, onArrival, onOutOfRange, retryMs } = this.#options;
    const { topic, partition } = state;
    state.fetching = undefined;
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return onOutOfRange(state);
    const error = new ResponseError(errorCode, `read ${topic}-${partition}`);
    if (isNotLeading(errorCode, true) || error.retriable) {
      cluster.forget(topic);
      state.notBeforeMs = performance.now() + retryMs;
      return;
    }
    state.error = error;
    onArrival(state);
  }

  /** The leader could not be reached, or went away: it may be another soon. */
  #failed({ leader, states }: LeaderFetch, error: unknown): void {
    const { cluster, partitions, retryMs, retryMaxMs } = this.#options;
    const lasting = lastingError(error);
    if (lasting !== undefined) this.#tell(states.length > 0 ? states : this.#ledBy(leader), lasting);
    const count = (this.#failures.get(leader)?.count ?? 0) + 1;
    const waitMs = backoffMs(count, { firstMs: retryMs, longestMs: retryMaxMs }, Math.random());
    this.#failures.set(leader, { count, untilMs: performance.now() + waitMs });
    for (const { topic, partition } of partitions) {
      if (cluster.rememberedLeader(topic, partition) === leader) cluster.forget(topic);
    }
  }

  #findLeaders(state: PartitionState): void {
    const { cluster, retryMs } = this.#options;
    const { topic } = state;
    if (this.#looking.has(topic)) return;
    this.#looking.add(topic);
    const look = async () => {
      let isFound = false;
      try {
        const leaders = await cluster.leadersOf(topic);
        isFound = this.#statesOf(topic).every(({ partition }) => (leaders[partition] ?? -1) >= 0);
      } catch (error) {
        const lasting = lastingError(error);
        if (lasting !== undefined) this.#tell(this.#statesOf(topic), lasting);
      }
      this.#looking.delete(topic);
      if (isFound) return this.poke();
      cluster.forget(topic);
      const untilMs = performance.now() + retryMs;
      for (const one of this.#statesOf(topic)) {
        if (cluster.rememberedLeader(topic, one.partition) === undefined) one.notBeforeMs = untilMs;
      }
      this.#later(untilMs);
      this.poke();
    };
    void look();
  }

  /** The reader is told, once; then it is tried again. */
  #tell(states: readonly PartitionState[], error: Error): void {
    for (const state of states) {
      state.error ??= error;
      this.#options.onArrival(state);
    }
  }

  #ledBy(leader: number): PartitionState[] {
    return [...this.#options.partitions].map(({ value }) => value)
      .filter(({ topic, partition }) => this.#options.cluster.rememberedLeader(topic, partition) === leader);
  }

  #statesOf(topic: string): PartitionState[] {
    return [...this.#options.partitions].filter((one) => one.topic === topic).map(({ value }) => value);
  }

  #later(atMs: number): void {
    if (atMs >= this.#timerAtMs || this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => {
      this.#timerAtMs = Infinity;
      this.poke();
    }, Math.max(1, atMs - performance.now()));
  }
}
