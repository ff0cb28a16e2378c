/**
 * One fetch request, from its first look to its answer.
 *
 * A look goes over the marked partitions of the request's list and holds what it finds until it is answered. If that is not
 * enough, the fetch lets it go and waits for the next change of a log, its deadline, or the disk: what is not in the page cache
 * is brought there by an I/O Worker first.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import type { InputOf } from "../../protocol/codec.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { FetchResponse } from "../../protocol/messages/01_fetch.ts";
import type { CommittedSlice } from "../../storage/aborted_transactions.ts";
import type { FileSlice } from "../../storage/disk.ts";
import { LogError } from "../../storage/log_error.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { Broker } from "../broker.ts";
import { leaderEpochError } from "../metadata/leader_epoch.ts";
import type { Connection } from "../reactor/connection.ts";
import type { Request } from "../request.ts";
import type { FetchList, FetchTopic } from "./fetch_list.ts";
import type { FetchPartition } from "./fetch_partition.ts";
import { type FetchSession, NO_SESSION } from "./fetch_session.ts";
import type { WaitingFetch } from "./fetch_waiters.ts";

/** A fetch that may wait a shorter time, or not at all, waits so long for the disk: an empty answer would look like the end. */
const COLD_WAIT_MS = 5000;
/** Most bytes, about, that one fetch has brought in: what is left over is for the next one. */
const MAX_WARM_BYTES = 8 << 20;
/** Most bytes sent of what may have left the page cache again. */
const UNSURE_BYTES = 1 << 20;
/** What Kafka answers where there are none: empty, not null. */
const NO_RECORDS = new Uint8Array(0);
/** Clients of earlier versions don't know KAFKA_STORAGE_ERROR, and would take it for the end. */
const STORAGE_ERROR_FROM_VERSION = 6;
/** Answers tell the leader, and where it is reached, to who believed in a former one (KIP-951). */
const LEADER_FROM_VERSION = 16;

/** What is fetched, and how it is answered. */
export interface FetchScope {
  readonly list: FetchList;
  /** The session that the list is of: only what is new is answered. Without one, all partitions are. */
  readonly session?: FetchSession;
  /** The answer is to begin a session, if there is room for one. */
  readonly wantsSession?: boolean;
}

export interface FetchDemands {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Only what is committed. */
  readonly isCommitted: boolean;
}

/**
 * What a look does with bytes that are not in the page cache: brings them in, and gives nothing yet; leaves them, and gives
 * nothing; or gives them all the same, of the first partition that has any.
 */
type ColdPolicy = "warm" | "leave" | "give";

interface HowToRead {
  readonly maxBytes: number;
  readonly minOneBatch: boolean;
  readonly policy: ColdPolicy;
}

type Answer = InputOf<typeof FetchResponse>;
type AnsweredTopic = Answer["responses"][number];
type AnsweredPartition = AnsweredTopic["partitions"][number];

export class Fetch implements WaitingFetch {
  readonly #broker: Broker;
  readonly #request: Request;
  readonly #scope: FetchScope;
  readonly #demands: FetchDemands;
  /** Jobs under way that bring in what it asks for. */
  #warmingCount = 0;
  /** What they are about, those that have ended included. */
  #warmBytes = 0;
  /** Logs whose bytes could not be brought in. */
  readonly #unreadable = new Set<PartitionLog>();
  /** Bytes that the last look found, of how many they may be. */
  #bytes = 0;
  #bytesLeft = 0;
  /** It found an error that the client does not know yet. */
  #hasNewError = false;

  constructor(broker: Broker, request: Request, scope: FetchScope, demands: FetchDemands) {
    this.#broker = broker;
    this.#request = request;
    this.#scope = scope;
    this.#demands = demands;
  }

  get connection(): Connection {
    return this.#request.connection;
  }

  /** Answers at once, if there is enough or nothing to wait for; otherwise later. */
  begin(): void {
    const { list } = this.#scope;
    const { maxWaitMs, isCommitted } = this.#demands;
    list.setCommitted(isCommitted);
    if (this.#answerIfEnough(maxWaitMs <= 0, "warm")) return;
    const { fetchWaiters, clock } = this.#broker;
    const waitMs = this.#isWarming ? Math.max(maxWaitMs, COLD_WAIT_MS) : maxWaitMs;
    list.beginWatching();
    list.waiting = this;
    fetchWaiters.add(this, clock.monotonic() + waitMs);
    this.#request.reply.onAbandon = () => {
      fetchWaiters.remove(this);
      this.#end();
    };
  }

