/**
 * A fetch session (KIP-227): the broker keeps which partitions a client fetches, and from where on, so that a request names
 * only what changes, and an answer only what has news. It belongs to no connection: who knows its id and its next epoch goes
 * on with it.
 * @module
 */
import type { FetchList } from "./fetch_list.ts";

/** A request's id where it has no session yet, and an answer's where none was made. */
export const NO_SESSION = 0;
/** Asks for a new session; the session that is named, if any, is closed. */
export const INITIAL_EPOCH = 0;
/** Asks for none; otherwise the same. */
export const FINAL_EPOCH = -1;

const LAST_EPOCH = 0x7fffffff;

export class FetchSession {
  /** What the next request must say. */
  epoch = nextEpoch(INITIAL_EPOCH);
  /** On the monotonic clock. */
  lastUsedMs: number;
  /** Its partitions when it was used last. */
  size: number;

  constructor(readonly id: number, readonly list: FetchList, readonly createdMs: number) {
    this.lastUsedMs = createdMs;
    this.size = list.count;
  }
}

/** It counts up for ever, round and round without the two that begin anew. */
export function nextEpoch(epoch: number): number {
  return epoch === LAST_EPOCH ? 1 : epoch + 1;
}
