/**
 * One partition that a client fetches: what it asks, what it was told last, and what the last look found.
 * @module
 */
import { ErrorCode } from "../../protocol/errors.ts";
import type { CommittedSlice } from "../../storage/aborted_transactions.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { FetchList, FetchTopic } from "./fetch_list.ts";
import type { LogWatcher } from "./fetch_waiters.ts";

/** What a request says of a partition. */
export interface AskedPartition {
  readonly partition: number;
  readonly currentLeaderEpoch: number;
  readonly fetchOffset: number;
  readonly partitionMaxBytes: number;
}

/** Told to the client: nothing, or an error. */
const NOT_TOLD = -1;

export class FetchPartition implements LogWatcher {
  readonly topic: FetchTopic;
  readonly index: number;
  currentLeaderEpoch = -1;
  fetchOffset = 0;
  maxBytes = 0;
  /** Where it stands among the partitions of its list: those with smaller numbers have their turn first. */
  place: number;
  /** It is to be looked at by the next look. */
  isMarked = false;
  isForgotten = false;
  /** As it was found by {@link FetchList.logOf}; undefined: there is none. */
  log: PartitionLog | undefined;
  /** What the last look found; {@link read}'s file is retained until it is answered or let go. */
  errorCode: number = ErrorCode.NONE;
  read: CommittedSlice | undefined;
  #toldHighWatermark = NOT_TOLD;
  #toldLogStartOffset = NOT_TOLD;
  readonly #list: FetchList;

  constructor(list: FetchList, topic: FetchTopic, index: number, place: number) {
    this.#list = list;
    this.topic = topic;
    this.index = index;
    this.place = place;
  }

  ask({ currentLeaderEpoch, fetchOffset, partitionMaxBytes }: AskedPartition): void {
    this.currentLeaderEpoch = currentLeaderEpoch;
    this.fetchOffset = fetchOffset;
    this.maxBytes = partitionMaxBytes;
  }

  onLogChange(): void {
    this.#list.mark(this);
  }

  /** Its client has not been told the ends of `log` as they are. */
  hasNewsOf({ highWatermark, logStartOffset }: PartitionLog): boolean {
    return this.#toldHighWatermark !== highWatermark || this.#toldLogStartOffset !== logStartOffset;
  }

  /** The client is told the ends of `log`; of none, or with an error, nothing that would hold when the error is over. */
  tell(log: PartitionLog | undefined): void {
    this.#toldHighWatermark = log?.highWatermark ?? NOT_TOLD;
    this.#toldLogStartOffset = log?.logStartOffset ?? NOT_TOLD;
  }

  /** Gives back what the last look found. */
  letGo(): void {
    this.read?.slice.file.release();
    this.read = undefined;
  }
}
