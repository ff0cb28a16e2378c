/**
 * Whether the transactional batches of one Produce request may be appended: a batch belongs to an open transaction that
 * knows its partition, or nobody would ever end it there.
 *
 * - Whose transaction has records in the partition already needs no more: the log itself says so.
 * - From Produce 12 on a partition is added to the transaction by its first batch (KIP-890); before, by AddPartitionsToTxn,
 *   and that is verified here unless `transaction.partition.verification.enable=false`.
 * - The record of a partition that is added is not waited for: where the batch is to be on stable storage before it is
 *   acknowledged, the transaction's end waits for both.
 *
 * Errors are those that a client of the request's version knows. Source: KIP-890; Kafka's ReplicaManager and
 * AddPartitionsToTxnManager.
 * @module
 */
import { ErrorCode } from "../../../protocol/errors.ts";
import type { RecordBatch } from "../../../protocol/record_batch.ts";
import type { PartitionLog } from "../../../storage/partition_log.ts";
import { type AdmissionRules, errorForClient } from "./admission_rules.ts";
import type { TopicPartitions } from "./topic_partitions.ts";
import type { TransactionCoordinator } from "./transaction_coordinator.ts";

export interface BatchAdmissionOptions {
  readonly transactions: TransactionCoordinator;
  readonly transactionalId: string;
  readonly rules: AdmissionRules;
  /** All partitions of the request that exist. */
  readonly partitions: () => TopicPartitions;
}

export interface AdmissionProblem {
  readonly error: number;
  readonly message: string;
}

export class BatchAdmission {
  readonly #options: BatchAdmissionOptions;
  /** Whose partitions have been added by this request. */
  #added: { readonly producerId: number; readonly producerEpoch: number; readonly error: number } | undefined;

  constructor(options: BatchAdmissionOptions) {
    this.#options = options;
  }

  /** Why the batch may not be appended to `log`; undefined if it may. */
  problem(log: PartitionLog, batch: RecordBatch): AdmissionProblem | undefined {
    const { producerId, producerEpoch } = batch;
    if (log.isInTransaction(producerId, producerEpoch)) return undefined;
    const { rules, transactions, transactionalId } = this.#options;
    let error: number = ErrorCode.NONE;
    if (rules.addsPartitions) {
      error = this.#add(batch);
      if (error === ErrorCode.NONE && batch.baseSequence !== 0 && isUnknown(log, producerId)) {
        return {
          error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
          message:
            `producer ${producerId} begins in ${log.name} with sequence ${batch.baseSequence}; a transaction begins with 0`,
        };
      }
    } else if (transactions.verifiesPartitions) {
      error = transactions.verifyPartition(transactionalId, batch, log.topic, log.partition);
    }
    if (error === ErrorCode.NONE) return undefined;
    return {
      error: errorForClient(error, rules),
      message:
        `${log.name} is not part of an open transaction of producer ${producerId} (epoch ${producerEpoch}) of ` +
        `"${transactionalId}"`,
    };
  }

  #add({ producerId, producerEpoch }: RecordBatch): number {
    const added = this.#added;
    if (added?.producerId === producerId && added.producerEpoch === producerEpoch) return added.error;
    const { transactions, transactionalId, partitions } = this.#options;
    const error = transactions.admitPartitions(transactionalId, { producerId, producerEpoch }, partitions());
    this.#added = { producerId, producerEpoch, error };
    return error;
  }
}

/** No sequence of it is known: its earlier batches may never have come. */
function isUnknown(log: PartitionLog, producerId: number): boolean {
  return (log.producer(producerId)?.lastSequence ?? -1) < 0;
}
