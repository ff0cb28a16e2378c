/**
 * What a version of Produce or TxnOffsetCommit says of its client, and the errors that such a client makes the best of.
 * Source: Kafka's AddPartitionsToTxnManager and ReplicaManager.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";

/** Produce and TxnOffsetCommit have their own numbers for the same steps of the protocol. */
export interface AdmissionRules {
  /** A partition is added by what comes for it. */
  readonly addsPartitions: boolean;
  /** The client knows TRANSACTION_ABORTABLE. */
  readonly knowsAbortable: boolean;
}

/** What a client of the request's version makes the best of. */
export function errorForClient(error: number, { addsPartitions, knowsAbortable }: AdmissionRules): number {
  switch (error) {
    case ErrorCode.PRODUCER_FENCED:
      return ErrorCode.INVALID_PRODUCER_EPOCH;
    case ErrorCode.TRANSACTION_ABORTABLE:
      return knowsAbortable ? error : ErrorCode.INVALID_TXN_STATE;
    case ErrorCode.CONCURRENT_TRANSACTIONS:
      // Older ones would give up.
      return addsPartitions ? error : ErrorCode.NOT_ENOUGH_REPLICAS;
    case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode.COORDINATOR_NOT_AVAILABLE:
    case ErrorCode.NOT_COORDINATOR:
      return ErrorCode.NOT_ENOUGH_REPLICAS;
    default:
      return error;
  }
}
