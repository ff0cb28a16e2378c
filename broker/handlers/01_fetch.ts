/**
 * Fetch: record batches from an offset on, sent from the page cache by sendfile.
 *
 * - Waits up to `max_wait_ms` until `min_bytes` are there; an append wakes it. An error in any partition is told at once.
 * - `max_bytes` and `partition_max_bytes` bound the answer, yet the first partition that has data gives at least one
 *   whole batch (KIP-74), and an offset within a batch gets that batch whole. The end of an answer may cut a batch, as
 *   Kafka's does; clients drop what is cut.
 * - What is not in the page cache is brought there by an I/O Worker first, while the fetch is parked. Then it is answered: by
 *   partitions whose bytes are there, and by the first that has any even if they are gone again, so that every fetch gets on.
 *   If `max_wait_ms` (or {@link COLD_WAIT_MS}, if longer) is over before, by those partitions alone that are there.
 * - Never past the high watermark. With `isolation_level` read_committed never past the last stable offset either, and with
 *   a list of the aborted transactions that may have records in the answer, empty if none has; otherwise null (KIP-98).
 * - Fetch sessions (version 7+, KIP-227): none are kept yet, which is legal: the answer's session id is 0, and whoever
 *   wants to go on with one gets FETCH_SESSION_ID_NOT_FOUND and begins anew.
 * - Version 9+ checks the leader epoch the client believes in (KIP-320). Topic ids (13+) are not served yet.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import type { FetchRequest } from "../../protocol/messages/01_fetch.ts";
import type { CommittedSlice } from "../../storage/aborted_transactions.ts";
import type { FileSlice } from "../../storage/disk.ts";
import { LogError } from "../../storage/log_error.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { AbortedTransaction } from "../../storage/transaction_index.ts";
import type { Broker } from "../broker.ts";
import type { WaitingFetch } from "../fetch_waiters.ts";
import { leaderEpochError } from "../metadata/leader_epoch.ts";
import { isFileSlice } from "../reactor/reply.ts";
import type { Request } from "../request.ts";
import type { ApiHandler } from "./api_handler.ts";

/** Asks for a new session; the session that is named, if any, is to be closed. */
const INITIAL_EPOCH = 0;
/** Asks for none; otherwise the same. */
const FINAL_EPOCH = -1;
/** `isolation_level`; any other number means read_uncommitted. */
const READ_COMMITTED = 1;
/** A fetch that may wait a shorter time, or not at all, waits so long for the disk: an empty answer would look like the end. */
const COLD_WAIT_MS = 5000;
/** Most bytes, about, that one fetch has brought in: what is left over is for the next one. */
const MAX_WARM_BYTES = 8 << 20;
/** Most bytes sent of what may have left the page cache again. */
const UNSURE_BYTES = 1 << 20;
/** What Kafka answers where there are none: empty, not null. */
const NO_RECORDS = new Uint8Array(0);

export const fetchHandler: ApiHandler = {
  api: api.Fetch,
  versions: { from: 4, to: 12 },

  handle(broker, request) {
    const body = request.decode(api.Fetch.request);
    if (body.sessionEpoch !== INITIAL_EPOCH && body.sessionEpoch !== FINAL_EPOCH) {
      return request.answer(api.Fetch.response, {
        throttleTimeMs: 0,
        errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
        responses: [],
      });
    }
    const fetch = new Fetch(broker, request, body);
    const hasNothingToWaitFor = body.topics.every(({ partitions }) => partitions.length === 0);
    if (fetch.begin(body.maxWaitMs <= 0 || hasNothingToWaitFor)) return;
    const maxWaitMs = fetch.isWarming ? Math.max(body.maxWaitMs, COLD_WAIT_MS) : body.maxWaitMs;
    broker.fetchWaiters.add(fetch, logsOf(broker, body), broker.clock.monotonic() + maxWaitMs);
    request.reply.onAbandon = () => broker.fetchWaiters.remove(fetch);
  },
};

/** The logs it asks for, of those that there are. */
function logsOf(broker: Broker, { topics }: FetchRequest): ReadonlySet<PartitionLog> {
  const logs = new Set<PartitionLog>();
  for (const { topic, partitions } of topics) {
    const logsOfTopic = broker.topics.topic(topic)?.partitions;
    for (const { partition } of partitions) {
      const log = logsOfTopic?.[partition];
      if (log !== undefined) logs.add(log);
    }
  }
  return logs;
}

/**
 * What a look does with bytes that are not in the page cache: brings them in, and gives nothing yet; leaves them, and gives
 * nothing; or gives them all the same, of the first partition that has any.
 */
type ColdPolicy = "warm" | "leave" | "give";

/** One fetch request, answered by the first look that finds enough. */
class Fetch implements WaitingFetch {
  readonly #broker: Broker;
  readonly #request: Request;
  readonly #body: FetchRequest;
  /** Jobs under way that bring in what it asks for. */
  #warmingCount = 0;
  /** What they are about, those that have ended included. */
  #warmBytes = 0;
  /** Logs whose bytes could not be brought in. */
  readonly #unreadable = new Set<PartitionLog>();