  tryAnswer(isLate: boolean): boolean {
    try {
      if (this.#isWarming) return isLate && this.#answerIfEnough(true, "leave");
      // What was brought in is sent, be it enough or not.
      if (this.#warmBytes > 0) return this.#answerIfEnough(true, "give");
      return this.#answerIfEnough(isLate, isLate ? "leave" : "warm");
    } catch (error) {
      // Our own mistake, met in the middle of a turn where no request is being handled: this client pays, nobody else.
      const { stack, message } = error as Error;
      this.#broker.log(
        "error",
        `a defect in Milena, please report it: Fetch that waited: ${stack ?? message}`,
      );
      this.connection.close("asked for Fetch, which failed within the broker (see the line before)");
      return true;
    }
  }

  /** Answers that another request has gone on with the session meanwhile, on another connection. */
  refuse(): void {
    this.#broker.fetchWaiters.remove(this);
    this.#end();
    this.#request.answer(api.Fetch.response, {
      errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH,
      sessionId: this.#scope.session?.id ?? NO_SESSION,
      responses: [],
    });
  }

  /** It waits for what it asks for to be in the page cache. */
  get #isWarming(): boolean {
    return this.#warmingCount > 0;
  }

  get #isFull(): boolean {
    return this.#scope.session === undefined;
  }

  #answerIfEnough(isLate: boolean, policy: ColdPolicy): boolean {
    this.#look(policy);
    const { list } = this.#scope;
    const mustWait = this.#isWarming && policy === "warm";
    const isEnough = isLate || this.#hasNewError || this.#bytes >= this.#demands.minBytes ||
      list.foundCount === 0;
    if (mustWait || !isEnough) {
      for (const partition of list.marked()) partition.letGo();
      return false;
    }
    this.#answer();
    return true;
  }

  #look(policy: ColdPolicy): void {
    this.#bytes = 0;
    this.#bytesLeft = Math.min(this.#demands.maxBytes, this.#broker.config.limits.fetchBytes);
    this.#hasNewError = false;
    this.#scope.list.lookAtMarked((partition) => this.#lookAt(partition, policy));
  }

  /** Returns whether the partition stays marked. */
  #lookAt(partition: FetchPartition, policy: ColdPolicy): boolean {
    const wasThere = partition.log !== undefined;
    const log = this.#scope.list.logOf(partition);
    // What there is none of is told with all the rest: who goes on asking for it would otherwise be answered as fast as it asks.
    if (typeof log === "number") return this.#fail(partition, log, wasThere);
    const error = leaderEpochError(log, partition.currentLeaderEpoch) ??
      (this.#unreadable.has(log) ? ErrorCode.KAFKA_STORAGE_ERROR : undefined);
    if (error !== undefined) return this.#fail(partition, error);
    partition.errorCode = ErrorCode.NONE;
    const maxBytes = Math.max(0, Math.min(partition.maxBytes, this.#bytesLeft));
    const minOneBatch = this.#bytes === 0;
    try {
      if (maxBytes === 0 && !minOneBatch) {
        log.checkOffset(partition.fetchOffset);
        return true;
      }
      const read = this.#read(log, partition.fetchOffset, { maxBytes, minOneBatch, policy });
      partition.read = read;
      if (read !== undefined) {
        this.#bytes += read.slice.length;
        this.#bytesLeft -= read.slice.length;
      }
      const end = this.#demands.isCommitted ? log.lastStableOffset : log.highWatermark;
      return partition.fetchOffset < end || !this.#isFull && partition.hasNewsOf(log);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      // A log that is out of service has said so once; who fetches from it comes again and again.
      const isNews = error.code !== ErrorCode.OFFSET_OUT_OF_RANGE && error !== log.failure;
      if (isNews) this.#broker.log("error", error.message);
      return this.#fail(partition, error.code);
    }
  }

  #fail(partition: FetchPartition, errorCode: number, isNew = true): true {
    partition.errorCode = errorCode;
    if (isNew) this.#hasNewError = true;
    return true;
  }

  #read(
    log: PartitionLog,
    offset: number,
    { maxBytes, minOneBatch, policy }: HowToRead,
  ): CommittedSlice | undefined {
    const { isCommitted } = this.#demands;
    const read = log.readCached(offset, maxBytes, { minOneBatch, isCommitted });
    if (read === undefined || !read.isCold) return read;
    if (policy === "warm") this.#warm(log, read.slice);
    read.slice.file.release();
    if (policy !== "give" || !minOneBatch) return undefined;
    const unsureBytes = Math.min(maxBytes, UNSURE_BYTES);
    if (isCommitted) return log.readCommitted(offset, unsureBytes, { minOneBatch });
    const slice = log.read(offset, unsureBytes, { minOneBatch });
    return slice && { slice, aborted: [] };
  }

  #warm(log: PartitionLog, slice: FileSlice): void {
    if (this.#warmBytes >= MAX_WARM_BYTES) return;
    this.#warmBytes += slice.length;
    this.#warmingCount++;
    this.#broker.coldReads.warm(slice, (error) => {
      this.#warmingCount--;
      if (error) this.#unreadable.add(log);
      if (!this.#isWarming) this.#broker.fetchWaiters.markOne(this);
    });
  }

  /** Answers with what the last look found. */
  #answer(): void {
    const { list, session, wantsSession = false } = this.#scope;
    const responses: { topic: FetchTopic; partitions: AnsweredPartition[] }[] = [];
    let tellsLeader = false;
    for (const partition of this.#isFull ? list.inOrder() : list.marked()) {
      const { topic, log, errorCode, read } = partition;
      const isAnswered = this.#isFull || errorCode !== ErrorCode.NONE || read !== undefined ||
        log !== undefined && partition.hasNewsOf(log);
      if (!isAnswered) continue;
      if (responses.at(-1)?.topic !== topic) responses.push({ topic, partitions: [] });
      responses.at(-1)!.partitions.push(this.#answerFor(partition));
      this.#count(partition);
      partition.tell(errorCode === ErrorCode.NONE ? log : undefined);
      partition.read = undefined;
      if (read !== undefined) list.moveBack(partition);
      tellsLeader ||= this.#tellsLeader(errorCode);
    }
    const sessionId = session?.id ?? (wantsSession ? this.#broker.fetchSessions.create(list)?.id : undefined);
    this.#end(sessionId !== undefined);
    this.#request.answer(api.Fetch.response, {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      sessionId: sessionId ?? NO_SESSION,
      responses: responses.map(({ topic: { key }, partitions }): AnsweredTopic =>
        list.usesTopicIds ? { topicId: key, partitions } : { topic: key, partitions }
      ),
      ...tellsLeader ? { nodeEndpoints: [this.#endpoint()] } : {},
    });
  }

  #count({ log, errorCode, read }: FetchPartition): void {
    if (log === undefined) return;
    const { logs } = this.#broker.figures;
    if (errorCode !== ErrorCode.NONE) logs.fetchFailed(log);
    else if (read !== undefined) logs.fetched(log, read.slice.length);
  }

  #answerFor({ index: partitionIndex, errorCode, log, read }: FetchPartition): AnsweredPartition {
    if (log === undefined || errorCode !== ErrorCode.NONE) {
      const tellsLeader = log !== undefined && this.#tellsLeader(errorCode);
      return {
        partitionIndex,
        errorCode: this.#knownError(errorCode),
        highWatermark: -1,
        lastStableOffset: -1,
        logStartOffset: -1,
        ...tellsLeader
          ? { currentLeader: { leaderId: this.#broker.nodeId, leaderEpoch: log.leaderEpoch } }
          : {},
        abortedTransactions: null,
        records: NO_RECORDS,
      };
    }
    const { highWatermark, lastStableOffset, logStartOffset } = log;
    return {
      partitionIndex,
      errorCode,
      highWatermark,
      lastStableOffset,
      logStartOffset,
      abortedTransactions: this.#demands.isCommitted ? read?.aborted ?? [] : null,
      records: read?.slice ?? NO_RECORDS,
    };
  }

  #knownError(errorCode: number): number {
    return errorCode === ErrorCode.KAFKA_STORAGE_ERROR && this.#request.version < STORAGE_ERROR_FROM_VERSION
      ? ErrorCode.NOT_LEADER_OR_FOLLOWER
      : errorCode;
  }

  #tellsLeader(errorCode: number): boolean {
    return errorCode === ErrorCode.FENCED_LEADER_EPOCH && this.#request.version >= LEADER_FROM_VERSION;
  }

  #endpoint() {
    return { nodeId: this.#broker.nodeId, ...this.#broker.advertisedTo(this.connection), rack: null };
  }

  /** It waits no longer; nobody needs its list any more, unless a session keeps it. */
  #end(isKept = !this.#isFull): void {
    const { list } = this.#scope;
    if (list.waiting === this) list.waiting = undefined;
    if (!isKept) list.close();
  }
}
