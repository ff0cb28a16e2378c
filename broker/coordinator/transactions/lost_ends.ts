/**
 * Transactions that are open in a partition and nowhere else: found at start, and ended there, or their records would hold up
 * readers for ever.
 *
 * After a kill there are none, but of producers that no coordinator has ever known. A power cut may take the newest of one
 * log and leave another's. What is made of it (`RecentEnds` has why):
 *
 * - A transaction that was under way is aborted in all its partitions by the coordinator, and its producer fenced: some of its
 *   records may be gone, and it must not commit without them. Where all is acknowledged after a sync, nothing is gone.
 * - One whose outcome is written down gets that.
 * - Anything else is aborted, also where it is not certain which one it is: readers never see what may have been aborted, and
 *   what was committed in the last second before the cut may be lost, as everything of that second.
 * @module
 */
import type { Logger } from "../../../storage/environment.ts";
import { LogError } from "../../../storage/log_error.ts";
import type { PartitionLog } from "../../../storage/partition_log.ts";
import type { ProducerSnapshotEntry } from "../../../storage/producer_state.ts";
import { endsEpoch, type RecentEnds } from "./recent_ends.ts";
import { hasPartition } from "./topic_partitions.ts";
import { isPrepared, type Transaction } from "./transaction.ts";

const MAX_EPOCH = 0x7fff;

export interface LostEndsOptions {
  readonly logs: Iterable<PartitionLog>;
  /** Undefined: nothing was lost. */
  readonly ends: RecentEnds | undefined;
  /** The present transaction of the transactional id that a producer id belongs to. */
  readonly transactionOf: (producerId: number) => Transaction | undefined;
  readonly coordinatorEpochOf: (transaction: Transaction | undefined) => number;
  readonly log: Logger;
  /** A marker was appended. */
  readonly onMarker: (log: PartitionLog, producerId: number, isCommitted: boolean) => void;
}

/** Ends them. Returns false if a partition did not take an end: it is for the next start. */
export function endLostTransactions(options: LostEndsOptions): boolean {
  let isEnded = true;
  for (const log of options.logs) {
    for (const producer of [...log.producers()]) {
      if (producer.currentTransactionFirstOffset >= 0) isEnded = endIfLost(options, log, producer) && isEnded;
    }
  }
  return isEnded;
}

function endIfLost(options: LostEndsOptions, log: PartitionLog, producer: ProducerSnapshotEntry): boolean {
  const { producerId, epoch } = producer;
  const transaction = options.transactionOf(producerId);
  // Where all is acknowledged after a sync no end is lost: what is open had none.
  const ends = log.config.flushMessages === 1 ? undefined : options.ends;
  const identity = { producerId, producerEpoch: epoch };
  const missing = ends?.missingEnd(identity, log.topic, log.partition, log.lastMarkerMs(producerId));
  const isPresent = transaction !== undefined && isOf(transaction, log, epoch);
  // The coordinator ends it, or is about to.
  if (isPresent && (missing === transaction || (missing === undefined && transaction.status === "Ongoing"))) {
    return true;
  }
  if (isPresent && ends === undefined) return true;
  const isCommitted = missing?.status === "PrepareCommit";
  const what =
    `the transaction of producer ${producerId} (epoch ${epoch}) in ${log.name}, open since offset ${producer.currentTransactionFirstOffset}`;
  try {
    log.appendEndMarker({
      producerId,
      // A newer one where nothing is decided: what its producer sends again must not be taken for done, as it is aborted now.
      producerEpoch: missing?.producerEpoch ?? Math.min(epoch + 1, MAX_EPOCH),
      coordinatorEpoch: Math.max(options.coordinatorEpochOf(transaction), producer.coordinatorEpoch),
      commit: isCommitted,
    });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    options.log("error", `${what}, has no end, and could not be given one: ${error.message}`);
    return false;
  }
  options.log(
    "warn",
    `${what}, had lost its end, and was ${isCommitted ? "committed, as was decided" : "aborted"}`,
  );
  options.onMarker(log, producerId, isCommitted);
  return true;
}

/** Whether the open or prepared transaction of the coordinator may be the one that is open in the partition. */
function isOf(transaction: Transaction, { topic, partition }: PartitionLog, epoch: number): boolean {
  if (!hasPartition(transaction.partitions, topic, partition)) return false;
  if (transaction.status === "Ongoing") return transaction.producerEpoch === epoch;
  return isPrepared(transaction) && endsEpoch(transaction, epoch);
}
