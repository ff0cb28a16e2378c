/**
 * A transaction as a record of `__transaction_state`, in Kafka's format: key and value begin with their versions.
 * @module
 */
import { TransactionLogKey, TransactionLogValue } from "../../../protocol/coordinator/transaction_log.ts";
import { decodeVersioned, encodeVersioned } from "../../../protocol/versioned.ts";
import type { JournalRecord } from "../journal.ts";
import { NO_PARTITIONS, topicPartitions } from "./topic_partitions.ts";
import { NO_EPOCH, type Transaction } from "./transaction.ts";
import { statusId, statusOfId } from "./transaction_status.ts";

const KEY_VERSION = 0;
const VALUE_VERSION = 1;

export function transactionRecord(transaction: Transaction): JournalRecord {
  return {
    key: encodeVersioned(TransactionLogKey, KEY_VERSION, { transactionalId: transaction.transactionalId }),
    value: encodeVersioned(TransactionLogValue, VALUE_VERSION, {
      producerId: transaction.producerId,
      previousProducerId: transaction.previousProducerId,
      nextProducerId: transaction.nextProducerId,
      producerEpoch: transaction.producerEpoch,
      transactionTimeoutMs: transaction.timeoutMs,
      transactionStatus: statusId(transaction.status),
      transactionPartitions: transaction.status === "Empty" ? null : Array.from(
        transaction.partitions,
        ([topic, partitions]) => ({ topic, partitionIds: [...partitions] }),
      ),
      transactionLastUpdateTimestampMs: transaction.updatedMs,
      transactionStartTimestampMs: transaction.startMs,
      clientTransactionVersion: transaction.clientVersion,
    }),
  };
}

/** Says that the id is forgotten. */
export function tombstone(transactionalId: string): JournalRecord {
  return { key: encodeVersioned(TransactionLogKey, KEY_VERSION, { transactionalId }), value: null };
}

/**
 * What a record says: of which id, and its transaction, or undefined if the id is forgotten. Undefined altogether if it
 * can't be read: it is damaged, or of a version that came later.
 */
export function readTransactionRecord(
  { key, value }: JournalRecord,
): { readonly transactionalId: string; readonly transaction: Transaction | undefined } | undefined {
  const id = decodeVersioned(TransactionLogKey, key)?.value.transactionalId;
  if (id === undefined) return undefined;
  if (value === null) return { transactionalId: id, transaction: undefined };
  const found = decodeVersioned(TransactionLogValue, value)?.value;
  const status = found && statusOfId(found.transactionStatus);
  if (found === undefined || status === undefined) return undefined;
  // Kafka writes down neither.
  if (status === "Dead" || status === "PrepareEpochFence") return undefined;
  return {
    transactionalId: id,
    transaction: {
      transactionalId: id,
      producerId: found.producerId,
      previousProducerId: found.previousProducerId,
      nextProducerId: found.nextProducerId,
      producerEpoch: found.producerEpoch,
      lastProducerEpoch: NO_EPOCH,
      timeoutMs: found.transactionTimeoutMs,
      status,
      partitions: status === "Empty" ? NO_PARTITIONS : topicPartitions(
        (found.transactionPartitions ?? []).map(({ topic, partitionIds }) => [topic, partitionIds]),
      ),
      startMs: found.transactionStartTimestampMs,
      updatedMs: found.transactionLastUpdateTimestampMs,
      clientVersion: found.clientTransactionVersion,
    },
  };
}
