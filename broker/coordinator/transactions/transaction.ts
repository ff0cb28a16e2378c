/**
 * The transactions of one transactional id, one after the other, as a pure state machine: what is asked goes in, with the
 * time, and what comes out is an answer and, where something has changed, the state that follows. It knows no log, no clock
 * and no connection; the coordinator writes the new state down and does what it calls for.
 *
 * What must be true:
 * - One producer at a time: who has another producer id, or another epoch than the newest, changes nothing.
 * - An epoch is given to one producer only. Fencing gives a newer one; when the epochs of an id are used up a new id follows.
 * - Partitions are added while a transaction is open, and stay until it is complete.
 * - An outcome once prepared is never another one: PrepareCommit becomes CompleteCommit, PrepareAbort CompleteAbort.
 *
 * Two versions of the protocol are spoken, each by the version of the request (KIP-890). In the first the epoch stays the
 * same from transaction to transaction. In the second each end of a transaction gives the producer its next epoch, so that
 * what belongs to one transaction can't be taken for a part of the next; a repeated end is known by the epoch before.
 *
 * Error codes are Kafka 4.3's, as they are before a request's version makes older ones of them (`client_errors.ts`).
 * Source: KIP-98, KIP-360, KIP-890; Kafka's TransactionCoordinator and TransactionMetadata.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import { hasPartition, includesAll, NO_PARTITIONS, type TopicPartitions, union } from "./topic_partitions.ts";
import type { TransactionStatus } from "./transaction_status.ts";

export const NO_PRODUCER_ID = -1;
export const NO_EPOCH = -1;
/** Clients get no higher one: the next is for fencing them. */
const LAST_CLIENT_EPOCH = 0x7ffe;
/** From this `transaction.version` on each end of a transaction has a new epoch. */
const EPOCH_BUMPING_VERSION = 2;

/** Who asks. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

export interface Transaction extends ProducerIdentity {
  readonly transactionalId: string;
  /** The id before this one, if the last change has given a new one. */
  readonly previousProducerId: number;
  /** The id that is given when the transaction is complete; -1: the present one goes on. */
  readonly nextProducerId: number;
  /** The epoch that this one came after by the producer's own wish; -1: it came to somebody new. Not kept on disk. */
  readonly lastProducerEpoch: number;
  readonly timeoutMs: number;
  readonly status: TransactionStatus;
  readonly partitions: TopicPartitions;
  /** Wall clock; -1: none has begun yet. */
  readonly startMs: number;
  /** Wall clock of the last change. */
  readonly updatedMs: number;
  /** `transaction.version` that the producer spoke when it last changed something. */
  readonly clientVersion: number;
}

/** The answer, and what follows. Without `next` nothing has changed. */
export interface Verdict {
  readonly errorCode: number;
  readonly next?: Transaction;
}

/** What a step needs from outside. */
export interface StepContext {
  /** Wall clock. */
  readonly nowMs: number;
  /** `transaction.version` of this broker. */
  readonly serverVersion: number;
  /** A new producer id; undefined: none is to be had right now. */
  readonly takeProducerId: () => number | undefined;
}

export interface InitRequest {
  readonly transactionalId: string;
  readonly timeoutMs: number;
  /** What the producer has, and wants to go on from (KIP-360). */
  readonly expected: ProducerIdentity | undefined;
}

/** InitProducerId: an epoch for a producer that starts, or goes on after an error. An open transaction is aborted first. */
export function initProducer(
  transaction: Transaction | undefined,
  request: InitRequest,
  context: StepContext,
): Verdict {
  const { expected } = request;
  if (transaction === undefined) return firstProducer(request, context);
  if (expected !== undefined && !mayGoOn(transaction, expected)) {
    return refuse(ErrorCode.PRODUCER_FENCED);
  }
  switch (transaction.status) {
    case "Ongoing": {
      const fenced = fence(transaction, context);
      // Clients ask again, and get an epoch then.
      return fenced.next === undefined ? fenced : { ...fenced, errorCode: ErrorCode.CONCURRENT_TRANSACTIONS };
    }
    case "PrepareCommit":
    case "PrepareAbort":
      return refuse(ErrorCode.CONCURRENT_TRANSACTIONS);
  }
  const isKnown = expected === undefined || expected.producerEpoch === transaction.producerEpoch;
  if (isKnown && isExhausted(transaction.producerEpoch)) {
    return withNewProducerId(transaction, request, context);
  }
  return withNewEpoch(transaction, request, context);
}

