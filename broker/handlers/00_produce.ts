/**
 * Produce: appends record batches to partitions. Batches are kept as they came, compressed or not, unless the topic's
 * settings want another compression (storage/batch_rules.ts).
 *
 * - One batch per partition and request, in format v2 (versions 3+ promise both). Version 7+ may use zstd (KIP-110).
 *   Versions 0 to 2 are listed but not served: older librdkafka stops compressing if it does not see them.
 * - acks=1 and acks=all mean the same on one broker: answered when the log acknowledges, which is after the append, or
 *   after fdatasync where `flush.messages=1` (then the answer waits, and later requests of all clients share the
 *   fdatasync). acks=0 has no answer; if such a batch is refused, its connection is closed, so that the client notices.
 * - Each partition has its own error; version 8+ with a sentence, and the records that are at fault (KIP-467).
 * - A batch that was appended before (idempotent producer) is answered like the first time: error 0, the old offset.
 * - Transactional batches belong to an open transaction of the request's transactional id, which knows the partition or,
 *   from version 12 on, gets to know it (KIP-890; coordinator/transactions/batch_admission.ts). Version 11+ may be told
 *   TRANSACTION_ABORTABLE. Control batches never come from clients.
 * - Version 13+ names topics by id (KIP-516); UNKNOWN_TOPIC_ID is one that is no topic's.
 * - Topics of the broker's own are written by the broker, and by Kafka's admin client, which says so by its client id: as Kafka.
 *   Anybody else is told INVALID_TOPIC_EXCEPTION.
 * - Who asks for it is told where each batch was when it was acknowledged (a tagged field of Milena's own).
 * - Who leads is not told (version 10+, KIP-951): Kafka tells it with NOT_LEADER_OR_FOLLOWER, which one broker never answers.
 * @module
 */
import { api } from "../../protocol/apis.ts";
import { ErrorCode } from "../../protocol/errors.ts";
import {
  ProduceDurability,
  type ProduceRequest,
  type ProduceResponse,
} from "../../protocol/messages/00_produce.ts";
import { checkBatch, RecordBatch } from "../../protocol/record_batch.ts";
import type { Uuid } from "../../protocol/uuid.ts";
import { LogError, RefusedRecordsError } from "../../storage/log_error.ts";
import type { PartitionLog } from "../../storage/partition_log.ts";
import type { Topic } from "../../storage/topic_store.ts";
import type { Broker } from "../broker.ts";
import { BatchAdmission } from "../coordinator/transactions/batch_admission.ts";
import { topicPartitions } from "../coordinator/transactions/topic_partitions.ts";
import { isInternalTopic } from "../coordinator/internal_topics.ts";
import { ProtocolViolation } from "../reactor/connection.ts";
import type { Request } from "../request.ts";
import type { ApiHandler } from "./api_handler.ts";

const TOPIC_IDS_FROM_VERSION = 13;
/** Kafka lets its admin client write where others may not. */
const ADMIN_CLIENT_ID = "__admin_client";
const ZSTD = 4;
const ZSTD_FROM_VERSION = 7;
const ABORTABLE_FROM_VERSION = 11;
const ADDS_PARTITIONS_FROM_VERSION = 12;
const NO_RECORD_ERRORS: RecordErrors = [];

type Partition = ProduceRequest["topicData"][number]["partitionData"][number];
type RecordErrors = ProduceResponse["responses"][number]["partitionResponses"][number]["recordErrors"];

/** Why nothing of a request, or of a topic in it, is taken. */
interface Problem {
  readonly code: number;
  readonly message: string;
}

/** One topic's part of the answer: by its name or by its id. */
interface Outcomes {
  readonly name?: string;
  readonly topicId?: Uuid;
  readonly partitionResponses: Outcome[];
}

/** One partition's part of the answer. */
interface Outcome {
  readonly index: number;
  readonly errorCode: number;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  readonly recordErrors: RecordErrors;
  readonly errorMessage: string | null;
  readonly durability?: number;
}

/** An append whose acknowledgement waits for its log to be flushed up to `offset`. */
interface Unflushed {
  readonly log: PartitionLog;
  readonly offset: number;
  readonly outcome: Outcome;
}

