/**
 * Whether a transaction may commit offsets of a group: it knows the partition of `__consumer_offsets` that keeps them, by
 * AddOffsetsToTxn, or, from TxnOffsetCommit 5 on, gets to know it (KIP-890). As for batches: see `batch_admission.ts`.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import type { PartitionLog } from "../../../storage/partition_log.ts";
import { type AdmissionRules, errorForClient } from "./admission_rules.ts";
import { topicPartitions } from "./topic_partitions.ts";
import type { ProducerIdentity } from "./transaction.ts";
import type { TransactionCoordinator } from "./transaction_coordinator.ts";

const ABORTABLE_FROM_VERSION = 4;
const ADDS_PARTITIONS_FROM_VERSION = 5;

export interface AskedOffsets extends ProducerIdentity {
  readonly transactionalId: string;
  /** Where the group's offsets are kept; `log` undefined: nothing is kept there yet. */
  readonly topic: string;
  readonly partition: number;
  readonly log: PartitionLog | undefined;
  /** Of TxnOffsetCommit. */
  readonly apiVersion: number;
}

/** NONE, or the error for the client. */
export function admitOffsets(transactions: TransactionCoordinator, asked: AskedOffsets): number {
  const { transactionalId, topic, partition, log, producerId, producerEpoch, apiVersion } = asked;
  if (log?.isInTransaction(producerId, producerEpoch)) return ErrorCode.NONE;
  const rules: AdmissionRules = {
    addsPartitions: apiVersion >= ADDS_PARTITIONS_FROM_VERSION,
    knowsAbortable: apiVersion >= ABORTABLE_FROM_VERSION,
  };
  let error: number = ErrorCode.NONE;
  if (rules.addsPartitions) {
    error = transactions.admitPartitions(transactionalId, asked, topicPartitions([[topic, [partition]]]));
  } else if (transactions.verifiesPartitions) {
    error = transactions.verifyPartition(transactionalId, asked, topic, partition);
  }
  const told = errorForClient(error, rules);
  // As the group coordinator translates what its log says.
  return told === ErrorCode.NOT_ENOUGH_REPLICAS ? ErrorCode.COORDINATOR_NOT_AVAILABLE : told;
}