function firstProducer({ transactionalId, timeoutMs }: InitRequest, context: StepContext): Verdict {
  const producerId = context.takeProducerId();
  if (producerId === undefined) return refuse(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  return change({
    transactionalId,
    producerId,
    previousProducerId: NO_PRODUCER_ID,
    nextProducerId: NO_PRODUCER_ID,
    producerEpoch: 0,
    lastProducerEpoch: NO_EPOCH,
    timeoutMs,
    status: "Empty",
    partitions: NO_PARTITIONS,
    startMs: -1,
    updatedMs: context.nowMs,
    clientVersion: 0,
  });
}

/** Whether the producer has the present id; or the one before, having asked for a new one and missed the answer. */
function mayGoOn({ producerId, previousProducerId }: Transaction, expected: ProducerIdentity): boolean {
  return expected.producerId === producerId ||
    (expected.producerId === previousProducerId && isExhausted(expected.producerEpoch));
}

function withNewProducerId(
  transaction: Transaction,
  { timeoutMs, expected }: InitRequest,
  context: StepContext,
): Verdict {
  const producerId = context.takeProducerId();
  if (producerId === undefined) return refuse(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  return change({
    ...emptied(transaction, timeoutMs, context),
    producerId,
    producerEpoch: 0,
    lastProducerEpoch: expected === undefined ? NO_EPOCH : transaction.producerEpoch,
  });
}

function withNewEpoch(
  transaction: Transaction,
  { timeoutMs, expected }: InitRequest,
  context: StepContext,
): Verdict {
  const { producerEpoch, lastProducerEpoch } = transaction;
  const empty = emptied(transaction, timeoutMs, context);
  if (expected === undefined) {
    return change({ ...empty, producerEpoch: producerEpoch + 1, lastProducerEpoch: NO_EPOCH });
  }
  if (expected.producerEpoch === producerEpoch) {
    return change({ ...empty, producerEpoch: producerEpoch + 1, lastProducerEpoch: producerEpoch });
  }
  // It has asked before and missed the answer.
  if (expected.producerEpoch === lastProducerEpoch) return change(empty);
  return refuse(ErrorCode.PRODUCER_FENCED);
}

function emptied(transaction: Transaction, timeoutMs: number, { nowMs }: StepContext): Transaction {
  return {
    ...transaction,
    previousProducerId: transaction.producerId,
    timeoutMs,
    status: "Empty",
    partitions: NO_PARTITIONS,
    startMs: -1,
    updatedMs: nowMs,
  };
}

/** AddPartitionsToTxn and AddOffsetsToTxn, and the first batch for a partition by the second version of the protocol. */
export function addPartitions(
  transaction: Transaction | undefined,
  producer: ProducerIdentity,
  added: TopicPartitions,
  clientVersion: number,
  { nowMs }: StepContext,
): Verdict {
  const problem = addressProblem(transaction, producer);
  if (problem !== undefined || transaction === undefined) return refuse(problem!);
  const { status, partitions, startMs } = transaction;
  switch (status) {
    case "PrepareCommit":
    case "PrepareAbort":
      return refuse(ErrorCode.CONCURRENT_TRANSACTIONS);
    case "Ongoing":
      if (includesAll(partitions, added)) return { errorCode: ErrorCode.NONE };
  }
  return change({
    ...transaction,
    previousProducerId: transaction.producerId,
    status: "Ongoing",
    partitions: union(partitions, added),
    startMs: status === "Ongoing" ? startMs : nowMs,
    updatedMs: nowMs,
    clientVersion,
  });
}

/** NONE if the partition belongs to the producer's open transaction; otherwise why a batch for it is to be refused. */
export function verifyPartition(
  transaction: Transaction | undefined,
  producer: ProducerIdentity,
  topic: string,
  partition: number,
): number {
  const problem = addressProblem(transaction, producer);
  if (problem !== undefined || transaction === undefined) return problem!;
  if (isPrepared(transaction)) return ErrorCode.CONCURRENT_TRANSACTIONS;
  return hasPartition(transaction.partitions, topic, partition)
    ? ErrorCode.NONE
    : ErrorCode.TRANSACTION_ABORTABLE;
}

function addressProblem(
  transaction: Transaction | undefined,
  { producerId, producerEpoch }: ProducerIdentity,
): number | undefined {
  if (transaction === undefined || transaction.producerId !== producerId) {
    return ErrorCode.INVALID_PRODUCER_ID_MAPPING;
  }
  // The epoch above those that clients get is nobody's.
  const isTheirs = transaction.producerEpoch === producerEpoch && producerEpoch <= LAST_CLIENT_EPOCH;
  if (!isTheirs) return ErrorCode.PRODUCER_FENCED;
}

/** EndTxn. A step to PrepareCommit or PrepareAbort is to be followed by markers in all partitions, and `complete`. */
export function endTransaction(
  transaction: Transaction | undefined,
  producer: ProducerIdentity,
  isCommit: boolean,
  clientVersion: number,
  context: StepContext,
): Verdict {
  if (transaction === undefined) return refuse(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
  return clientVersion >= EPOCH_BUMPING_VERSION
    ? endWithNewEpoch(transaction, producer, isCommit, clientVersion, context)
    : endWithSameEpoch(transaction, producer, isCommit, context);
}

function endWithSameEpoch(
  transaction: Transaction,
  producer: ProducerIdentity,
  isCommit: boolean,
  context: StepContext,
): Verdict {
  const problem = addressProblem(transaction, producer);
  if (problem !== undefined) return refuse(problem);
  const { status } = transaction;
  if (status === "Ongoing") return change(prepared(transaction, isCommit, 0, context));
  return answerAgain(status, isCommit) ?? refuse(ErrorCode.INVALID_TXN_STATE);
}

function endWithNewEpoch(
  transaction: Transaction,
  { producerId, producerEpoch }: ProducerIdentity,
  isCommit: boolean,
  clientVersion: number,
  context: StepContext,
): Verdict {
  const { status } = transaction;
  const isAgainWithOldId = producerId === transaction.previousProducerId &&
    producerEpoch === LAST_CLIENT_EPOCH && transaction.producerEpoch === 0;
  if (producerId !== transaction.producerId && !isAgainWithOldId) {
    return refuse(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
  }
  const isPresent = addressProblem(transaction, { producerId, producerEpoch }) === undefined;
  // Kafka does not ask how the last one ended: by the first version the next epoch is somebody else's.
  const isAgain = isAgainWithOldId ||
    (bumpsEpoch(transaction) && producerEpoch + 1 === transaction.producerEpoch);
  switch (status) {
    case "PrepareCommit":
    case "PrepareAbort":
      if (!isAgain || isAgainWithOldId) return refuse(ErrorCode.PRODUCER_FENCED);
      break;
    case "CompleteCommit":
    case "CompleteAbort":
      if (!isPresent && !isAgain) return refuse(ErrorCode.PRODUCER_FENCED);
      break;
    default:
      if (!isPresent) return refuse(ErrorCode.PRODUCER_FENCED);
  }
  if (isPresent) {
    if (status === "Ongoing") return endNow(transaction, isCommit, clientVersion, context);
    // An abort of nothing gives a new epoch all the same: who does not know whether its batches have come is rid of them.
    return isCommit
      ? refuse(ErrorCode.INVALID_TXN_STATE)
      : endNow({ ...transaction, startMs: context.nowMs }, false, clientVersion, context);
  }
  return answerAgain(status, isCommit) ?? refuse(ErrorCode.INVALID_TXN_STATE);
}

/** What is answered to who wants what is done, or being done, already. */
function answerAgain(status: TransactionStatus, isCommit: boolean): Verdict | undefined {
  if (status === (isCommit ? "CompleteCommit" : "CompleteAbort")) return { errorCode: ErrorCode.NONE };
  if (status === (isCommit ? "PrepareCommit" : "PrepareAbort")) {
    return refuse(ErrorCode.CONCURRENT_TRANSACTIONS);
  }
}

/** Ends with a new epoch, or, where they are used up, with a new id that the completed transaction gets. */
function endNow(
  transaction: Transaction,
  isCommit: boolean,
  clientVersion: number,
  context: StepContext,
): Verdict {
  let nextProducerId: number | undefined = NO_PRODUCER_ID;
  if (isExhausted(transaction.producerEpoch)) {
    nextProducerId = context.takeProducerId();
    if (nextProducerId === undefined) return refuse(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  }
  return change({
    ...prepared(transaction, isCommit, clientVersion, context),
    nextProducerId,
    producerEpoch: transaction.producerEpoch + 1,
    lastProducerEpoch: transaction.producerEpoch,
  });
}

function prepared(
  transaction: Transaction,
  isCommit: boolean,
  clientVersion: number,
  { nowMs }: StepContext,
): Transaction {
  return {
    ...transaction,
    previousProducerId: transaction.producerId,
    status: isCommit ? "PrepareCommit" : "PrepareAbort",
    updatedMs: nowMs,
    clientVersion,
  };
}

/** All markers are written: of a transaction that `isPrepared`. */
export function complete(transaction: Transaction, nowMs: number): Transaction {
  const { producerId, nextProducerId, status } = transaction;
  const isRenewed = nextProducerId !== NO_PRODUCER_ID;
  return {
    ...transaction,
    producerId: isRenewed ? nextProducerId : producerId,
    previousProducerId: producerId,
    nextProducerId: NO_PRODUCER_ID,
    producerEpoch: isRenewed ? 0 : transaction.producerEpoch,
    status: status === "PrepareCommit" ? "CompleteCommit" : "CompleteAbort",
    partitions: NO_PARTITIONS,
    updatedMs: nowMs,
  };
}

/** Aborts an open transaction with an epoch that its producer does not have. */
export function fence(transaction: Transaction, context: StepContext): Verdict {
  const { serverVersion } = context;
  if (serverVersion >= EPOCH_BUMPING_VERSION) return endNow(transaction, false, serverVersion, context);
  return change({
    ...prepared(transaction, false, 0, context),
    producerEpoch: transaction.producerEpoch + 1,
    lastProducerEpoch: NO_EPOCH,
  });
}

/**
 * Takes the transactional id from whoever has it, known here or not, by a new producer id; an open transaction is aborted.
 * After a power cut: it may have taken the record of the last producer, and of what he was about.
 */
export function disown(transaction: Transaction, newProducerId: number, context: StepContext): Transaction {
  switch (transaction.status) {
    case "Ongoing":
      return {
        ...prepared(transaction, false, context.serverVersion, context),
        producerEpoch: transaction.producerEpoch + 1,
        lastProducerEpoch: NO_EPOCH,
        nextProducerId: newProducerId,
      };
    case "PrepareCommit":
    case "PrepareAbort":
      return { ...transaction, nextProducerId: newProducerId };
  }
  return {
    ...emptied(transaction, transaction.timeoutMs, context),
    producerId: newProducerId,
    producerEpoch: 0,
    lastProducerEpoch: NO_EPOCH,
    updatedMs: transaction.updatedMs,
  };
}

/** Its outcome is decided, and not all markers are known to be written. */
export function isPrepared({ status }: Transaction): boolean {
  return status === "PrepareCommit" || status === "PrepareAbort";
}

export function isTimedOut({ status, startMs, timeoutMs }: Transaction, nowMs: number): boolean {
  return status === "Ongoing" && startMs + timeoutMs < nowMs;
}

/** Nobody has used it for so long that it may be forgotten. */
export function isExpired({ status, updatedMs }: Transaction, nowMs: number, expirationMs: number): boolean {
  const isAtRest = status === "Empty" || status === "CompleteCommit" || status === "CompleteAbort";
  return isAtRest && updatedMs <= nowMs - expirationMs;
}

/** Whether its markers have an epoch that none of its batches has. */
export function bumpsEpoch({ clientVersion }: Transaction): boolean {
  return clientVersion >= EPOCH_BUMPING_VERSION;
}

function isExhausted(producerEpoch: number): boolean {
  return producerEpoch >= LAST_CLIENT_EPOCH;
}

function change(next: Transaction): Verdict {
  return { errorCode: ErrorCode.NONE, next };
}

function refuse(errorCode: number): Verdict {
  return { errorCode };
}