/** What the appends of one request share. */
interface AppendContext {
  readonly version: number;
  /** Points at the batch in hand. */
  readonly batch: RecordBatch;
  readonly admission: BatchAdmission | undefined;
  readonly wantsDurability: boolean;
  readonly unflushed: Unflushed[];
}

export const produceHandler: ApiHandler = {
  api: api.Produce,
  versions: { from: 3, to: 13, listedFrom: 0 },

  handle(broker, request) {
    const body = request.decode(api.Produce.request);
    const problem = requestProblem(body);
    const unflushed: Unflushed[] = [];
    const admission = admissionOf(broker, body, request.version);
    const batch = new RecordBatch();
    const responses = body.topicData.map(({ name, topicId, partitionData }): Outcomes => {
      const usesTopicIds = request.version >= TOPIC_IDS_FROM_VERSION;
      const topic = topicOf(broker, request.version, { name, topicId });
      const internal = topic && internalProblem(topic, request);
      return {
        ...usesTopicIds ? { topicId } : { name },
        partitionResponses: partitionData.map((partition): Outcome => {
          const { index } = partition;
          if (problem !== undefined) return refused(index, problem.code, problem.message);
          if (topic === undefined && usesTopicIds) return refused(index, ErrorCode.UNKNOWN_TOPIC_ID, null);
          const log = topic?.partitions[index];
          if (log === undefined) return refused(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null);
          if (internal !== undefined) return refused(index, internal.code, internal.message);
          const outcome = append(broker, log, partition, {
            version: request.version,
            batch,
            admission,
            wantsDurability: body.wantsDurability,
            unflushed,
          });
          if (outcome.errorCode !== ErrorCode.NONE) broker.figures.logs.produceFailed(log);
          return outcome;
        }),
      };
    });
    if (body.acks === 0) return answerNothing(broker, request, responses);
    const answer = () => request.answer(api.Produce.response, { responses });
    if (unflushed.length === 0) answer();
    else answerWhenFlushed(broker, unflushed, answer);
  },
};

function topicOf(
  { topics }: Broker,
  version: number,
  { name, topicId }: Pick<ProduceRequest["topicData"][number], "name" | "topicId">,
): Topic | undefined {
  return version >= TOPIC_IDS_FROM_VERSION ? topics.topicById(topicId) : topics.topic(name);
}

/** Why a client may not write to a topic. */
function internalProblem({ name }: Topic, { header }: Request): Problem | undefined {
  if (!isInternalTopic(name) || header.clientId === ADMIN_CLIENT_ID) return undefined;
  return { code: ErrorCode.INVALID_TOPIC_EXCEPTION, message: `only the broker writes to its topic ${name}` };
}

function requestProblem({ acks }: ProduceRequest): Problem | undefined {
  if (acks < -1 || acks > 1) {
    return { code: ErrorCode.INVALID_REQUIRED_ACKS, message: `acks is 0, 1 or -1 (all); found ${acks}` };
  }
}

/** Undefined for a request without a transactional id. */
function admissionOf(
  broker: Broker,
  { transactionalId, topicData }: ProduceRequest,
  version: number,
): BatchAdmission | undefined {
  if (transactionalId === null) return undefined;
  return new BatchAdmission({
    transactions: broker.transactions,
    transactionalId,
    rules: {
      addsPartitions: version >= ADDS_PARTITIONS_FROM_VERSION,
      knowsAbortable: version >= ABORTABLE_FROM_VERSION,
    },
    partitions: () =>
      topicPartitions(topicData.map(({ partitionData, ...asked }) => {
        const topic = topicOf(broker, version, asked);
        const logs = topic?.partitions ?? [];
        return [
          topic?.name ?? asked.name,
          partitionData.map(({ index }) => index).filter((index) => logs[index] !== undefined),
        ];
      })),
  });
}

