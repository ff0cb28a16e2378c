/**
 * Fetch: record batches from an offset on, sent from the page cache by sendfile.
 *
 * - Waits up to `max_wait_ms` until `min_bytes` are there; an append wakes it. An error in any partition is told at once.
 * - `max_bytes` and `partition_max_bytes` bound the answer, yet the first partition that has data gives at least one
 *   whole batch (KIP-74), and an offset within a batch gets that batch whole. The end of an answer may cut a batch, as
 *   Kafka's does; clients drop what is cut.
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
    if (fetch.tryAnswer(body.maxWaitMs <= 0 || hasNothingToWaitFor)) return;
    broker.fetchWaiters.add(fetch, logsOf(broker, body), broker.clock.monotonic() + body.maxWaitMs);
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

/** One fetch request, answered by the first look that finds enough. */
class Fetch implements WaitingFetch {
  readonly #broker: Broker;
  readonly #request: Request;
  readonly #body: FetchRequest;

  constructor(broker: Broker, request: Request, body: FetchRequest) {
    this.#broker = broker;
    this.#request = request;
    this.#body = body;
  }

  tryAnswer(isLate: boolean): boolean {
    try {
      return this.#answerIfEnough(isLate);
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

  #answerIfEnough(isLate: boolean): boolean {
    const { responses, bytes, hasError } = this.#look();
    const isEnough = isLate || hasError || bytes >= this.#body.minBytes;
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
  #look(): { responses: FetchedTopic[]; bytes: number; hasError: boolean } {
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
          const fetched = fetchPartition(this.#broker, log, asked, {
            maxBytes,
            minOneBatch: bytes === 0,
            isCommitted: this.#body.isolationLevel === READ_COMMITTED,
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
}

function fetchPartition(
  broker: Broker,
  log: PartitionLog | undefined,
  { partition: partitionIndex, currentLeaderEpoch, fetchOffset }: AskedPartition,
  how: HowToRead,
): FetchedPartition {
  if (log === undefined) return failed(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const epochError = leaderEpochError(log, currentLeaderEpoch);
  if (epochError !== undefined) return failed(partitionIndex, epochError);
  try {
    const { records, abortedTransactions } = readPartition(log, fetchOffset, how);
    const { highWatermark, lastStableOffset, logStartOffset } = log;
    return {
      partitionIndex,
      errorCode: ErrorCode.NONE,
      highWatermark,
      lastStableOffset,
      logStartOffset,
      abortedTransactions,
      records,
    };
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    // A log that is out of service has said so once; who fetches from it comes again and again.
    const isNews = error.code !== ErrorCode.OFFSET_OUT_OF_RANGE && error !== log.failure;
    if (isNews) broker.log("error", error.message);
    return failed(partitionIndex, error.code);
  }
}

function readPartition(
  log: PartitionLog,
  offset: number,
  { maxBytes, minOneBatch, isCommitted }: HowToRead,
): Pick<FetchedPartition, "records" | "abortedTransactions"> {
  const hasRoom = maxBytes > 0 || minOneBatch;
  if (!isCommitted) {
    const records = hasRoom ? log.read(offset, maxBytes, { minOneBatch }) : undefined;
    return { records: records ?? NO_RECORDS, abortedTransactions: null };
  }
  const read = hasRoom ? log.readCommitted(offset, maxBytes, { minOneBatch }) : undefined;
  return { records: read?.slice ?? NO_RECORDS, abortedTransactions: read?.aborted ?? [] };
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