  constructor(broker: Broker, request: Request, body: FetchRequest) {
    this.#broker = broker;
    this.#request = request;
    this.#body = body;
  }

  /** It waits for what it asks for to be in the page cache. */
  get isWarming(): boolean {
    return this.#warmingCount > 0;
  }

  /** The first look: answers if there is enough, or if it must not wait for more. Returns whether it did. */
  begin(isImpatient: boolean): boolean {
    return this.#answerIfEnough(isImpatient, "warm");
  }

  tryAnswer(isLate: boolean): boolean {
    try {
      if (this.isWarming) return isLate && this.#answerIfEnough(true, "leave");
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
      this.#request.connection.close("asked for Fetch, which failed within the broker (see the line before)");
      return true;
    }
  }

  #answerIfEnough(isLate: boolean, policy: ColdPolicy): boolean {
    const { responses, bytes, hasError } = this.#look(policy);
    const isEnough = !(this.isWarming && policy === "warm") &&
      (isLate || hasError || bytes >= this.#body.minBytes);
    if (isEnough) {
      this.#broker.metrics.add("fetchedBytes", bytes);
      this.#request.answer(api.Fetch.response, { throttleTimeMs: 0, errorCode: ErrorCode.NONE, responses });
    } else {
      for (const { partitions } of responses) {
        for (const { records } of partitions) if (isFileSlice(records)) records.file.release();
      }
    }
    return isEnough;
  }

  /** What each partition has for the client now. Every slice in it is retained. */
  #look(policy: ColdPolicy): { responses: FetchedTopic[]; bytes: number; hasError: boolean } {
    let bytesLeft = Math.min(this.#body.maxBytes, this.#broker.config.limits.fetchBytes);
    let bytes = 0;
    let hasError = false;
    const responses = this.#body.topics.map(({ topic, partitions }): FetchedTopic => {
      const logs = this.#broker.topics.topic(topic)?.partitions;
      return {
        topic,
        partitions: partitions.map((asked) => {
          const log = logs?.[asked.partition];
          const maxBytes = Math.max(0, Math.min(asked.partitionMaxBytes, bytesLeft));
          const fetched = this.#fetchPartition(log, asked, {
            maxBytes,
            minOneBatch: bytes === 0,
            isCommitted: this.#body.isolationLevel === READ_COMMITTED,
            policy,
          });
          const { length } = fetched.records;
          bytes += length;
          bytesLeft -= length;
          if (fetched.errorCode !== ErrorCode.NONE) hasError = true;
          return fetched;
        }),
      };
    });
    return { responses, bytes, hasError };
  }

  #fetchPartition(
    log: PartitionLog | undefined,
    { partition: partitionIndex, currentLeaderEpoch, fetchOffset }: AskedPartition,
    how: HowToRead,
  ): FetchedPartition {
    if (log === undefined) return failed(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const epochError = leaderEpochError(log, currentLeaderEpoch);
    if (epochError !== undefined) return failed(partitionIndex, epochError);
    if (this.#unreadable.has(log)) return failed(partitionIndex, ErrorCode.KAFKA_STORAGE_ERROR);
    try {
      const hasRoom = how.maxBytes > 0 || how.minOneBatch;
      const read = hasRoom ? this.#read(log, fetchOffset, how) : undefined;
      const { highWatermark, lastStableOffset, logStartOffset } = log;
      return {
        partitionIndex,
        errorCode: ErrorCode.NONE,
        highWatermark,
        lastStableOffset,
        logStartOffset,
        abortedTransactions: how.isCommitted ? read?.aborted ?? [] : null,
        records: read?.slice ?? NO_RECORDS,
      };
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      // A log that is out of service has said so once; who fetches from it comes again and again.
      const isNews = error.code !== ErrorCode.OFFSET_OUT_OF_RANGE && error !== log.failure;
      if (isNews) this.#broker.log("error", error.message);
      return failed(partitionIndex, error.code);
    }
  }

  #read(
    log: PartitionLog,
    offset: number,
    { maxBytes, minOneBatch, isCommitted, policy }: HowToRead,
  ): CommittedSlice | undefined {
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
      if (!this.isWarming) this.#broker.fetchWaiters.markOne(this);
    });
  }
}

/** One partition's part of the answer. */
interface FetchedPartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly abortedTransactions: readonly Pick<AbortedTransaction, "producerId" | "firstOffset">[] | null;
  readonly records: FileSlice | Uint8Array;
}

interface FetchedTopic {
  readonly topic: string;
  readonly partitions: readonly FetchedPartition[];
}

type AskedPartition = FetchRequest["topics"][number]["partitions"][number];

interface HowToRead {
  readonly maxBytes: number;
  readonly minOneBatch: boolean;
  /** Only what is committed. */
  readonly isCommitted: boolean;
  readonly policy: ColdPolicy;
}

function failed(partitionIndex: number, errorCode: number): FetchedPartition {
  return {
    partitionIndex,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    records: NO_RECORDS,
  };
}