function append(
  broker: Broker,
  log: PartitionLog,
  { index, records }: Partition,
  { version, batch, admission, wantsDurability, unflushed }: AppendContext,
): Outcome {
  if (records === null || records.length === 0) {
    return refused(index, ErrorCode.INVALID_RECORD, "a partition's records are one batch; found none");
  }
  const problem = checkBatch(records, 0, records.length, batch) ??
    clientBatchProblem(batch, records.length, version) ?? transactionProblem(log, batch, admission);
  if (problem !== undefined) return refused(index, problem.error, problem.message);
  try {
    const { baseOffset, appendTimeMs, duplicate } = log.append(batch);
    if (!duplicate) broker.figures.logs.produced(log, batch.recordCount, records.length);
    const outcome: Outcome = {
      index,
      errorCode: ErrorCode.NONE,
      baseOffset,
      logAppendTimeMs: appendTimeMs,
      logStartOffset: log.logStartOffset,
      recordErrors: NO_RECORD_ERRORS,
      errorMessage: null,
      ...wantsDurability ? { durability: durabilityOf(log) } : {},
    };
    const endOffset = baseOffset + batch.lastOffsetDelta + 1;
    if (log.highWatermark < endOffset) unflushed.push({ log, offset: endOffset, outcome });
    return outcome;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    return refused(index, error.code, error.message, recordErrorsOf(error));
  }
}

/** Of what is appended now: what waits for a flush does so also if `flush.messages` becomes another meanwhile. */
function durabilityOf({ config }: PartitionLog): number {
  return config.flushMessages === 1 ? ProduceDurability.DISK : ProduceDurability.PAGE_CACHE;
}

function recordErrorsOf(error: LogError): RecordErrors {
  if (!(error instanceof RefusedRecordsError)) return NO_RECORD_ERRORS;
  return error.records.map(({ index, message }) => ({
    batchIndex: index,
    batchIndexErrorMessage: message,
  }));
}

/** What a client may not send, though it is a good batch. */
function clientBatchProblem(batch: RecordBatch, length: number, version: number) {
  if (batch.sizeInBytes !== length) {
    return {
      error: ErrorCode.INVALID_RECORD,
      message:
        `a partition's records are one batch; found ${length} bytes, of which the first batch is ${batch.sizeInBytes}`,
    };
  }
  if (batch.isControl) {
    return { error: ErrorCode.INVALID_RECORD, message: "control batches are written by brokers only" };
  }
  if (batch.timestampType === "LogAppendTime") {
    return {
      error: ErrorCode.INVALID_TIMESTAMP,
      message:
        "the batch says that its timestamps are the broker's (LogAppendTime), which only the broker can say",
    };
  }
  if (batch.compression === ZSTD && version < ZSTD_FROM_VERSION) {
    return {
      error: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      message: `zstd needs Produce version ${ZSTD_FROM_VERSION}; this request is version ${version}`,
    };
  }
}

function transactionProblem(log: PartitionLog, batch: RecordBatch, admission: BatchAdmission | undefined) {
  if (!batch.isTransactional) return undefined;
  if (admission === undefined) {
    return {
      error: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
      message: "the batch is transactional, but the request names no transactional id",
    };
  }
  return admission.problem(log, batch);
}

function refused(
  index: number,
  errorCode: number,
  errorMessage: string | null,
  recordErrors: RecordErrors = NO_RECORD_ERRORS,
): Outcome {
  return {
    index,
    errorCode,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors,
    errorMessage,
  };
}

function answerNothing(broker: Broker, request: Request, responses: readonly Outcomes[]): void {
  for (const { name, topicId, partitionResponses } of responses) {
    const failed = partitionResponses.find(({ errorCode }) => errorCode !== ErrorCode.NONE);
    if (failed !== undefined) {
      const topic = name ?? broker.topics.topicById(topicId!)?.name ?? topicId;
      throw new ProtocolViolation(
        `sent records with acks=0 for ${topic}-${failed.index} that were refused: ${
          failed.errorMessage ?? "unknown partition"
        }`,
      );
    }
  }
  request.skipAnswer();
}

function answerWhenFlushed(broker: Broker, unflushed: readonly Unflushed[], answer: () => void): void {
  let waiting = unflushed.length;
  for (const { log, offset, outcome } of unflushed) {
    log.whenFlushed(offset, (error) => {
      if (error !== undefined) {
        broker.figures.logs.produceFailed(log);
        const code = error instanceof LogError ? error.code : ErrorCode.KAFKA_STORAGE_ERROR;
        Object.assign(outcome, refused(outcome.index, code, error.message), {
          durability: ProduceDurability.UNKNOWN,
        });
      }
      waiting--;
      if (waiting === 0) answer();
    });
  }
}
