/**
 * All fetch sessions of a broker. What must be true:
 *
 * - There are at most `slots` of them (`max.incremental.fetch.session.cache.slots`), of at most `partitionsOfOne` partitions
 *   each, and of {@link PARTITIONS_OF_ALL} together, which bounds their memory: 200 bytes for each, up to 430 if it is its topic's only one.
 * - A session that is wanted while there is no room takes that of the one which was used least lately, if it was not used for
 *   {@link EVICTION_MS}. If there is none, that of the smallest of those which were there for that long, if it is smaller than
 *   the new one: large sessions save most. Otherwise none is made, and the client goes on to ask in full.
 *
 * The rules are Kafka's, which has no bound but the slots.
 * @module
 */
import type { Clock, Random } from "../../storage/environment.ts";
import type { FetchList } from "./fetch_list.ts";
import { FetchSession, NO_SESSION } from "./fetch_session.ts";
import type { FetchWaiters } from "./fetch_waiters.ts";

/** Kafka's, where it is no setting. */
export const EVICTION_MS = 120_000;
/** Between 110 and 230 MB of memory. */
export const PARTITIONS_OF_ALL = 1 << 19;

export interface FetchSessionsOptions {
  readonly slots: number;
  readonly partitionsOfOne: number;
  readonly partitionsOfAll?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly waiters: FetchWaiters;
}

export class FetchSessions {
  readonly #options: Required<FetchSessionsOptions>;
  /** By id, the one that was used least lately in front. */
  readonly #byId = new Map<number, FetchSession>();
  #partitionCount = 0;
  #evictedCount = 0;

  constructor(options: FetchSessionsOptions) {
    this.#options = { partitionsOfAll: PARTITIONS_OF_ALL, ...options };
  }

  get count(): number {
    return this.#byId.size;
  }

  /** Partitions of all of them. */
  get partitionCount(): number {
    return this.#partitionCount;
  }

  /** How many had to make room, since the start. */
  get evictedCount(): number {
    return this.#evictedCount;
  }

  get(id: number): FetchSession | undefined {
    return this.#byId.get(id);
  }

  /** Makes a session of `list`, which has been answered in full; undefined: there is no room. */
  create(list: FetchList): FetchSession | undefined {
    const { slots, partitionsOfOne, partitionsOfAll } = this.#options;
    const nowMs = this.#options.clock.monotonic();
    if (slots === 0 || list.count > Math.min(partitionsOfOne, partitionsOfAll)) return undefined;
    while (this.count >= slots || this.#partitionCount + list.count > partitionsOfAll) {
      const victim = this.#evictable(list.count, nowMs);
      if (victim === undefined) return undefined;
      this.#evict(victim);
    }
    const session = new FetchSession(this.#newId(), list, nowMs);
    this.#byId.set(session.id, session);
    this.#partitionCount += session.size;
    list.beginWatching();
    return session;
  }

  /**
   * It is used, and its partitions may be others. Returns false if there is no room for so many: then it is there no longer,
   * and its client has to begin anew.
   */
  touch(session: FetchSession): boolean {
    const { partitionsOfOne, partitionsOfAll } = this.#options;
    const nowMs = this.#options.clock.monotonic();
    const { count } = session.list;
    this.#partitionCount += count - session.size;
    session.size = count;
    session.lastUsedMs = nowMs;
    this.#byId.delete(session.id);
    this.#byId.set(session.id, session);
    while (this.#partitionCount > partitionsOfAll) {
      const victim = this.#evictable(count, nowMs) ?? session;
      this.#evict(victim);
      if (victim === session) return false;
    }
    if (count <= partitionsOfOne) return true;
    this.#evict(session);
    return false;
  }

  /** Its client wants it no longer. A fetch that waits with it is answered with what there is. */
  remove(session: FetchSession): void {
    if (!this.#byId.delete(session.id)) return;
    this.#partitionCount -= session.size;
    if (session.list.waiting !== undefined) this.#options.waiters.answerNow(session.list.waiting);
    session.list.close();
  }

  #evict(session: FetchSession): void {
    this.#evictedCount++;
    this.remove(session);
  }

  #evictable(size: number, nowMs: number): FetchSession | undefined {
    const [oldest] = this.#byId.values();
    if (oldest !== undefined && nowMs - oldest.lastUsedMs > EVICTION_MS) return oldest;
    let smallest: FetchSession | undefined;
    for (const session of this.#byId.values()) {
      const isEstablished = session.lastUsedMs - session.createdMs > EVICTION_MS;
      if (isEstablished && session.size < (smallest?.size ?? size)) smallest = session;
    }
    return smallest;
  }

  #newId(): number {
    for (;;) {
      const bytes = this.#options.random.bytes(4);
      const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) >>> 1;
      if (id !== NO_SESSION && !this.#byId.has(id)) return id;
    }
  }
}
